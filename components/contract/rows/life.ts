import { TEMPLATE_ANNOTATION } from "../../chart";
import { type User, usersOf } from "../credential";
import { at, hooksOf, podSpec, title, type Workload, workloadsOf } from "../rendered";
import { type Row, type Shortfall, withStrategy } from "../row";
import { TEMPLATE } from "../situations";
import { servingWorkloads } from "../wayIn";

const AUTOSCALERS: readonly string[] = ["HorizontalPodAutoscaler", "ScaledObject"];

/** What Kubernetes takes where a pod says nothing. */
const GRACE_SECONDS = 30;
const MAX_UNAVAILABLE = "25%";

export const life: readonly Row[] = [
  {
    id: "L1",
    holds: "an ordinary update removes no pod first",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: ({ declared, renders }) =>
      workloadsOf(renders.blue).flatMap(({ object }) => {
        const how = takesAway(object);
        return declared.strategy === "rolling" && ONE_LESS.includes(object.kind)
          ? replacing(object)
          : how === undefined
            ? []
            : [
                {
                  why: `${title(object)} (${how}): an ordinary update removes a pod before its successor is ready.`,
                  repair:
                    "Set strategy to {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0}}.",
                },
              ];
      }),
  },
  {
    id: "L2",
    holds: "a retired slot has no pods",
    level: { blueGreen: "fails" },
    judge: (subject) =>
      usersOf(subject, subject.renders.atZero, subject.names.blue).flatMap(({ workload }) => {
        const kept = podsKept(workload);
        return kept === undefined
          ? []
          : [
              {
                why: `${title(workload.object)} keeps ${kept} when the slot is retired.`,
                repair: "Set its number of pods to ${replicas}.",
              },
            ];
      }),
  },
  {
    id: "L3",
    holds: "no autoscaler changes the number of pods",
    level: { blueGreen: "fails", rolling: "warns" },
    judge: (subject) =>
      subject.renders.blue
        .filter(({ kind }) => AUTOSCALERS.includes(kind))
        .map((object) => ({
          why: withStrategy(subject, {
            blueGreen: `${title(object)}: an autoscaler undoes \`replicas: 0\`.`,
            rolling: `${title(object)}: each rotation would undo what an autoscaler did.`,
          }),
          repair: withStrategy(subject, {
            blueGreen: "Turn it off; rotation:minReplicas and maxReplicas scale the live slot.",
            rolling:
              "Turn it off; rotation:minReplicas and maxReplicas scale the pods. Else leave `replicas` out " +
              "of its workload, and allow for its most pods in rotation:connections.",
          }),
        })),
  },
  {
    id: "L4",
    holds: "pods keep serving until the gateway knows that they stop",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) =>
      servingWorkloads(subject, "blue").flatMap((workload) => {
        const { terminationGracePeriodSeconds: grace = GRACE_SECONDS } = podSpec(workload.template);
        const seconds = podSpec(workload.template).containers.map(preStopSeconds);
        const longest = Math.max(...seconds);
        return longest > 0 && longest < grace
          ? []
          : [
              longest === 0
                ? {
                    why: `${title(workload.object)} has no preStop: a pod that is stopping refuses what the gateway still sends.`,
                    repair:
                      "Set lifecycle to {preStop: {sleep: {seconds: ${preStopSeconds}}}} and " +
                      "terminationGracePeriodSeconds to ${terminationGracePeriodSeconds}.",
                  }
                : {
                    why: `${title(workload.object)}: a preStop of ${longest} s needs a longer grace period than ${grace} s.`,
                    repair:
                      "Set terminationGracePeriodSeconds to ${terminationGracePeriodSeconds}.",
                  },
            ];
      }),
  },
  {
    id: "L5",
    holds: "Jobs are hooks, or delete themselves",
    level: { blueGreen: "warns", rolling: "warns" },
    judge: ({ renders }) =>
      renders.blue
        .filter(
          (object) =>
            object.kind === "Job" &&
            hooksOf(object).length === 0 &&
            at(object.spec, "ttlSecondsAfterFinished") === undefined,
        )
        .map((object) => ({
          why: `${title(object)} is not a hook: a Job's template cannot change, so the next version fails.`,
          repair: "Turn its hook annotations on, or set ttlSecondsAfterFinished.",
        })),
  },
  {
    id: "L6",
    holds: "pods say which rollout they belong to",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) =>
      servingWorkloads(subject, "blue")
        .filter(({ object: { metadata }, template }) =>
          [metadata, template.metadata].every(
            (each) => each?.annotations?.[TEMPLATE_ANNOTATION] !== TEMPLATE,
          ),
        )
        .map(({ object }) => ({
          why: `${title(object)} does not say which template its pods are of: nobody could tell a half-finished rollout from a finished one.`,
          repair: `Put \`${TEMPLATE_ANNOTATION}: "\${template}"\` into its annotations, or else into those of its pods (podAnnotations).`,
        })),
  },
];

/** Kinds that replace a pod in its place. */
const ONE_LESS: readonly string[] = ["StatefulSet", "DaemonSet"];

/** What it means that a kind starts no pod before it ends another, in one release that rolls. */
function replacing(object: Workload["object"]): Shortfall[] {
  const { type, rollingUpdate } = (at(object.spec, "updateStrategy") ?? {}) as UpdateStrategy;
  const repair = "Set its updateStrategy to {type: RollingUpdate}, without a partition.";
  if (type === "OnDelete") {
    return [
      {
        why: `${title(object)} (OnDelete): Helm calls a rollout finished that replaced no pod.`,
        repair,
      },
    ];
  }
  const { partition = 0 } = rollingUpdate ?? {};
  return partition > 0
    ? [
        {
          why: `${title(object)} (partition ${partition}): pods below it would keep the former credential.`,
          repair,
        },
      ]
    : [
        {
          why: `${title(object)} is a ${object.kind}: while it rolls, there is one pod less.`,
          repair:
            "Run one pod more than the load needs, or set the chart's value that makes it a Deployment.",
          level: "warns",
        },
      ];
}

interface UpdateStrategy {
  readonly type?: string;
  readonly rollingUpdate?: { readonly partition?: number };
}

/** How a workload takes pods away before there are others; undefined when it does not. */
function takesAway({ kind, spec }: Workload["object"]): string | undefined {
  if (kind === "StatefulSet") {
    return "a StatefulSet";
  }
  if (kind !== "Deployment") {
    return undefined;
  }
  if (at(spec, "strategy", "type") === "Recreate") {
    return "Recreate";
  }
  // A share of the pods that rounds to none today does not with more of them.
  const most = at(spec, "strategy", "rollingUpdate", "maxUnavailable") ?? MAX_UNAVAILABLE;
  return Number.parseInt(`${most as number | string}`, 10) > 0
    ? `maxUnavailable ${most as number | string}`
    : undefined;
}

/** Pods that a workload keeps or starts; undefined when there are none. */
function podsKept({ object: { kind, spec } }: User["workload"]): string | undefined {
  switch (kind) {
    case "Deployment":
    case "StatefulSet":
    case "ReplicaSet": {
      const replicas = Number(at(spec, "replicas") ?? 1);
      return replicas > 0 ? `${replicas} pods` : undefined;
    }
    case "DaemonSet":
      return "a pod on each node";
    case "CronJob":
      return at(spec, "suspend") === true ? undefined : "starting pods by its schedule";
    default:
      return undefined;
  }
}

function preStopSeconds({ lifecycle }: Workload["containers"][number]): number {
  const preStop = lifecycle?.preStop;
  const command = (preStop?.exec?.command ?? []).join(" ");
  const [, seconds] = /\bsleep\s+(\d+)/.exec(command) ?? [];
  return preStop?.sleep?.seconds ?? Number(seconds ?? 0);
}
