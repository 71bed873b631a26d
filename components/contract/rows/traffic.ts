import { SLOTS, type SlotName } from "../../plan";
import { title } from "../rendered";
import { type Row, setting, type Shortfall } from "../row";
import { commonLabels } from "../shape";
import { HTTP_PORT } from "../situations";
import type { Subject } from "../subject";
import {
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
    holds: "the chart has no Ingress or other route",
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
    holds: "the gateway can ask what readiness asks",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) =>
      subject.declared.probePath === undefined
        ? servingContainers(subject, "blue")
            .filter(({ container }) => container.readinessProbe?.httpGet === undefined)
            .map(({ object, container: { readinessProbe } }) => {
              const how = Object.keys(readinessProbe ?? {}).find((key) => NOT_HTTP.has(key));
              return {
                why: `${title(object)}: the gateway cannot ask its readiness probe (${how ?? "none"}), only over HTTP.`,
                repair: `Set ${setting(subject, "probePath", "<path>")}, which answers 200 to 399 when the pod can serve.`,
              };
            })
        : [],
  },
];

function noWayIn(subject: Subject, slot: SlotName): Shortfall {
  const { service } = subject.declared;
  const { release } = subject.names[slot];
  const there = servicesOf(subject.renders[slot]).flatMap((each) =>
    portsOf(each).map(({ port = HTTP_PORT }) => ({ name: each.metadata.name, port })),
  );
  // The release may be called as a part of another word.
  const word = new RegExp(`(?<![a-z0-9])${release}(?![a-z0-9])`);
  const values = there.map(
    ({ name, port }) => `${name.replace(word, "{release}")}${port === HTTP_PORT ? "" : `:${port}`}`,
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

/** How a probe asks, other than over HTTP. */
const NOT_HTTP: ReadonlySet<string> = new Set(["exec", "tcpSocket", "grpc"]);
