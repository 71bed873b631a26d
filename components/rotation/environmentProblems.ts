import type { InputProblem } from "../arguments/inputProblems";
import { applicationNameProblem, SLOTS } from "../plan";
import type { RotationEnvironment } from "./environment";
import { imageProblem } from "./imageReference";

/** Least and most of the whole numbers of an environment, in the units of its fields. */
export const BOUNDS = {
  replicas: [1, 100],
  poolSize: [1, 100],
  preStopSeconds: [1, 600],
  rolloutSeconds: [30, 3600],
  proofAnswers: [1, 10_000],
  proofSeconds: [10, 3600],
  drainSeconds: [1, 3600],
  // The vault warns 30 days before a credential expires.
  validityDays: [31, 3650],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

/** Everything that is wrong with an environment, by the path of the argument. */
export function environmentProblems(environment: RotationEnvironment): InputProblem[] {
  const { application, hosts, images, proof, release, validityDays } = environment;
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
  const names = [hosts.production, ...SLOTS.map((slot) => hosts[slot])];
  return [
    ["environment.application", applicationNameProblem(application)],
    ...(["app", "tools"] as const).map((which): InputProblem => [
      `environment.images.${which}`,
      imageProblem(images[which]),
    ]),
    whole("validityDays", validityDays, BOUNDS.validityDays),
    whole("release.replicas", release.replicas, BOUNDS.replicas),
    whole("release.poolSize", release.poolSize, BOUNDS.poolSize),
    whole("release.preStopSeconds", release.preStopSeconds, BOUNDS.preStopSeconds),
    whole("release.rolloutSeconds", release.rolloutSeconds, BOUNDS.rolloutSeconds),
    whole("proof.answers", proof.answers, BOUNDS.proofAnswers),
    whole("proof.seconds", proof.seconds, BOUNDS.proofSeconds),
    whole("proof.drainSeconds", proof.drainSeconds, BOUNDS.drainSeconds),
    [
      "environment.hosts",
      new Set(names).size === names.length
        ? undefined
        : `must differ, because each leads to another pool, not ${names.join(", ")}.`,
    ],
  ];
}
