import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { fileNameOf, filledValues, type Placeholder } from "../chart";
import { isDescribed, type RotationEnvironment } from "./environment";
import { imageParts } from "./imageReference";
import { podNames, type ProofBy, type SlotName } from "../plan";
import { REQUEST_SECONDS } from "./trafficSwitch";

/** Which slot's pods a release runs, and with which credential. */
export interface Pods {
  readonly slot: SlotName;
  readonly generation: number;
  /** Login role of the slot. */
  readonly role: string;
  /** SecretProviderClass or Secret that the pods refer to, by `RotationEnvironment.delivery`. */
  readonly mount: pulumi.Input<string>;
  /** Version of the vault secret; empty in a retired slot. */
  readonly secretVersion: pulumi.Input<string>;
}

/** A pod without traffic, and the proof that checks it. */
export interface TrialValues {
  /** Service account of the slot whose credential it uses. */
  readonly serviceAccount: string;
  readonly toolsImage: string;
  /** How the proof recognizes the right answer. */
  readonly proofBy: ProofBy;
  /** Consecutive answers that prove it. */
  readonly answers: number;
  /** The proof's time limit, in seconds. */
  readonly timeoutSeconds: number;
  /** Seconds that a run waits for it, including the scheduling of its pod. */
  readonly waitSeconds: number;
}

export interface PodReleaseArgs {
  /** Name in the cluster. */
  readonly release: string;
  readonly environment: RotationEnvironment;
  readonly pods: Pods;
  /** Pods of the Deployment; a trial has none. */
  readonly replicas: number;
  readonly trial?: TrialValues | undefined;
}

/** A Helm release of the chart, whose pods hold one credential. */
export function podRelease(
  name: string,
  { release: releaseName, environment, pods, replicas, trial }: PodReleaseArgs,
  opts: pulumi.CustomResourceOptions,
): kubernetes.helm.v3.Release {
  const { namespace, release } = environment;
  return new kubernetes.helm.v3.Release(
    name,
    {
      name: releaseName,
      namespace,
      chart: release.chart,
      version: release.chartVersion,
      maxHistory: REVISIONS,
      timeout: trial === undefined ? release.rolloutSeconds : trial.waitSeconds,
      ...(trial && { waitForJobs: true }),
      values: {
        ...valuesOf(environment, pods, replicas),
        // The helm provider does not notice an edited local chart; it notices this digest.
        chartDigest: release.chartDigest,
        ...(trial && { trial: trialOf(trial) }),
      },
    },
    opts,
  );
}

/** The values of the chart. A preview shows each that is not known yet by itself. */
function valuesOf(
  environment: RotationEnvironment,
  pods: Pods,
  replicas: number,
): Record<string, unknown> {
  const { database, identities, images, release } = environment;
  const { name: repository, tag } = imageParts(images.app);
  const values: Readonly<Record<Placeholder, pulumi.Input<unknown>>> = {
    slot: pods.slot,
    generation: pods.generation,
    version: pods.secretVersion,
    role: pods.role,
    secret: pods.mount,
    class: pods.mount,
    file: `${MOUNT}/${fileNameOf(environment.delivery)}`,
    replicas,
    image: images.app,
    repository,
    tag,
    host: database.host,
    port: database.port,
    database: database.name,
    account: accountOf(environment, pods),
    clientId: identities[pods.slot].clientId,
    poolSize: release.poolSize,
    preStopSeconds: release.preStopSeconds,
    terminationGracePeriodSeconds: endingSeconds(release),
    minReadySeconds: release.minReadySeconds,
    progressDeadlineSeconds: Math.max(
      release.rolloutSeconds - HELM_SECONDS,
      release.minReadySeconds + 1,
    ),
    template: release.template,
    describe: isDescribed(environment),
  };
  return filledValues(release.values, ({ names, filled }) => {
    const named = names.map((name) => [name, values[name]] as const);
    return named.some(([, value]) => pulumi.Output.isInstance(value))
      ? pulumi
          .all(named.map(([, value]) => value))
          .apply((known) => filled(Object.fromEntries(names.map((name, i) => [name, known[i]]))))
      : filled(Object.fromEntries(named));
  });
}

/** Service account of pods. */
export function accountOf(
  { application, strategy = "blueGreen" }: Pick<RotationEnvironment, "application" | "strategy">,
  { slot }: Pick<Pods, "slot">,
): string {
  return podNames(application, slot, strategy).account;
}

/** Seconds that a pod may take to stop once told to: preStop, and the last request it accepted. */
export function endingSeconds({
  preStopSeconds,
}: Pick<RotationEnvironment["release"], "preStopSeconds">): number {
  return preStopSeconds + SHUTDOWN_SECONDS;
}

function trialOf({ waitSeconds, ...trial }: TrialValues) {
  return { ...trial, deadlineSeconds: waitSeconds + LOOK_SECONDS };
}

/** Where a chart is told to mount the password, for `${file}`. */
const MOUNT = "/mnt/secrets";
/**
 * Helm keeps every revision as a Secret unless told otherwise, and every rotation adds some. Going
 * back is a move of the plan, never `helm rollback`, so a few revisions for reference are enough.
 */
export const REVISIONS = 5;
/** Seconds a pod has after its preStop: the last request it accepted may take that long. */
const SHUTDOWN_SECONDS = REQUEST_SECONDS + 1;
/** Seconds that a failed trial keeps its pod, with the log that says why. */
const LOOK_SECONDS = 3600;
/**
 * Seconds that Helm waits beyond the rollout's own limit, so that the cluster's reason is reported.
 */
const HELM_SECONDS = 30;
