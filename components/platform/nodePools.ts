import { createHash } from "node:crypto";
import * as containerservice from "@pulumi/azure-native/containerservice";
import * as pulumi from "@pulumi/pulumi";
import type { PoolSize } from "./profiles";
import type { PlatformScope } from "./scope";

export interface NodePoolArgs {
  /** Where it is made, how it is named, and how much of it there is. */
  readonly scope: PlatformScope;
  /** VM size, and the least and the most nodes. */
  readonly size: PoolSize;
  /** Resource id of the subnet that the nodes join. */
  readonly subnetId: pulumi.Input<string>;
}

/** Keeps the application off the nodes of the system pool. */
const SYSTEM_ONLY = "CriticalAddonsOnly=true:NoSchedule";

/**
 * Ephemeral disks have to fit the local disk of the nodes: 75 GiB of a two-core `d` size, while
 * AKS would ask for 128 (Azure: "Ephemeral OS disks in AKS").
 */
const OS_DISK_GB = 64;

/** Pods that a node may have. */
export const MOST_PODS = 110;

/** The pool of the cluster's own pods; Azure wants one at the creation of the cluster. */
export function systemPool(
  args: NodePoolArgs,
): containerservice.ManagedClusterArgs["agentPoolProfiles"] {
  return [
    {
      name: "system",
      mode: containerservice.AgentPoolMode.System,
      nodeTaints: [SYSTEM_ONLY],
      ...settings(args),
    },
  ];
}

/**
 * The pool of the application's pods.
 *
 * Another node size is another pool: it is there before Azure drains and deletes the old one, so
 * the name follows what Azure cannot change in place.
 */
export function userPool(
  name: string,
  { cluster, ...args }: NodePoolArgs & { readonly cluster: containerservice.ManagedCluster },
  opts: pulumi.CustomResourceOptions,
): containerservice.AgentPool {
  return new containerservice.AgentPool(
    name,
    {
      resourceGroupName: args.scope.resourceGroupName,
      resourceName: cluster.name,
      agentPoolName: `user${digest(fixed(args))}`,
      mode: containerservice.AgentPoolMode.User,
      ...settings(args),
    },
    pulumi.mergeOptions(opts, {
      deleteBeforeReplace: false,
      // The autoscaler owns the count and the cluster's upgrades own the version.
      ignoreChanges: ["count", "orchestratorVersion"],
    }),
  );
}

function settings(args: NodePoolArgs) {
  const { least, most } = args.size;
  return {
    ...fixed(args),
    vnetSubnetID: args.subnetId,
    enableAutoScaling: true,
    count: least,
    minCount: least,
    maxCount: most,
    enableNodePublicIP: false,
    upgradeSettings: { maxSurge: "33%", drainTimeoutInMinutes: 30 },
  };
}

/** What Azure sets when it makes a pool and never again. */
function fixed({ scope, size }: NodePoolArgs) {
  return {
    type: containerservice.AgentPoolType.VirtualMachineScaleSets,
    vmSize: size.nodeSize,
    osType: containerservice.OSType.Linux,
    osSKU: containerservice.OSSKU.AzureLinux,
    osDiskType: scope.profile.cluster.osDisk,
    osDiskSizeGB: OS_DISK_GB,
    // The subscription needs the feature EncryptionAtHost of Microsoft.Compute (CKV_AZURE_227).
    enableEncryptionAtHost: true,
    availabilityZones: ["1", "2", "3"],
    maxPods: MOST_PODS,
  };
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 6);
}
