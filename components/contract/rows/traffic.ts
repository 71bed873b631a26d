import { SLOTS, type SlotName } from "../../plan";
import { at, lasts, podSpec, type Rendered, selects, title, workloadsOf } from "../rendered";
import type { Row, Shortfall } from "../row";
import type { Subject } from "../subject";

/** Kinds that bring traffic in by themselves. */
const WAYS_IN: readonly string[] = ["Ingress", "HTTPRoute", "Gateway", "Route", "IngressRoute"];

interface Port {
  readonly name?: string;
  readonly port?: number;
  readonly targetPort?: number | string;
}

export const traffic: readonly Row[] = [
  {
    id: "T1",
    holds: "one Service and port is the way in, and leads to a port of a container",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) =>
      SLOTS.flatMap((slot) => {
        const { service } = subject.declared;
        const there = subject.renders[slot].filter(({ kind }) => kind === "Service");
        const found = wayIn(subject, slot);
        if (found === undefined) {
          const list = there.flatMap((each) =>
            portsOf(each).map(({ port }) => `${each.metadata.name}:${port}`),
          );
          return [
            {
              why:
                `There is no Service ${service.name[slot]} with port ${service.port}` +
                (list.length === 0 ? "; there is none at all." : `; there are ${list.join(", ")}.`),
              repair: "Set fullnameOverride, or --service.",
            },
          ];
        }
        return leadsNowhere(subject, slot, found)
          ? [
              {
                why: `${title(found.service)}: port ${service.port} leads to ${found.target}, which is no port of a container.`,
                repair: "Name a port that a container declares as the Service's targetPort.",
              },
            ]
          : [];
      }),
  },
  {
    id: "T2",
    holds: "the chart makes no way in of its own",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: ({ renders }) =>
      renders.blue
        .filter(({ kind }) => WAYS_IN.includes(kind))
        .map((object) => ({
          why: `${title(object)} is a way in of the chart's own: two would claim the host.`,
          repair: "Turn it off (ingress.enabled: false and the like).",
        })),
  },
  {
    id: "T3",
    holds: "the Service selects pods, so that the network policy can name them",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) =>
      SLOTS.flatMap((slot) => {
        const found = wayIn(subject, slot);
        return found === undefined || servingPods(subject, slot).length > 0
          ? []
          : [
              {
                why: `${title(found.service)} selects no pod of this release: no network policy could let traffic in.`,
                repair: "Give it the labels of the pods that serve.",
              },
            ];
      }),
  },
  {
    id: "T4",
    holds: "the gateway can ask what readiness asks",
    level: { blueGreen: "warns", rolling: "fails" },
    judge: (subject) => (subject.declared.probePath === undefined ? unaskable(subject) : []),
  },
];

interface WayIn {
  readonly service: Rendered;
  /** Number or name of the port of the pods. */
  readonly target: number | string;
}

/** The Service that the gateway sends a slot's traffic to. */
function wayIn({ declared: { service }, renders }: Subject, slot: SlotName): WayIn | undefined {
  const found = renders[slot].find(
    ({ kind, metadata }) => kind === "Service" && metadata.name === service.name[slot],
  );
  const port = found && portsOf(found).find((each) => each.port === service.port);
  return found && port && { service: found, target: port.targetPort ?? service.port };
}

function portsOf(service: Rendered): Port[] {
  return (at(service.spec, "ports") ?? []) as Port[];
}

function servingPods(subject: Subject, slot: SlotName) {
  const service = wayIn(subject, slot)?.service;
  return workloadsOf(subject.renders[slot]).filter(
    (each) => lasts(each) && service !== undefined && selects(service, each),
  );
}

/** The container of the pods that serve whose port the Service leads to. */
function servingContainers(subject: Subject, slot: SlotName, target?: WayIn["target"]) {
  return servingPods(subject, slot).flatMap(({ object, template }) =>
    podSpec(template)
      .containers.filter(({ ports = [] }) =>
        ports.some(({ name, containerPort }) => name === target || containerPort === target),
      )
      .map((container) => ({ object, container })),
  );
}

function leadsNowhere(subject: Subject, slot: SlotName, { target }: WayIn): boolean {
  return (
    servingPods(subject, slot).length > 0 && servingContainers(subject, slot, target).length === 0
  );
}

function unaskable(subject: Subject): Shortfall[] {
  const found = wayIn(subject, "blue");
  return servingContainers(subject, "blue", found?.target).flatMap(({ object, container }) => {
    const { readinessProbe: probe, ports = [] } = container;
    const repair = "Set --probe-path.";
    const asked = probe?.httpGet?.port;
    if (asked === undefined) {
      const how = probe === undefined ? "none" : Object.keys(probe).find((key) => HOW.has(key));
      return [
        { why: `${title(object)}: the gateway cannot ask its readiness probe (${how}).`, repair },
      ];
    }
    const number = (port: number | string | undefined) =>
      ports.find(({ name }) => name === port)?.containerPort ?? port;
    return number(asked) === number(found?.target)
      ? []
      : [
          {
            why: `${title(object)}: readiness is asked on port ${asked}, and the Service leads to ${found?.target}; the gateway would ask the wrong one.`,
            repair,
          },
        ];
  });
}

/** How a probe asks, other than over HTTP. */
const HOW: ReadonlySet<string> = new Set(["exec", "tcpSocket", "grpc"]);
