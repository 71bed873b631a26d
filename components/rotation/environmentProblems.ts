import * as pulumi from "@pulumi/pulumi";
import { SLOTS } from "../plan";
import type { RotationEnvironment } from "./environment";
import { IMAGE_REFERENCE, IMAGE_RULE } from "./imageReference";
import { ownerOf } from "./reservedNames";

/** A database, a role prefix and a namespace bear this name: the strictest of their rules, and short. */
export const APPLICATION_NAME = /^[a-z][a-z0-9]{0,11}$/;

/** What {@link APPLICATION_NAME} allows, for people. */
export const APPLICATION_RULE = "a small letter, then up to 11 small letters or digits";

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
export function environmentProblems(
  environment: RotationEnvironment,
): pulumi.InputPropertyErrorDetails[] {
  const { application, hosts, images, proof, release, validityDays } = environment;
  const problems: pulumi.InputPropertyErrorDetails[] = [];
  const problem = (path: string, reason: string) =>
    problems.push({ propertyPath: `environment.${path}`, reason });
  const whole = (path: string, value: number, [least, most]: readonly [number, number]) => {
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      problem(path, `must be a whole number from ${least} to ${most}, not ${value}`);
    }
  };
  if (!APPLICATION_NAME.test(application)) {
    problem("application", `must be ${APPLICATION_RULE}, not "${application}"`);
  }
  const owner = ownerOf(application);
  if (owner !== undefined) {
    problem("application", `"${application}" belongs to ${owner}`);
  }
  for (const which of ["app", "tools"] as const) {
    if (!IMAGE_REFERENCE.test(images[which])) {
      problem(`images.${which}`, `must be ${IMAGE_RULE}, not "${images[which]}"`);
    }
  }
  whole("validityDays", validityDays, BOUNDS.validityDays);
  whole("release.replicas", release.replicas, BOUNDS.replicas);
  whole("release.poolSize", release.poolSize, BOUNDS.poolSize);
  whole("release.preStopSeconds", release.preStopSeconds, BOUNDS.preStopSeconds);
  whole("release.rolloutSeconds", release.rolloutSeconds, BOUNDS.rolloutSeconds);
  whole("proof.answers", proof.answers, BOUNDS.proofAnswers);
  whole("proof.seconds", proof.seconds, BOUNDS.proofSeconds);
  whole("proof.drainSeconds", proof.drainSeconds, BOUNDS.drainSeconds);
  const names = [hosts.production, ...SLOTS.map((slot) => hosts[slot])];
  if (new Set(names).size !== names.length) {
    problem("hosts", `must differ, because each leads to another pool: ${names.join(", ")}`);
  }
  return problems;
}

/** @throws pulumi.InputPropertiesError that names every problem */
export function requireEnvironment(environment: RotationEnvironment): void {
  const problems = environmentProblems(environment);
  if (problems.length > 0) {
    throw new pulumi.InputPropertiesError({
      message: "The environment of the rotation is not right.",
      errors: problems,
    });
  }
}
