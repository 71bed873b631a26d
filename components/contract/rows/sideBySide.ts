import {
  at,
  lasts,
  podSpec,
  type Rendered,
  selects,
  title,
  type Workload,
  workloadsOf,
} from "../rendered";
import type { Row } from "../row";

/** Kinds whose selector takes traffic or budgets to pods. */
const SELECTING: readonly string[] = [
  "Service",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "PodDisruptionBudget",
];

const DATABASE_IMAGE = /(^|\/)(postgres|postgresql|postgis|timescaledb)([:@]|$)/;

export const sideBySide: readonly Row[] = [
  {
    id: "S1",
    holds: "no object belongs to both slots",
    level: { blueGreen: "fails" },
    judge: ({ renders }) => {
      const name = (object: Rendered) => `${title(object)} ${object.metadata.namespace ?? ""}`;
      const others = new Set(renders.green.map(name));
      return renders.blue
        .filter((object) => others.has(name(object)))
        .map((object) => ({
          why: `${title(object)} belongs to both releases; Helm refuses the second.`,
          repair: "Override its name with one that holds ${slot}, or turn it off.",
        }));
    },
  },
  {
    id: "S2",
    holds: "no selector of a slot reaches the other's pods",
    level: { blueGreen: "fails" },
    judge: ({ renders }) =>
      crossing(renders).map(([object, pods]) => {
        const repair = "Add a label with ${slot} to the pods and to the selector.";
        return object.kind === "Service"
          ? {
              why: `${title(object)} would send to pods of ${title(pods.object)}, which are the other slot's.`,
              repair,
            }
          : {
              why: `${title(object)} also selects pods of ${title(pods.object)}: budgets and autoscalers count both.`,
              repair,
              level: "warns",
            };
      }),
  },
  {
    id: "S3",
    holds: "no data that a slot has for itself",
    level: { blueGreen: "fails", rolling: "warns" },
    judge: ({ renders }) =>
      renders.blue
        .filter(
          ({ kind, spec }) =>
            kind === "PersistentVolumeClaim" ||
            (at(spec, "volumeClaimTemplates") as unknown[] | undefined)?.length,
        )
        .map((object) => ({
          why: `${title(object)} is a volume: each slot would have data of its own.`,
          repair:
            "Keep the data in an object store, or in an existing claim that both slots may write " +
            "(ReadWriteMany); else use one release that rolls (--strategy rolling).",
        })),
  },
  {
    id: "S4",
    holds: "background work runs once, or may run twice",
    level: { blueGreen: "warns" },
    judge: ({ declared: { twice }, renders }) =>
      twice === "allowed"
        ? []
        : background(renders.blue).map((each) => ({
            ...each,
            ...(twice === "forbidden" && { level: "fails" as const }),
          })),
  },
  {
    id: "S5",
    holds: "the chart starts no database",
    level: { blueGreen: "warns", rolling: "warns" },
    judge: ({ renders }) =>
      workloadsOf(renders.blue)
        .filter((each) => lasts(each) && podSpec(each.template).containers.some(isDatabase))
        .map(({ object }) => ({
          why: `${title(object)} is a PostgreSQL of the chart's own.`,
          repair: "Turn it off (postgresql.enabled: false and the like).",
        })),
  },
];

function isDatabase({ image = "" }: { readonly image?: string }): boolean {
  return DATABASE_IMAGE.test(image);
}

/** What of blue selects pods of green. */
function crossing({
  blue,
  green,
}: Readonly<Record<"blue" | "green", readonly Rendered[]>>): [Rendered, Workload][] {
  const pods = workloadsOf(green).filter(lasts);
  return blue
    .filter(({ kind }) => SELECTING.includes(kind))
    .flatMap((object) => {
      const found = pods.find((each) => selects(object, each));
      return found ? [[object, found] satisfies [Rendered, Workload]] : [];
    });
}

/** CronJobs, and workloads that no Service sends anything to. */
function background(blue: readonly Rendered[]) {
  const services = blue.filter(({ kind }) => kind === "Service");
  return workloadsOf(blue)
    .filter(
      (each) =>
        each.object.kind === "CronJob" ||
        (lasts(each) && !services.some((service) => selects(service, each))),
    )
    .map(({ object }) => ({
      why: `${title(object)} runs in both slots, while two are up, for days.`,
      repair:
        "Say --twice allowed when that is safe; else turn it off in one slot by ${slot}, or use " +
        "one release that rolls (--strategy rolling).",
    }));
}
