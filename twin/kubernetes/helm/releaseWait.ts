/** What `helm --wait` waits for. */
import { REVISION } from "../api/defaults";
import type { ClusterApi, KubeObject } from "../api/objects";
import { refOf } from "../api/store";
import { as, type Deployment, type Job, type ReplicaSet, type StatefulSet } from "../api/types";

/**
 * Resolves when every object is ready in helm's sense. That is less than it sounds: a Deployment
 * may lack as many pods as may be unavailable, and one that is scaled to zero is ready at once,
 * though its pods may still be draining. A StatefulSet that is updated by deleting its pods is ready
 * at once, whatever they are.
 */
export async function untilHelmReady(
  cluster: ClusterApi,
  objects: readonly KubeObject[],
  { jobs, signal }: { jobs: boolean; signal: AbortSignal },
): Promise<void> {
  for (const object of objects) {
    let failure: string | undefined;
    await cluster.until(
      refOf(object),
      (live) => {
        failure = jobs && live ? jobFailure(live) : undefined;
        return failure !== undefined || (live !== undefined && isHelmReady(cluster, live, jobs));
      },
      signal,
    );
    if (failure !== undefined) {
      throw new Error(failure);
    }
  }
}

function isHelmReady(cluster: ClusterApi, live: KubeObject, jobs: boolean): boolean {
  switch (live.kind) {
    case "Deployment":
      return isDeploymentReady(cluster, live);
    case "StatefulSet":
      return isStatefulSetReady(as<StatefulSet>(live));
    case "Job":
      return (
        !jobs || (as<Job>(live).status?.succeeded ?? 0) >= (as<Job>(live).spec.completions ?? 1)
      );
    case "Service":
      return live.spec?.clusterIP !== undefined;
    default:
      return true;
  }
}

function jobFailure(live: KubeObject): string | undefined {
  if (live.kind !== "Job") {
    return undefined;
  }
  const { metadata, spec, status } = as<Job>(live);
  const { name, namespace = "" } = metadata;
  return (status?.failed ?? 0) > spec.backoffLimit
    ? `job is failed: ${namespace}/${name}`
    : undefined;
}

function isDeploymentReady(cluster: ClusterApi, live: KubeObject): boolean {
  const { spec, status, metadata } = as<Deployment>(live);
  return (
    status?.observedGeneration === metadata.generation &&
    freshReadyPods(cluster, live) >= spec.replicas - maxUnavailable(spec)
  );
}

/** With a partition nobody looks at which revision is the last one. */
function isStatefulSetReady({ metadata, spec, status }: StatefulSet): boolean {
  if (status?.observedGeneration !== metadata.generation) {
    return false;
  }
  const { type, rollingUpdate } = spec.updateStrategy;
  const partition = rollingUpdate?.partition ?? 0;
  return (
    type !== "RollingUpdate" ||
    ((status?.updatedReplicas ?? 0) >= spec.replicas - partition &&
      (status?.readyReplicas ?? 0) === spec.replicas &&
      (partition > 0 || status?.currentRevision === status?.updateRevision))
  );
}

/** Ready pods of the newest ReplicaSet. */
function freshReadyPods(cluster: ClusterApi, { metadata }: KubeObject): number {
  const newest = cluster
    .list({ apiVersion: "apps/v1", kind: "ReplicaSet" }, metadata.namespace)
    .filter((set) => set.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid))
    .find((set) => set.metadata.annotations?.[REVISION] === metadata.annotations?.[REVISION]);
  return (newest && as<ReplicaSet>(newest).status?.readyReplicas) ?? 0;
}

/** As the Deployment controller resolves it: percentages of surge round up, of the other down. */
function maxUnavailable({ replicas, strategy }: Deployment["spec"]): number {
  if (strategy.type !== "RollingUpdate" || replicas === 0) {
    return 0;
  }
  const share = (value: number | string, round: (value: number) => number) =>
    typeof value === "number" ? value : round((Number.parseInt(value, 10) * replicas) / 100);
  const { maxSurge = 0, maxUnavailable: unavailable = 0 } = strategy.rollingUpdate ?? {};
  const missing = share(unavailable, Math.floor);
  return missing === 0 && share(maxSurge, Math.ceil) === 0 ? 1 : Math.min(missing, replicas);
}
