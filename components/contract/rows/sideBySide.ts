import { SLOTS } from "../../plan";
import {
  at,
  identity,
  lasts,
  podSpec,
  type Rendered,
  selects,
  title,
  type Workload,
  workloadsOf,
} from "../rendered";
import { type Row, setting } from "../row";
import { slotPods } from "../slotPods";
import type { Subject } from "../subject";
import { servingWorkloads } from "../wayIn";

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
      const others = new Set(renders.green.map(identity));
      return renders.blue
        .filter((object) => others.has(identity(object)))
        .map((object) => ({
          why: `${title(object)} belongs to both releases; Helm refuses the second.`,
          repair: "Override its name with one that holds ${slot}, or turn it off.",
        }));
    },
  },
  {
    id: "S2",
    holds: "no selector of a slot matches the other's pods",
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
    holds: "no slot keeps data that the other does not have",
    level: { blueGreen: "fails" },
    judge: (subject) =>
      subject.renders.blue
        .filter(
          ({ kind, spec }) =>
            kind === "PersistentVolumeClaim" ||
            (at(spec, "volumeClaimTemplates") as unknown[] | undefined)?.length,
        )
        .map((object) => ({
          why: `${title(object)} is a volume: each slot would keep its own data.`,
          repair:
            "Keep the data in an object store, or in an existing claim that both slots may write " +
            `(ReadWriteMany); ${elseRolling(subject)}.`,
        })),
  },
  {
    id: "S4",
    holds: "background work runs once, or may run twice",
    level: { blueGreen: "warns" },
    judge: (subject) =>
      subject.declared.twice === "allowed"
        ? []
        : background(subject).map((each) => ({
            ...each,
            ...(subject.declared.twice === "forbidden" && { level: "fails" as const }),
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
          why: `${title(object)} is the chart's own PostgreSQL.`,
          repair: "Turn it off (postgresql.enabled: false and the like).",
        })),
  },
  {
    id: "S6",
    holds: "one Deployment is behind the Service",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) => {
      const serving = servingWorkloads(subject, "blue").map(({ object }) => object);
      const others = serving.filter(({ kind }) => kind !== "Deployment");
      return others.length > 0
        ? others.map((object) => ({
            why: `${title(object)} is behind the Service, and the program follows rollouts of Deployments only.`,
            repair: "Set the chart's value that makes it a Deployment.",
          }))
        : serving.length > 1
          ? [
              {
                why: `${serving.map(title).join(" and ")} are behind one Service.`,
                repair: "Give the Service the labels of one of them.",
              },
            ]
          : [];
    },
  },
  {
    id: "S7",
    holds: "labels tell the slot's pods from the other's",
    level: { blueGreen: "fails" },
    judge: (subject) =>
      SLOTS.flatMap((slot) =>
        slotPods(subject, slot).unfound.map((workload) => {
          const { release } = subject.names[slot];
          const repair = `Give them the label app.kubernetes.io/instance: ${release.replace(slot, "${slot}")} (podLabels and the like).`;
          return lasts(workload)
            ? {
                why: `Nothing tells pods of ${title(workload.object)} from the other slot's: whether they have gone cannot be seen.`,
                repair,
              }
            : {
                why: `Pods of ${title(workload.object)} share no label with the slot's others: whether they have gone is seen by their sessions only.`,
                repair,
                level: "warns",
              };
        }),
      ),
  },
];

function elseRolling(subject: Subject): string {
  return `else use one release that rolls (${setting(subject, "strategy", "rolling")})`;
}

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
function background(subject: Subject) {
  const { blue } = subject.renders;
  const services = blue.filter(({ kind }) => kind === "Service");
  return workloadsOf(blue)
    .filter(
      (each) =>
        each.object.kind === "CronJob" ||
        (lasts(each) && !services.some((service) => selects(service, each))),
    )
    .map(({ object }) => ({
      why: `${title(object)} runs in both slots, while two are up, for days.`,
      repair: `Set ${setting(subject, "twice", "allowed")} when that is safe, or turn it off in one slot by \${slot}; ${elseRolling(subject)}.`,
    }));
}
