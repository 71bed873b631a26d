import type * as pulumi from "@pulumi/pulumi";
import { proofBy, type RotationEnvironment } from "./environment";
import { namesOf } from "../plan";
import { podRelease, type Pods } from "./release";

export interface TrialArgs {
  readonly environment: RotationEnvironment;
  /** Digest of the pods that are tried, from `templateDigest`. */
  readonly template: string;
  /**
   * Whether it was tried by a run that completed. Then nothing of it is looked at any more: not who
   * is live by now, nor with which credential.
   */
  readonly isSettled: boolean;
  /** The live slot and its credential. */
  readonly pods: Pods;
}

/** What says that its last operation failed; see `ANEW_WHEN_IN_DOUBT`. */
const ANEW = ["#initerror"];
const INPUTS = ["chart", "timeout", "values", "version"];

/**
 * One pod of new settings that serves nobody: it runs in the live slot's identity with its
 * credential and has to answer as the slot's pods do, before any of those is replaced.
 *
 * Each template has a trial of its own name: the engine updates a resource whose last operation
 * failed, so a trial that failed under a common name would stand in the way back as well. A failed
 * or changed one is made anew, because a Job never runs twice.
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
        serviceAccount: namesOf(application).slot(pods.slot).account,
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
