/** Nodes of one pool; the autoscaler moves between the two counts. */
export interface PoolSize {
  readonly nodeSize: string;
  readonly least: number;
  readonly most: number;
}

/** Everything in which a development platform and a production platform differ. */
export interface Profile {
  readonly cluster: {
    readonly tier: "Free" | "Standard";
    /** The API server has a private address only; otherwise it answers authorised ranges. */
    readonly privateApi: boolean;
    /** Azure wants four cores for these, and no series B ("Manage system node pools in AKS"). */
    readonly system: PoolSize;
    readonly user: PoolSize;
    /** Disk of the nodes; an ephemeral one needs a size with enough local storage. */
    readonly osDisk: "Ephemeral" | "Managed";
    readonly defender: boolean;
  };
  readonly gateway: {
    /** Capacity units that are always there; 0 costs least and answers slower after a pause. */
    readonly leastCapacity: number;
    readonly mostCapacity: number;
  };
  readonly vault: {
    /** Can never be taken back. Without it the key is left out: Azure refuses `false`. */
    readonly purgeProtection: boolean;
    readonly retentionDays: number;
    /** Reached from the deployer's ranges too, besides the private endpoint. */
    readonly publicAccess: boolean;
  };
  readonly database: {
    readonly size: string;
    readonly zoneRedundant: boolean;
    /** Can be chosen at creation only. */
    readonly geoRedundantBackup: boolean;
    readonly backupDays: number;
    readonly storageGB: number;
    /** Reached from the deployer's ranges too, besides the private endpoint. */
    readonly publicAccess: boolean;
  };
  readonly registry: {
    /** Private endpoints, zones and retention exist with Premium only. */
    readonly sku: "Basic" | "Premium";
  };
  /** Whether images are named by their digest, which no push can move, or a tag is enough. */
  readonly imagesByDigest: boolean;
  readonly logs: { readonly retentionDays: number };
  /** Pulumi refuses to delete vault, database server, workspace and gateway. */
  readonly protect: boolean;
}

/** The two platforms of this program; the same code builds both. */
export const PROFILES = {
  dev: {
    cluster: {
      tier: "Free",
      privateApi: false,
      system: { nodeSize: "Standard_D4s_v5", least: 1, most: 2 },
      user: { nodeSize: "Standard_B2s_v2", least: 1, most: 3 },
      osDisk: "Managed",
      defender: false,
    },
    gateway: { leastCapacity: 0, mostCapacity: 2 },
    vault: { purgeProtection: false, retentionDays: 7, publicAccess: true },
    database: {
      size: "Standard_B2s",
      zoneRedundant: false,
      geoRedundantBackup: false,
      backupDays: 7,
      storageGB: 32,
      publicAccess: true,
    },
    registry: { sku: "Basic" },
    imagesByDigest: false,
    logs: { retentionDays: 30 },
    protect: false,
  },
  prod: {
    cluster: {
      tier: "Standard",
      privateApi: true,
      system: { nodeSize: "Standard_D4ds_v5", least: 3, most: 5 },
      user: { nodeSize: "Standard_D4ds_v5", least: 3, most: 9 },
      osDisk: "Ephemeral",
      defender: true,
    },
    gateway: { leastCapacity: 2, mostCapacity: 10 },
    vault: { purgeProtection: true, retentionDays: 90, publicAccess: false },
    database: {
      size: "Standard_D2ds_v5",
      zoneRedundant: true,
      geoRedundantBackup: true,
      backupDays: 35,
      storageGB: 128,
      publicAccess: false,
    },
    registry: { sku: "Premium" },
    imagesByDigest: true,
    logs: { retentionDays: 90 },
    protect: true,
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;

export const PROFILE_NAMES = Object.keys(PROFILES) as ProfileName[];
