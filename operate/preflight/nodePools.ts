import { at, type Planned, textAt } from "./planned";

/** Nodes that the program asks for. */
export interface NodePool {
  readonly size: string;
  readonly zones: readonly string[];
  /** Nodes of the first `up`. */
  readonly least: number;
  /** Nodes that the autoscaler may ask for, and those that an upgrade adds to them. */
  readonly most: number;
  /** Nodes that the autoscaler may ask for. */
  readonly mostScaled: number;
  /** Whether the application's pods run on it. */
  readonly isUser: boolean;
  /** Pods that one of its nodes may have. */
  readonly mostPods: number;
  readonly isEncrypted: boolean;
  /** GiB that an ephemeral disk takes of the size's own; 0 for a managed disk. */
  readonly localDisk: number;
}

/** The pools of a cluster, that which it is made with included. */
export function nodePools(planned: Planned): NodePool[] {
  const first = planned
    .all("containerservice:ManagedCluster")
    .flatMap(({ inputs }) => at(inputs, "agentPoolProfiles") as unknown[]);
  const others = planned.all("containerservice:AgentPool").map(({ inputs }) => inputs);
  return [...first, ...others].map(nodePool);
}

function nodePool(pool: unknown): NodePool {
  const most = Number(at(pool, "maxCount") ?? at(pool, "count"));
  const surge = Number(textAt(pool, "upgradeSettings", "maxSurge").replace(/%$/, "")) / 100;
  return {
    size: textAt(pool, "vmSize"),
    zones: (at(pool, "availabilityZones") as string[] | undefined) ?? [],
    least: Number(at(pool, "minCount") ?? at(pool, "count")),
    mostScaled: most,
    isUser: textAt(pool, "mode") === "User",
    mostPods: Number(at(pool, "maxPods")),
    most: most + Math.ceil(most * surge),
    isEncrypted: at(pool, "enableEncryptionAtHost") === true,
    localDisk: textAt(pool, "osDiskType") === "Ephemeral" ? Number(at(pool, "osDiskSizeGB")) : 0,
  };
}
