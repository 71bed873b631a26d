import type * as pulumi from "@pulumi/pulumi";
import { proofBy, type RotationEnvironment } from "./environment";
import { namesOf } from "../plan";
import { accountOf, podRelease, type Pods } from "./release";

export interface TrialArgs {
  readonly environment: RotationEnvironment;
  /** Digest of the pods that are tried, from `templateDigest`. */
  readonly template: string;
  /**
   * Whether a completed run tried it. Then it no longer depends on anything: not on who is live now,
   * nor on the credential.
   */
  readonly isSettled: boolean;
  /** The live slot and its credential. */
  readonly pods: Pods;
}

/** What says that its last operation failed; see `ANEW_WHEN_IN_DOUBT`. */
const ANEW = ["#initerror"];
const INPUTS = ["chart", "timeout", "values", "version"];

/**
 * One pod with new settings and without traffic: it runs with the live slot's identity and
 * credential and must answer as the slot's pods do, before any of those is replaced.
 *
 * Each template's trial has its own name: the engine updates a resource whose last operation failed,
 * so a failed trial under a common name would block going back as well. A failed or changed trial is
 * recreated, because a Job never runs twice.
 */
export function trial(
  name: string,
  { environment, template, isSettled, pods }: TrialArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const { application, images, proof, release } = environment;
  return podRelease(
    `${name}-trial-${template}`,
    {
      release: namesOf(application).trial(template),
      environment,
      pods,
      replicas: 0,
      trial: {
        serviceAccount: accountOf(environment, pods),
        toolsImage: images.tools,
        proofBy: proofBy(environment),
        answers: proof.answers,
        timeoutSeconds: proof.seconds,
        waitSeconds: release.rolloutSeconds + proof.seconds,
      },
    },
    {
      ...opts,
      replaceOnChanges: [...ANEW, ...INPUTS],
      // Release and Job keep their names.
      deleteBeforeReplace: true,
      ...(isSettled && { ignoreChanges: INPUTS }),
    },
  );
}
