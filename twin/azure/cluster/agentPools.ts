import { objectsAt, textAt, type PlainObject } from "../arm/plain";
import { parentOf } from "../arm/resourceManager";
import type { ArmResource, Cloud } from "../arm/resourceType";
import { requirePool, requireSamePool } from "./agentPoolRules";
import { CLUSTER, CLUSTER_NAME, CLUSTER_PATH, CLUSTERS_API_VERSION } from "./clusterNames";
import { resourceType } from "../arm/common";
import { SUBNET } from "../network/networkCommon";
import { requireJoin } from "./subnetRights";

const agentPool = resourceType({
  token: "azure-native:containerservice:AgentPool",
  armType: `${CLUSTER}/agentPools`,
  apiVersion: CLUSTERS_API_VERSION,
  path: `${CLUSTER_PATH}/agentPools/{agentPoolName}`,
  names: { resourceName: CLUSTER_NAME, agentPoolName: { pattern: /^[a-z][a-z0-9]{0,11}$/ } },
  replaceOn: ["gpuInstanceProfile", "vmSize", "networkProfile.nodePublicIPTags"],
  references: [{ path: "vnetSubnetID", type: SUBNET }],
  put({ cloud, id, inputs, echo, name, previous }) {
    const cluster = cloud.resources.find(parentOf(id))!;
    requirePool(cloud, inputs, name);
    requireSamePool(inputs, previous?.inputs);
    requireJoin(cloud, cluster.inputs, textAt(inputs, "vnetSubnetID"));
    const answer = poolAnswer(echo, cluster.outputs, previous?.outputs);
    const others = poolsOf(cluster).filter((pool) => textAt(pool, "name") !== name);
    cloud.resources.amend(cluster.id, { agentPoolProfiles: [...others, { ...answer, name }] });
    return answer;
  },
  remove(cloud, { id, name }) {
    const cluster = cloud.resources.find(parentOf(id));
    if (cluster) {
      const left = poolsOf(cluster).filter((pool) => textAt(pool, "name") !== name);
      cloud.resources.amend(cluster.id, { agentPoolProfiles: left });
    }
  },
});

/** All pools of a cluster, those that are resources of their own included: Azure keeps one list. */
export function poolsOf(cluster: ArmResource): PlainObject[] {
  return objectsAt(cluster.outputs, "agentPoolProfiles");
}

/** Pools that are resources of their own. */
export function separatePools(cloud: Cloud, clusterId: string): string[] {
  return cloud.resources.children(clusterId, agentPool.armType).map(({ name }) => name);
}

/** What AKS answers for a pool; the count of one that scales by itself stays what it is. */
export function poolAnswer(
  pool: PlainObject,
  cluster: PlainObject,
  previous: PlainObject | undefined,
): PlainObject {
  const version = textAt(cluster, "currentKubernetesVersion");
  const scales = pool["enableAutoScaling"] === true && previous?.["enableAutoScaling"] === true;
  return {
    ...pool,
    ...((scales ? previous["count"] : pool["count"]) !== undefined && {
      count: (scales ? previous["count"] : pool["count"])!,
    }),
    orchestratorVersion:
      pool["orchestratorVersion"] ?? previous?.["orchestratorVersion"] ?? version,
    currentOrchestratorVersion: version,
    provisioningState: "Succeeded",
    powerState: { code: "Running" },
    nodeImageVersion: "AKSAzureLinux-V3gen2",
  };
}

/**
 * Changes the count of a pool as the autoscaler does: past every PUT, within the pool's limits.
 *
 * @throws Error when no cluster has such a pool, or the pool does not scale by itself to that count
 */
export function scalePool(cloud: Cloud, name: string, count: number): void {
  const cluster = cloud.resources
    .all(CLUSTER)
    .find((one) => poolsOf(one).some((pool) => textAt(pool, "name") === name));
  const pool = cluster && poolsOf(cluster).find((one) => textAt(one, "name") === name);
  if (!cluster || !pool) {
    throw new Error(`No cluster of the twin has a pool ${name}.`);
  }
  const [least, most] = [Number(pool["minCount"]), Number(pool["maxCount"])];
  if (pool["enableAutoScaling"] !== true || !(count >= least && count <= most)) {
    throw new Error(`The pool ${name} does not scale by itself to ${count} nodes.`);
  }
  cloud.resources.amend(cluster.id, {
    agentPoolProfiles: poolsOf(cluster).map((one) => (one === pool ? { ...one, count } : one)),
  });
  cloud.resources.amend(`${cluster.id}/agentPools/${name}`, { count });
  cloud.world.journal.write("autoscaler", "pool scaled", { pool: name, count });
}

export const agentPoolTypes = [agentPool];
