import type { InputProblem } from "../arguments/inputProblems";
import { fileNameOf, fileNameProblem, secretKeysOf, secretKeysProblems } from "../chart";
import { ACT_AS, applicationNameProblem, SLOTS, type Strategy } from "../plan";
import { proofBy, type RotationEnvironment } from "./environment";
import { imageProblem } from "./imageReference";
import { endingSeconds } from "./release";

/** Bounds of an environment's whole numbers, in the units of its fields. */
export const BOUNDS = {
  replicas: [1, 100],
  minReadySeconds: [0, 300],
  serverConnections: [26, 100_000],
  poolSize: [1, 100],
  preStopSeconds: [1, 600],
  rolloutSeconds: [30, 3600],
  proofAnswers: [1, 10_000],
  proofSeconds: [10, 3600],
  drainSeconds: [1, 3600],
  // The vault warns 30 days before a credential expires.
  validityDays: [31, 3650],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

/** The problem with a slot's minimum, maximum and initial pods, as a sentence. */
export function autoscalingProblem({
  autoscaling,
  replicas,
}: Pick<RotationEnvironment["release"], "autoscaling" | "replicas">): string | undefined {
  if (autoscaling === undefined) {
    return undefined;
  }
  const { minReplicas, maxReplicas } = autoscaling;
  return minReplicas <= replicas && replicas <= maxReplicas
    ? undefined
    : `must be between rotation:minReplicas and rotation:maxReplicas, not ${replicas} between ` +
        `${minReplicas} and ${maxReplicas}.`;
}

/**
 * The problem with a rollout's time limit, as a sentence; undefined if there is none. Pods are
 * replaced a quarter at a time; each group must start and then stay ready for a while. Twice that,
 * because a node may still be starting.
 */
export function rolloutProblem({
  autoscaling,
  minReadySeconds,
  replicas,
  rolloutSeconds,
}: Pick<
  RotationEnvironment["release"],
  "autoscaling" | "minReadySeconds" | "replicas" | "rolloutSeconds"
>): string | undefined {
  const pods = autoscaling?.maxReplicas ?? replicas;
  const [least, most] = BOUNDS.rolloutSeconds;
  if (pods < 1 || rolloutSeconds < least || rolloutSeconds > most) {
    // Reported separately.
    return undefined;
  }
  const groups = Math.ceil(pods / Math.ceil(pods / 4));
  const needed = groups * 2 * (minReadySeconds + START_SECONDS);
  return rolloutSeconds >= needed
    ? undefined
    : `must be at least ${needed} to replace ${pods} pods in ${groups} groups ` +
        `(${groups} x 2 x (${minReadySeconds} + ${START_SECONDS})), not ${rolloutSeconds}.`;
}

/** Seconds that a pod takes to start, with its image present. */
const START_SECONDS = 10;

/** What the proofs may ask for: a path of the same host, with a query, without a fragment. */
export const PROOF_PATH = {
  pattern: /^\/(?![/\\])[!-"$-[\]-~]*$/,
  rule: "a path such as /ready",
} as const;

/** The problem with a status of a right answer, as a sentence; undefined if there is none. */
export function proofStatusProblem(status: string): string | undefined {
  return /^[1-5]\d\d$/.test(status)
    ? undefined
    : `must be statuses from 100 to 599, not "${status}".`;
}

/**
 * The problem with a trial where answers tell nothing of their sender, as a sentence: it could see no
 * more than the readiness that a rollout waits for anyway.
 */
export function trialProblem({
  proof,
  release,
}: {
  readonly proof: Pick<RotationEnvironment["proof"], "by">;
  readonly release: Pick<RotationEnvironment["release"], "trial">;
}): string | undefined {
  return proofBy({ proof }) === "status" && release.trial !== "none"
    ? "must be none with rotation:proofBy status, whose answers do not tell from which pod they are."
    : undefined;
}

/**
 * The problem with the time in which a credential has to become free, as a sentence: pods that hold it
 * are told to end when the rollout is over, and the last of them may take as long as it may take to end.
 */
export function drainProblem({
  proof,
  release,
  strategy = "blueGreen",
}: {
  readonly proof: Pick<RotationEnvironment["proof"], "drainSeconds">;
  readonly release: Pick<RotationEnvironment["release"], "preStopSeconds">;
  readonly strategy?: Strategy | undefined;
}): string | undefined {
  const ending = endingSeconds(release);
  const needed = ending + LATE_SECONDS;
  return strategy === "blueGreen" || proof.drainSeconds >= needed
    ? undefined
    : `must be at least ${needed} with rotation:strategy ${strategy}, because pods may take ${ending} s to ` +
        `end and the cluster a little longer, not ${proof.drainSeconds}.`;
}

/** Seconds that a cluster may take beyond that. */
const LATE_SECONDS = 15;

/** Every problem with an environment, by the argument's path. */
export function environmentProblems(environment: RotationEnvironment): InputProblem[] {
  const { actAs, adopted, application, hosts, images, proof, release, validityDays } = environment;
  const whole = (
    path: string,
    value: number,
    [least, most]: readonly [number, number],
  ): InputProblem => [
    `environment.${path}`,
    Number.isSafeInteger(value) && value >= least && value <= most
      ? undefined
      : `must be a whole number from ${least} to ${most}, not ${value}.`,
  ];
  const names = [hosts.production, ...SLOTS.map((slot) => hosts[slot])].filter(
    (name) => name !== undefined,
  );
  return [
    ["environment.application", applicationNameProblem(application)],
    [
      "environment.actAs",
      actAs === undefined || ACT_AS.includes(actAs)
        ? undefined
        : `must be one of ${ACT_AS.join(", ")}, not ${String(actAs)}.`,
    ],
    [
      "environment.adopted",
      adopted !== undefined && actAs === "readwrite"
        ? "must not be with actAs readwrite: slots that take a login over act as its owner."
        : undefined,
    ],
    ...(["app", "tools"] as const).map((which): InputProblem => [
      `environment.images.${which}`,
      imageProblem(images[which]),
    ]),
    whole("validityDays", validityDays, BOUNDS.validityDays),
    whole("release.replicas", release.replicas, BOUNDS.replicas),
    whole("release.minReadySeconds", release.minReadySeconds, BOUNDS.minReadySeconds),
    whole("release.serverConnections", release.serverConnections, BOUNDS.serverConnections),
    ["environment.release.replicas", autoscalingProblem(release)],
    whole("release.poolSize", release.poolSize, BOUNDS.poolSize),
    whole("release.preStopSeconds", release.preStopSeconds, BOUNDS.preStopSeconds),
    whole("release.rolloutSeconds", release.rolloutSeconds, BOUNDS.rolloutSeconds),
    ["environment.release.rolloutSeconds", rolloutProblem(release)],
    ...deliveryProblems(environment),
    whole("proof.answers", proof.answers, BOUNDS.proofAnswers),
    ["environment.release.trial", trialProblem(environment)],
    [
      "environment.proof.path",
      PROOF_PATH.pattern.test(proof.path ?? "/")
        ? undefined
        : `must be ${PROOF_PATH.rule}, not "${proof.path}".`,
    ],
    ...(proof.statuses ?? []).map((status): InputProblem => [
      "environment.proof.statuses",
      proofStatusProblem(`${status}`),
    ]),
    whole("proof.seconds", proof.seconds, BOUNDS.proofSeconds),
    whole("proof.drainSeconds", proof.drainSeconds, BOUNDS.drainSeconds),
    ["environment.proof.drainSeconds", drainProblem(environment)],
    [
      "environment.hosts",
      new Set(names).size === names.length
        ? undefined
        : `must differ, because each routes to a different pool, not ${names.join(", ")}.`,
    ],
  ];
}

function deliveryProblems({ delivery }: RotationEnvironment): InputProblem[] {
  return delivery?.by === "secret"
    ? secretKeysProblems(secretKeysOf(delivery), delivery.from).map((why) => [
        "environment.delivery.keys",
        why,
      ])
    : [["environment.delivery.fileName", fileNameProblem(fileNameOf(delivery))]];
}
