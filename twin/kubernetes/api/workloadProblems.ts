/** What the API server refuses of the workloads that make pods. */
import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "./objects";
import { podProblems } from "./podProblems";
import { amountProblems, unsupported } from "./problems";
import { parseSchedule } from "./schedule";
import {
  as,
  matches,
  type CronJob,
  type Deployment,
  type Job,
  type LabelSelector,
  type PodTemplate,
  type StatefulSet,
} from "./types";

/** Longer ones leave no room for the minute in the names of a CronJob's Jobs. */
const LONGEST_CRON_JOB = 52;

export function deploymentProblems(object: KubeObject): string[] {
  const { spec } = as<Deployment>(object);
  const { maxSurge, maxUnavailable } = spec.strategy.rollingUpdate ?? {};
  const rolling = "spec.strategy.rollingUpdate";
  return lastingProblems(spec, [
    ...amountProblems(maxUnavailable, `${rolling}.maxUnavailable`, 100),
    ...amountProblems(maxSurge, `${rolling}.maxSurge`),
    ...(isZero(maxSurge) && isZero(maxUnavailable)
      ? [`${rolling}.maxUnavailable: Invalid value: 0: may not be 0 when \`maxSurge\` is 0`]
      : []),
    ...(spec.progressDeadlineSeconds <= (spec.minReadySeconds ?? 0)
      ? [
          `spec.progressDeadlineSeconds: Invalid value: ${spec.progressDeadlineSeconds}: must be greater than minReadySeconds`,
        ]
      : []),
  ]);
}

export function statefulSetProblems(object: KubeObject): string[] {
  const { spec } = as<StatefulSet>(object);
  const { type, rollingUpdate } = spec.updateStrategy;
  return lastingProblems(spec, [
    ...(type === "OnDelete" && rollingUpdate
      ? [
          `spec.updateStrategy.rollingUpdate: Invalid value: ${JSON.stringify(rollingUpdate)}: only allowed for updateStrategy 'RollingUpdate'`,
        ]
      : []),
    ...(Object.keys(spec.selector.matchLabels ?? {}).length === 0
      ? ["spec.selector: Invalid value: {}: empty selector is invalid for statefulset"]
      : []),
  ]);
}

/** What of a StatefulSet may change, in the words of the refusal of anything else. */
const CHANGEABLE: readonly string[] = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];

export function statefulSetChangeProblems(object: KubeObject, old: KubeObject): string[] {
  const fixed = ({ spec = {} }: KubeObject) =>
    Object.fromEntries(Object.entries(spec).filter(([field]) => !CHANGEABLE.includes(field)));
  const names = CHANGEABLE.map((field) => `'${field}'`);
  const list = `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  return isDeepStrictEqual(fixed(object), fixed(old))
    ? []
    : [`spec: Forbidden: updates to statefulset spec for fields other than ${list} are forbidden`];
}

/** Of one that keeps pods of a template running, however it replaces them. */
function lastingProblems(
  {
    replicas,
    selector,
    template,
  }: { replicas: number; selector: LabelSelector; template: PodTemplate },
  own: readonly string[],
): string[] {
  const labels = template.metadata?.labels;
  const { restartPolicy } = template.spec;
  return [
    ...(matches(selector.matchLabels ?? {}, labels)
      ? []
      : [
          `spec.template.metadata.labels: Invalid value: ${JSON.stringify(labels ?? null)}: \`selector\` does not match template \`labels\``,
        ]),
    ...(replicas < 0
      ? [`spec.replicas: Invalid value: ${replicas}: must be greater than or equal to 0`]
      : []),
    ...own,
    ...(restartPolicy === "Always"
      ? []
      : [unsupported("spec.template.spec.restartPolicy", restartPolicy, ["Always"])]),
    ...podProblems(template),
  ];
}

export function jobProblems(object: KubeObject): string[] {
  return jobSpecProblems(as<Job>(object).spec, "spec");
}

/** Of a Job, or of those that a CronJob makes, in which much is left open. */
type JobSpec = Pick<Job["spec"], "template"> & Partial<Job["spec"]>;

function jobSpecProblems(spec: JobSpec, at: string): string[] {
  const { completionMode = "NonIndexed", manualSelector = false, template } = spec;
  const { restartPolicy } = template.spec;
  return [
    ...(restartPolicy === "Always"
      ? [unsupported(`${at}.template.spec.restartPolicy`, restartPolicy, ["OnFailure", "Never"])]
      : []),
    // What the twin's controller does not do; saying so is better than a Job that does it not.
    ...(completionMode === "NonIndexed"
      ? []
      : [unsupported(`${at}.completionMode`, completionMode, ["NonIndexed"])]),
    ...(manualSelector ? [unsupported(`${at}.manualSelector`, "true", ["false"])] : []),
    ...failurePolicyProblems(spec, at),
    ...podProblems(template, `${at}.template`),
  ];
}

/** A Job with a policy replaces pods that have ended only, and never starts one again in place. */
function failurePolicyProblems(
  { podFailurePolicy: policy, podReplacementPolicy, template }: JobSpec,
  at: string,
): string[] {
  const { restartPolicy } = template.spec;
  // The other way round it would be an option of the Job's; the twin's controller has it not.
  const replacement = policy ? "Failed" : "TerminatingOrFailed";
  return [
    ...(policy && restartPolicy !== "Never"
      ? [
          `${at}.template.spec.restartPolicy: Invalid value: "${restartPolicy}": only "Never" is supported when podFailurePolicy is specified`,
        ]
      : []),
    ...(podReplacementPolicy === undefined || podReplacementPolicy === replacement
      ? []
      : [unsupported(`${at}.podReplacementPolicy`, podReplacementPolicy, [replacement])]),
    ...(policy?.rules ?? [])
      .map(({ onPodConditions }, i) => ({
        onPodConditions,
        place: `${at}.podFailurePolicy.rules[${i}]`,
      }))
      .filter(({ onPodConditions }) => !onPodConditions?.length)
      .map(
        ({ place }) =>
          `${place}: Invalid value: specifying one of onExitCodes and onPodConditions is required`,
      ),
  ];
}

export function cronJobProblems(object: KubeObject): string[] {
  const { metadata, spec } = as<CronJob>(object);
  const { name } = metadata;
  return [
    ...(name.length > LONGEST_CRON_JOB
      ? [
          `metadata.name: Invalid value: "${name}": must be no more than ${LONGEST_CRON_JOB} characters`,
        ]
      : []),
    ...scheduleProblems(spec.schedule).map(
      (text) => `spec.schedule: Invalid value: "${spec.schedule}": ${text}`,
    ),
    ...jobSpecProblems(spec.jobTemplate.spec, "spec.jobTemplate.spec"),
  ];
}

function scheduleProblems(schedule: string): string[] {
  if (schedule.includes("TZ")) {
    return ["cannot use TZ or CRON_TZ in schedule, use timeZone field instead"];
  }
  try {
    parseSchedule(schedule);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

function isZero(value: number | string | undefined): boolean {
  return value === 0 || value === "0%";
}
