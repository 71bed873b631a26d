import type { V1Container } from "@kubernetes/client-node";
import { PROBE_PATH } from "../../chart";
import { SLOTS, type SlotName } from "../../plan";
import { title } from "../rendered";
import { type Row, setting, type Shortfall } from "../row";
import { commonLabels } from "../shape";
import { HTTP_PORT } from "../situations";
import type { Subject } from "../subject";
import {
  portOf,
  portsOf,
  servicesOf,
  servingContainers,
  servingPort,
  servingWorkloads,
  wayIn,
} from "../wayIn";

/** Kinds that bring traffic in by themselves. */
const WAYS_IN: readonly string[] = ["Ingress", "HTTPRoute", "Gateway", "Route", "IngressRoute"];

export const traffic: readonly Row[] = [
  {
    id: "T1",
    holds: "one Service and port is the way in, and leads to a port of a container",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) =>
      SLOTS.flatMap((slot) => {
        const found = wayIn(subject, slot);
        if (found === undefined) {
          return [noWayIn(subject, slot)];
        }
        const leadsNowhere =
          servingWorkloads(subject, slot).length > 0 && servingPort(subject, slot) === undefined;
        return leadsNowhere
          ? [
              {
                why: `${title(found.service)}: port ${found.port} leads to ${found.target}, which is no port of a container.`,
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
          why: `${title(object)} is the chart's own way in: two would claim the host.`,
          repair: "Turn it off (ingress.enabled: false and the like).",
        })),
  },
  {
    id: "T3",
    holds: "the network policy can name the pods that serve",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) => {
      const unselected = SLOTS.flatMap((slot) => {
        const found = wayIn(subject, slot);
        return found === undefined || servingWorkloads(subject, slot).length > 0
          ? []
          : [
              {
                why: `${title(found.service)} selects no pods of this release.`,
                repair: "Give its selector the labels of the pods that serve.",
              },
            ];
      });
      const isServed = SLOTS.every((slot) => servingWorkloads(subject, slot).length > 0);
      return isServed && commonLabels(subject) === undefined
        ? [
            {
              why: "The pods that serve have no label in common in both slots.",
              repair:
                "Give them one that is the same in both (podLabels and the like), such as app.kubernetes.io/part-of.",
            },
          ]
        : unselected;
    },
  },
  {
    id: "T4",
    holds: "the gateway asks what readiness asks",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) =>
      subject.declared.probePath === undefined
        ? servingContainers(subject, "blue").flatMap(({ object, container }) =>
            unlikeReadiness(subject, container).map(({ why, repair }) => ({
              why: `${title(object)}: ${why}`,
              repair,
            })),
          )
        : [],
  },
];

function noWayIn(subject: Subject, slot: SlotName): Shortfall {
  const { service } = subject.declared;
  const { release } = subject.names[slot];
  const there = servicesOf(subject.renders[slot]).flatMap((each) =>
    portsOf(each).map(({ port = HTTP_PORT }) => ({ name: each.metadata.name, port })),
  );
  const values = there.map(
    ({ name, port }) =>
      `${name.replace(release, "{release}")}${port === HTTP_PORT ? "" : `:${port}`}`,
  );
  return {
    why:
      `There is no Service ${service.name[slot]} with port ${service.port}` +
      (there.length === 0
        ? "; there is none at all."
        : `; there are ${there.map(({ name, port }) => `${name}:${port}`).join(", ")}.`),
    repair:
      values.length === 0
        ? "Turn the chart's Service on."
        : `Set ${values.map((value) => setting(subject, "service", value)).join(", or ")}.`,
  };
}

/** What of a container's readiness the gateway would ask otherwise. */
function unlikeReadiness(subject: Subject, container: V1Container): Shortfall[] {
  const { readinessProbe: probe } = container;
  const asked = probe?.httpGet;
  if (asked === undefined) {
    const how = Object.keys(probe ?? {}).find((key) => NOT_HTTP.has(key)) ?? "none";
    return [
      {
        why: `the gateway cannot ask its readiness probe (${how}), only over HTTP.`,
        repair: `Set ${setting(subject, "probePath", "<path>")}, which answers 200 to 399 when the pod can serve.`,
      },
    ];
  }
  const { path = "/" } = asked;
  const port = portOf(container, asked.port) ?? Number(asked.port);
  const gatewayPort = subject.declared.probePort ?? servingPort(subject, "blue");
  const isSamePort = port === gatewayPort;
  const keys = [
    setting(subject, "probePath", path),
    ...(isSamePort ? [] : [setting(subject, "probePort", port)]),
  ];
  return isSamePort && path === PROBE_PATH
    ? []
    : [
        {
          why: `readiness asks ${path} on port ${port}, the gateway would ask ${PROBE_PATH} on port ${gatewayPort}.`,
          repair: `Set ${keys.join(" and ")}.`,
        },
      ];
}

/** How a probe asks, other than over HTTP. */
const NOT_HTTP: ReadonlySet<string> = new Set(["exec", "tcpSocket", "grpc"]);
