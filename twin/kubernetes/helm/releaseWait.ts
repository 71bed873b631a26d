/** What `helm --wait` waits for. */
import type { ClusterApi, KubeObject } from "../api/objects";
import { refOf } from "../api/store";
import { as, isReady, type Deployment, type Job, type Pod } from "../api/types";

/**
 * Resolves when every object is ready in helm's sense. That is less than it sounds: a Deployment
 * may lack as many pods as may be unavailable, and one that is scaled to zero is ready at once,
 * though its pods may still be draining.
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
  const { name, namespace } = live.metadata;
  const failed =
    live.kind === "Job" &&
    as<Job>(live).status?.conditions?.some((c) => c.type === "Failed" && c.status === "True");
  return failed ? `job is failed: ${namespace ?? ""}/${name}` : undefined;
}

function isDeploymentReady(cluster: ClusterApi, live: KubeObject): boolean {
  const { spec, status, metadata } = as<Deployment>(live);
  return (
    status?.observedGeneration === metadata.generation &&
    freshReadyPods(cluster, live) >= spec.replicas - maxUnavailable(spec)
  );
}

/** The Progressing condition names the newest ReplicaSet, after which its pods are named. */
function freshReadyPods(cluster: ClusterApi, live: KubeObject): number {
  const { metadata, status } = as<Deployment>(live);
  const progressing = status?.conditions.find((condition) => condition.type === "Progressing");
  const replicaSet = /"(.+)"/.exec(progressing?.message ?? "")?.[1];
  return cluster
    .list({ apiVersion: "v1", kind: "Pod" }, metadata.namespace)
    .filter((pod) => pod.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid))
    .filter((pod) => pod.metadata.name.startsWith(`${replicaSet ?? ""}-`))
    .filter((pod) => isReady(as<Pod>(pod))).length;
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
