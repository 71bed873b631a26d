import clusters from "./clusters.json";
import databases from "./databases.json";
import logs from "./logs.json";
import metrics from "./metrics.json";
import nodes from "./nodes.json";
import parameters from "./parameters.json";
import regions from "./regions.json";
import roles from "./roles.json";

/** Rows of Microsoft's documents, as far as program and twin need them; see README.md. */
type Table<T> = Readonly<Record<string, T>>;

export type Aggregation = "Average" | "Count" | "Maximum" | "Minimum" | "Total";

export interface Metric {
  readonly aggregations: readonly Aggregation[];
  readonly dimensions: readonly string[];
}

/** Metrics by resource type in small letters, then by name in the API. */
export const METRICS = metrics.metrics as Table<Table<Metric>>;

/** Log categories by resource type in small letters. */
export const LOG_CATEGORIES: Table<readonly string[]> = logs.categories;

/** What a region has for flexible servers. */
export interface DatabaseRegion {
  /** As people write it, e.g. `West Europe`. */
  readonly name: string;
  /** A standby in another zone; `blocked`: existing ones stay, new ones are refused for now. */
  readonly zoneRedundant: "yes" | "blocked" | "no";
  readonly sameZone: boolean;
  readonly geoRedundantBackup: boolean;
  /** Versions of sizes, e.g. `v5`. */
  readonly intel: readonly string[];
  readonly amd: readonly string[];
  /** Open only to whom Microsoft lets in. */
  readonly onRequest: boolean;
}

/** Regions by the name that the API has for them, e.g. `westeurope`. */
export const DATABASE_REGIONS = regions.regions as Table<DatabaseRegion>;

/** Day that the table of regions gives for itself. */
export const REGIONS_DATE = regions.sources[0]!.date;

export interface Parameter {
  /** `boolean`, `integer`, `enumeration`, `set` or `string`. */
  readonly type: string;
  readonly default: string;
  /** `a,b` or `1-10`, empty where nothing is said. */
  readonly allowed: string;
  readonly kind: "dynamic" | "static" | "read-only";
}

/** Server parameters by major version, then by name. */
export const PARAMETERS = parameters.parameters as Table<Table<Parameter>>;

export interface DatabaseSize {
  readonly tier: "Burstable" | "GeneralPurpose" | "MemoryOptimized";
  readonly cores: number;
  readonly memoryGB: number;
  /** `max_connections` that Azure sets for the size. */
  readonly maxConnections: number;
}

/** Sizes of flexible servers by name, e.g. `Standard_D2ds_v5`. */
export const DATABASE_SIZES = databases.sizes as Table<DatabaseSize>;

/** Days, or months, of support. */
export interface Support {
  readonly from: string;
  readonly until: string;
}

/** Major versions of PostgreSQL. */
export const DATABASE_VERSIONS: Table<Support> = databases.versions;

/** Minor versions of Kubernetes. */
export const KUBERNETES_VERSIONS: Table<Support> = clusters.versions;

/** What the nodes of a system pool need at least. */
export interface SystemPools {
  readonly cores: number;
  readonly memoryGB: number;
  /** Whether sizes of series B are supported. */
  readonly burstable: boolean;
}

export const SYSTEM_POOLS: SystemPools = clusters.systemPools;

/** What AKS keeps of a node for itself, from Kubernetes 1.29 on. */
export interface Reservations {
  /** Thousandths of a core by the number of cores. */
  readonly cpu: Readonly<Record<string, number>>;
  /** Memory for each pod that the node may have, and for the node. */
  readonly podMB: number;
  readonly nodeMB: number;
  /** But no more of its memory than this. */
  readonly mostPercent: number;
  /** Free memory below which the kubelet ends pods. */
  readonly evictionMi: number;
}

export const RESERVATIONS: Reservations = clusters.reservations;

export interface NodeSize {
  readonly cores: number;
  readonly memoryGB: number;
  /** 0 where there is none. */
  readonly localDiskGB: number;
}

/** Sizes of virtual machines of the series that the profiles use. */
export const NODE_SIZES: Table<NodeSize> = nodes.sizes;

/** Names of built-in roles by id. */
export const BUILT_IN_ROLES: Table<string> = roles.roles;
