import { AsyncResource } from "node:async_hooks";
import * as containerservice from "@pulumi/azure-native/containerservice";
import * as pulumi from "@pulumi/pulumi";

interface ClusterInputs {
  readonly resourceGroupName: string;
  readonly resourceName: string;
  /** What the update would send: what the last run or refresh left in the state. */
  readonly kubernetesVersion?: string;
}

/**
 * A hook that refuses an update of a cluster, in the preview already, when Azure has upgraded it past
 * the version that the state would send: AKS refuses a downgrade, but only halfway through.
 */
export function refuseDowngrade(name: string): pulumi.ResourceHook {
  // When the engine calls it, the hook would not know which program it belongs to.
  const refuse = AsyncResource.bind(async (inputs: ClusterInputs) => {
    const { resourceGroupName, resourceName, kubernetesVersion: version } = inputs;
    const cluster = await containerservice.getManagedCluster({ resourceGroupName, resourceName });
    const problem = downgradeProblem(resourceName, version, cluster.currentKubernetesVersion);
    if (problem !== undefined) {
      throw new Error(problem);
    }
  });
  return new pulumi.ResourceHook(name, ({ newInputs }) => refuse(newInputs as ClusterInputs), {
    onDryRun: true,
  });
}

/** Why a cluster cannot be written with a version; undefined where it can. */
export function downgradeProblem(
  cluster: string,
  version: string | undefined,
  current: string,
): string | undefined {
  return version === undefined || !isOlder(version, current)
    ? undefined
    : `This run would update the cluster ${cluster} with Kubernetes ${version}, but Azure has ` +
        `since upgraded it to ${current}. AKS does not allow downgrades. Refresh the state, then ` +
        "run the same command again:\n" +
        "  pulumi refresh\n" +
        "  pulumi up";
}

/** A version without a patch is as new as any of its patches. */
function isOlder(version: string, than: string): boolean {
  const [parts, others] = [version, than].map((one) => one.split(".").map(Number));
  const differs = parts!.findIndex((part, index) => part !== others![index]);
  return differs !== -1 && parts![differs]! < (others![differs] ?? -Infinity);
}
