import { NODE_SIZES } from "../../../azure";
import type { PlainObject } from "./plain";

/** How an endpoint of events answers the handshake of Event Grid. */
export interface Handshake {
  readonly status: number;
  /** Value of `WebHook-Allowed-Origin`. */
  readonly allowedOrigin?: string | undefined;
}

/**
 * How things stand in the subscription besides its resources: what whoever asks is told. All is well
 * to begin with; whoever holds it changes what is not to be.
 */
export interface Situation {
  /** `Enabled`, or why not, e.g. `Disabled`. */
  subscriptionState: string;
  /** Namespaces that are not registered. */
  readonly unregistered: Set<string>;
  /** State by `<namespace>/<feature>`; `NotRegistered` where nothing is said. */
  readonly features: Map<string, string>;
  /** ARM types that the region does not have. */
  readonly notOffered: Set<string>;
  /** `<ARM type>@<API version>` that is no longer offered. */
  readonly retired: Set<string>;
  readonly sizes: MachineSize[];
  /** Cores in use and at most, by family; `cores` for all together. */
  readonly quotas: Map<string, Quota>;
  /** Cores of flexible servers, likewise. */
  readonly databaseQuotas: Map<string, Quota>;
  /** Resources of the network, by their kind. */
  readonly networkQuotas: Map<string, Quota>;
  readonly database: DatabaseOffer;
  /** What a server there says of `max_connections`. */
  maxConnections: number;
  readonly versions: KubernetesVersion[];
  /** Names that others have, in all of Azure. */
  readonly takenNames: Set<string>;
  /** Roles of whoever runs `pulumi up`. */
  roles: DeployerRole[];
  /** Ids of resources that whoever runs `pulumi up` may not read, whatever its roles say. */
  readonly unreadable: Set<string>;
  /** Display names of the directory's groups, by object id. */
  readonly directoryGroups: Map<string, string>;
  /** Whether whoever runs `pulumi up` may look into the directory. */
  isDirectoryOpen: boolean;
  /** Images in every registry, as `rotation/app:1.0.0`. */
  readonly images: Set<string>;
  /** What Event Grid is answered by every endpoint: the twin has no way out to ask. */
  handshake: Handshake;
  /** ARM types whose next creation fails after it was accepted, once for each time that they are here. */
  readonly failing: string[];
  /** What providers find wrong with a deployment. */
  readonly problems: { code: string; message: string }[];
}

export interface Quota {
  readonly used: number;
  readonly limit: number;
}

export interface MachineSize {
  readonly name: string;
  readonly family: string;
  readonly cores: number;
  memoryGB: number;
  /** GiB of the disk that belongs to the machine. */
  readonly localDisk: number;
  zones: readonly string[];
  isEncryptable: boolean;
  /** What the subscription may not: the size at all, or in zones. */
  restriction: "Location" | readonly string[] | undefined;
}

export interface DatabaseOffer {
  /** Whether the region takes new servers of this subscription. */
  isOpen: boolean;
  readonly versions: Set<string>;
  readonly sizes: DatabaseSize[];
  hasStandby: boolean;
  hasGeoBackup: boolean;
  hasGeoBackupOfStandby: boolean;
}

export interface DatabaseSize {
  readonly tier: string;
  readonly name: string;
  readonly cores: number;
  memoryPerCoreMb: number;
  zones: readonly string[];
}

export interface KubernetesVersion {
  readonly version: string;
  readonly patches: readonly string[];
  isPreview: boolean;
  supportPlan: readonly string[];
}

export interface DeployerRole {
  /** GUID of the definition. */
  readonly role: string;
  readonly scope: string;
  /** In the language of conditions; without one the role holds as it is. */
  readonly condition?: string;
}

const ZONES = ["1", "2", "3"];
const OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

/** All is well. */
export function goodSituation(subscriptionId: string): Situation {
  return {
    subscriptionState: "Enabled",
    unregistered: new Set(),
    features: new Map([["Microsoft.Compute/EncryptionAtHost", "Registered"]]),
    notOffered: new Set(),
    retired: new Set(),
    sizes: [
      machineSize("Standard_B2s_v2", "standardBsv2Family", 2, 0),
      machineSize("Standard_B4s_v2", "standardBsv2Family", 4, 0),
      machineSize("Standard_D2s_v5", "standardDSv5Family", 2, 0),
      machineSize("Standard_D4s_v5", "standardDSv5Family", 4, 0),
      machineSize("Standard_D2ds_v5", "standardDDSv5Family", 2, 75),
      machineSize("Standard_D4ds_v5", "standardDDSv5Family", 4, 150),
      machineSize("Standard_D8ds_v5", "standardDDSv5Family", 8, 300),
    ],
    quotas: quotas("standardBsv2Family", "standardDSv5Family", "standardDDSv5Family", "cores"),
    databaseQuotas: quotas(
      "standardBSFamily",
      "standardDDSv5Family",
      "standardEDSv5Family",
      "cores",
    ),
    networkQuotas: quotas("PublicIPAddresses", "IPv4StandardSkuPublicIpAddresses"),
    database: {
      isOpen: true,
      versions: new Set(["16", "17", "18"]),
      sizes: [
        databaseSize("Burstable", "Standard_B1ms", 1, 2048),
        databaseSize("Burstable", "Standard_B2s", 2, 2048),
        databaseSize("GeneralPurpose", "Standard_D2ds_v5", 2, 4096),
        databaseSize("GeneralPurpose", "Standard_D4ds_v5", 4, 4096),
        databaseSize("MemoryOptimized", "Standard_E2ds_v5", 2, 8192),
      ],
      hasStandby: true,
      hasGeoBackup: true,
      hasGeoBackupOfStandby: true,
    },
    maxConnections: 859,
    versions: [
      version("1.34", ["1.34.6"]),
      version("1.35", ["1.35.2", "1.35.4"]),
      version("1.36", ["1.36.1"]),
      { ...version("1.37", ["1.37.0"]), isPreview: true },
    ],
    takenNames: new Set(),
    roles: [{ role: OWNER, scope: `/subscriptions/${subscriptionId}` }],
    unreadable: new Set(),
    directoryGroups: new Map([["11111111-1111-1111-1111-111111111111", "platform-administrators"]]),
    isDirectoryOpen: true,
    images: new Set(["rotation/app:1.0.0", "rotation/tools:1.0.0"]),
    handshake: { status: 200, allowedOrigin: "eventgrid.azure.net" },
    failing: [],
    problems: [],
  };
}

/** An error as every service of Azure writes it. */
export function errorBody(code: string, message: string, details?: PlainObject[]): PlainObject {
  return { error: { code, message, ...(details && { details }) } };
}

function quotas(...names: readonly string[]): Map<string, Quota> {
  return new Map(names.map((name) => [name, { used: 0, limit: 100 }]));
}

function machineSize(name: string, family: string, cores: number, localDisk: number): MachineSize {
  return {
    name,
    family,
    cores,
    memoryGB: NODE_SIZES[name]!.memoryGB,
    localDisk,
    zones: ZONES,
    isEncryptable: true,
    restriction: undefined,
  };
}

function databaseSize(
  tier: string,
  name: string,
  cores: number,
  memoryPerCoreMb: number,
): DatabaseSize {
  return { tier, name, cores, memoryPerCoreMb, zones: ZONES };
}

function version(name: string, patches: readonly string[]): KubernetesVersion {
  return {
    version: name,
    patches,
    isPreview: false,
    supportPlan: ["KubernetesOfficial", "AKSLongTermSupport"],
  };
}
