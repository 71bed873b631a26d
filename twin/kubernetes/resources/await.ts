/** When an object counts as ready, and how long an operation waits for that. */
import type { Properties } from "../../plugin/provider";
import { skipsAwait } from "./annotations";
import type { ClusterApi, KubeObject, ObjectReference } from "../api/objects";
import { refOf } from "../api/store";
import { as, type Deployment, type Job, type Service, type StatefulSet } from "../api/types";

/** An object that is there but is not what it should be. */
export class NotReady extends Error {
  constructor(
    message: string,
    readonly reasons: readonly string[],
  ) {
    super(message);
  }
}

/** What an object says about itself at one moment. */
interface Readiness {
  readonly ready: boolean;
  /** It will never be ready. */
  readonly failed?: boolean;
  readonly problems: readonly string[];
}

interface Wait {
  readonly cluster: ClusterApi;
  readonly ref: ObjectReference;
  /** Ends the wait: the time is over, or the engine was interrupted. */
  readonly signal: AbortSignal;
}

/** Endpoints that did not change for so long are taken to be complete. */
const SETTLED_MS = 10_000;

const readiness: Readonly<Record<string, (object: KubeObject, cluster: ClusterApi) => Readiness>> =
  {
    "apps/v1/Deployment": (object) => deploymentReadiness(as<Deployment>(object)),
    "apps/v1/StatefulSet": (object) => statefulSetReadiness(as<StatefulSet>(object)),
    "batch/v1/Job": (object) => jobReadiness(as<Job>(object)),
    "v1/Service": (object, cluster) => serviceReadiness(as<Service>(object), cluster),
    "networking.k8s.io/v1/Ingress": ingressReadiness,
  };

/** Conditions that need more than a look at the object itself. */
const settling: Readonly<Record<string, (object: KubeObject, wait: Wait) => Promise<void>>> = {
  "v1/Service": endpointsSettled,
  "networking.k8s.io/v1/Ingress": backendsFound,
};

export interface AwaitArgs {
  readonly cluster: ClusterApi;
  readonly object: KubeObject;
  /** What an update found. */
  readonly before?: KubeObject;
  readonly inputs: Properties;
  readonly timeoutSeconds: number;
  /** Aborted when the engine is interrupted. */
  readonly cancelled: AbortSignal;
}

/** Resolves with the object once it is ready; rejects with {@link NotReady}. */
export async function untilReady(args: AwaitArgs): Promise<KubeObject> {
  const { cluster, object, before, inputs, cancelled } = args;
  const judge = readiness[keyOf(object)];
  if (!judge || skipsAwait(inputs)) {
    return object;
  }
  if (before && before.kind === "Job" && isJobReady(before)) {
    // The official provider looks at the Job it saw last first, and records that one.
    return before;
  }
  const ref = refOf(object);
  const signal = AbortSignal.any([cancelled, AbortSignal.timeout(args.timeoutSeconds * 1000)]);
  let last: Readiness = judge(object, cluster);
  const problems = () => [...last.problems, ...cluster.events(ref)];
  try {
    await settling[keyOf(object)]?.(object, { cluster, ref, signal });
    const live = await cluster.until(
      ref,
      (present) => {
        last = present ? judge(present, cluster) : last;
        return present !== undefined && (last.ready || last.failed === true);
      },
      signal,
    );
    if (last.failed === true) {
      throw new NotReady(initializationText(object), problems());
    }
    return live ?? object;
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
    throw new NotReady(
      cancelled.aborted
        ? `Resource operation was cancelled for "${ref.name}"`
        : `'${ref.name}' timed out waiting to be Ready`,
      problems(),
    );
  }
}

/** Throws {@link NotReady} when the object is not ready at this moment. */
export function checkReady(cluster: ClusterApi, object: KubeObject, inputs: Properties): void {
  const judge = readiness[keyOf(object)];
  if (judge && !skipsAwait(inputs)) {
    const { ready, problems } = judge(object, cluster);
    if (!ready) {
      throw new NotReady(initializationText(object), [
        ...problems,
        ...cluster.events(refOf(object)),
      ]);
    }
  }
}

export function isJobReady(job: KubeObject): boolean {
  return jobReadiness(as<Job>(job)).ready;
}

function initializationText(object: KubeObject): string {
  return `Resource '${object.metadata.name}' was created but failed to initialize`;
}

function keyOf(object: KubeObject): string {
  return `${object.apiVersion}/${object.kind}`;
}

function deploymentReadiness({ metadata, spec, status }: Deployment): Readiness {
  const condition = (type: string) => status?.conditions.find((c) => c.type === type);
  const progressing = condition("Progressing");
  const available = condition("Available");
  const rolledOut =
    metadata.annotations?.["deployment.kubernetes.io/revision"] === "1" ||
    (progressing?.status === "True" && progressing.reason === "NewReplicaSetAvailable");
  const replicasReady =
    (status?.updatedReplicas ?? 0) >= spec.replicas &&
    (status?.readyReplicas ?? 0) >= spec.replicas;
  const problems = [progressing, available]
    .filter((c) => c?.status === "False")
    .map((c) => `[${c?.reason ?? ""}] ${c?.message ?? ""}`);
  if (available?.status !== "True") {
    problems.push("Minimum number of live Pods was not attained");
  } else if (!rolledOut) {
    problems.push("Minimum number of Pods to consider the application live was not attained");
  } else if (!replicasReady) {
    problems.push(
      "Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live",
    );
  }
  return {
    ready:
      status?.observedGeneration === metadata.generation &&
      available?.status === "True" &&
      rolledOut &&
      replicasReady,
    problems,
  };
}

/** Where pods are replaced only when somebody deletes them, a change waits for none. */
function statefulSetReadiness({ metadata, spec, status }: StatefulSet): Readiness {
  const { readyReplicas = 0, currentReplicas = 0, updatedReplicas = 0 } = status ?? {};
  const { currentRevision = "", updateRevision = "" } = status ?? {};
  const isObserved = status?.observedGeneration === metadata.generation;
  const isLeftAlone = spec.updateStrategy.type === "OnDelete" && (metadata.generation ?? 0) > 1;
  const revisionReady = isObserved && (isLeftAlone || currentRevision === updateRevision);
  const counted = [status?.replicas ?? 0, readyReplicas, ...(isLeftAlone ? [] : [currentReplicas])];
  const replicasReady = isObserved && counted.every((count) => count === spec.replicas);
  const ofNewest = revisionReady ? readyReplicas : Math.min(readyReplicas, updatedReplicas);
  return {
    ready: revisionReady && replicasReady,
    problems: [
      ...(replicasReady
        ? []
        : [`${ofNewest} out of ${spec.replicas} replicas succeeded readiness checks`]),
      ...(revisionReady
        ? []
        : [
            `StatefulSet controller failed to advance from revision "${currentRevision}" to revision "${updateRevision}"`,
          ]),
    ],
  };
}

/** Reasons with which the official provider gives up at once; with others it waits on. */
const FINAL_JOB_FAILURES: readonly (string | undefined)[] = [
  "BackoffLimitExceeded",
  "DeadlineExceeded",
];

function jobReadiness({ status }: Job): Readiness {
  const is = (type: string) =>
    status?.conditions?.find((c) => c.type === type && c.status === "True");
  const failure = is("Failed");
  const failed = failure !== undefined && FINAL_JOB_FAILURES.includes(failure.reason);
  return {
    ready: !failed && status?.startTime !== undefined && is("Complete") !== undefined,
    failed,
    problems: failed ? [`[${failure.reason ?? ""}] ${failure.message ?? ""}`] : [],
  };
}

function serviceReadiness(service: Service, cluster: ClusterApi): Readiness {
  if (!waitsForPods(service)) {
    return { ready: true, problems: [] };
  }
  const subsets = subsetsOf(cluster.get(endpointsRef(service.metadata)));
  const has = (key: keyof Subset) => subsets.some((subset) => (subset[key]?.length ?? 0) > 0);
  return {
    ready: !has("notReadyAddresses"),
    problems: has("addresses")
      ? []
      : [
          "Service does not target any Pods. Selected Pods may not be ready, or " +
            "field '.spec.selector' may not match labels on any Pods",
        ],
  };
}

function waitsForPods({ spec }: Service): boolean {
  return spec.clusterIP !== "None" && Object.keys(spec.selector ?? {}).length > 0;
}

interface Subset {
  readonly addresses?: readonly unknown[];
  readonly notReadyAddresses?: readonly unknown[];
}

function subsetsOf(endpoints: KubeObject | undefined): readonly Subset[] {
  return (endpoints?.subsets ?? []) as readonly Subset[];
}

function endpointsRef(service: { namespace?: string; name: string }): ObjectReference {
  return { apiVersion: "v1", kind: "Endpoints", namespace: service.namespace, name: service.name };
}

/** Waits until the endpoints have not changed for a while and none of them is not ready. */
async function endpointsSettled(object: KubeObject, { cluster, signal }: Wait): Promise<void> {
  const service = as<Service>(object);
  const ref = endpointsRef(service.metadata);
  let settled = !waitsForPods(service);
  while (!settled) {
    const version = cluster.get(ref)?.metadata.resourceVersion;
    const calm = AbortSignal.timeout(SETTLED_MS);
    const pending = !serviceReadiness(service, cluster).ready;
    try {
      await cluster.until(
        ref,
        (endpoints) => endpoints?.metadata.resourceVersion !== version,
        pending ? signal : AbortSignal.any([signal, calm]),
      );
    } catch (error) {
      if (!calm.aborted || pending) {
        throw error;
      }
      settled = true;
    }
  }
}

interface IngressSpec {
  readonly rules?: readonly {
    readonly http?: {
      readonly paths: readonly { readonly backend: { readonly service?: { name: string } } }[];
    };
  }[];
}

function ingressReadiness({ status }: KubeObject): Readiness {
  const { ingress = [] } = (status?.loadBalancer ?? {}) as { ingress?: readonly unknown[] };
  return {
    ready: ingress.length > 0,
    problems:
      ingress.length > 0
        ? []
        : ["Ingress .status.loadBalancer field was not updated with a hostname/IP address."],
  };
}

/** Gives the Services of an Ingress a while to appear; one that never does is no obstacle. */
async function backendsFound(object: KubeObject, { cluster, signal }: Wait): Promise<void> {
  const spec = object.spec as IngressSpec | undefined;
  const services = (spec?.rules ?? []).flatMap((rule) =>
    (rule.http?.paths ?? []).flatMap(({ backend }) => backend.service?.name ?? []),
  );
  const calm = AbortSignal.timeout(SETTLED_MS);
  const either = AbortSignal.any([signal, calm]);
  const found = services.map((name) =>
    cluster.until(
      endpointsRef({ namespace: object.metadata.namespace, name }),
      (endpoints) => endpoints !== undefined,
      either,
    ),
  );
  for (const result of await Promise.allSettled(found)) {
    if (result.status === "rejected" && !calm.aborted) {
      throw result.reason;
    }
  }
}
