import { objectsAt } from "../arm/plain";
import type { Cloud } from "../arm/resourceType";
import { CLUSTER } from "./clusterNames";

/**
 * Upgrades every cluster and its pools as a channel of automatic upgrades does: past every PUT.
 *
 * @param version e.g. `1.36.1`
 */
export function upgradeClusters(cloud: Cloud, version: string): void {
  const ofPool = { orchestratorVersion: version, currentOrchestratorVersion: version };
  for (const { id, outputs } of cloud.resources.all(CLUSTER)) {
    cloud.resources.amend(id, {
      kubernetesVersion: version,
      currentKubernetesVersion: version,
      agentPoolProfiles: objectsAt(outputs, "agentPoolProfiles").map((pool) => ({
        ...pool,
        ...ofPool,
      })),
    });
    for (const pool of cloud.resources.children(id, `${CLUSTER}/agentPools`)) {
      cloud.resources.amend(pool.id, ofPool);
    }
    cloud.world.journal.write("azure-native", "upgraded by its channel", { id, version });
  }
}
