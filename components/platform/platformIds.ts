import type { NodeDemand } from "../plan";
import type { AdoptionNeeds } from "./adoption";
import type { KubeLogin } from "./kubeconfig";
import type { PlaceNeeds } from "./place";

/** What a stack names of a platform that is there: types of Azure's resources by configuration key. */
export const PLATFORM_TYPES = {
  clusterId: "Microsoft.ContainerService/managedClusters",
  vaultId: "Microsoft.KeyVault/vaults",
  databaseServerId: "Microsoft.DBforPostgreSQL/flexibleServers",
  databaseAdministratorSecret: "Microsoft.KeyVault/vaults/secrets",
  gatewayId: "Microsoft.Network/applicationGateways",
  workspaceId: "Microsoft.OperationalInsights/workspaces",
  registryId: "Microsoft.ContainerRegistry/registries",
} as const;

export type PlatformIdKey = keyof typeof PLATFORM_TYPES;

/** Resource ids by key; the registry is only printed, so that a platform may have none. */
export type PlatformIds = Readonly<Record<Exclude<PlatformIdKey, "registryId">, string>> & {
  readonly registryId?: string | undefined;
};

/** A platform that is there. */
export interface PlatformReference extends PlatformIds {
  /** Host name of the API server, to which whoever works on the stack logs in. */
  readonly clusterHost: string;
  /** Name that the gateway has for the certificate of all hosts. */
  readonly certificateName: string;
}

/** What an application asks of it. */
export interface PlatformNeeds {
  /** How whoever runs `pulumi up` gets a token for the API server, e.g. `azurecli`. */
  readonly kubeLogin: KubeLogin;
  /** Connections that the application may have of the server. */
  readonly connections: number;
  /** Where its pods connect to besides the database: ranges, CIDR, with a port. */
  readonly egress: readonly { readonly range: string; readonly port: number }[];
  /** What it asks of the nodes; undefined where that is not known. */
  readonly demand?: NodeDemand | undefined;
  /**
   * What it takes over.
   * @default nothing
   */
  readonly adoption?: AdoptionNeeds | undefined;
  /**
   * Names of vault secrets that the application is about to take: before its first run has completed.
   * @default none
   */
  readonly newSecrets?: readonly string[] | undefined;
  /**
   * What it has to do with a namespace of others.
   * @default nothing: it makes one
   */
  readonly place?: PlaceNeeds | undefined;
}

/** A resource id in its parts. */
export interface ResourceId {
  readonly subscriptionId: string;
  readonly resourceGroupName: string;
  /** Namespace and types, e.g. `Microsoft.Network/virtualNetworks/subnets`. */
  readonly type: string;
  /** One for each type, e.g. those of a network and of a subnet. */
  readonly names: readonly string[];
}

const ID =
  /^\/subscriptions\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/resourceGroups\/([\w().-]+)\/providers\/([\w.]+)((?:\/[\w-]+\/[\w.-]+)+)$/i;

/** The parts of a resource id; undefined if the text is none. */
export function resourceIdOf(text: string): ResourceId | undefined {
  const [, subscriptionId = "", resourceGroupName = "", provider = "", path = ""] =
    ID.exec(text) ?? [];
  if (provider === "") {
    return undefined;
  }
  const words = path.slice(1).split("/");
  return {
    subscriptionId: subscriptionId.toLowerCase(),
    resourceGroupName,
    type: [provider, ...words.filter((_, index) => index % 2 === 0)].join("/"),
    names: words.filter((_, index) => index % 2 === 1),
  };
}

/** What is wrong with the id for a key, in words that follow it; undefined if nothing is. */
export function platformIdProblem(key: PlatformIdKey, id: string): string | undefined {
  return resourceIdOf(id)?.type.toLowerCase() === PLATFORM_TYPES[key].toLowerCase()
    ? undefined
    : `must be ${platformIdRule(key)}, not "${id}".`;
}

/** What a key's id looks like. */
export function platformIdRule(key: PlatformIdKey): string {
  const [provider, ...types] = PLATFORM_TYPES[key].split("/");
  const path = types.map((type) => `/${type}/<name>`).join("");
  return `a resource id such as /subscriptions/<id>/resourceGroups/<group>/providers/${provider}${path}`;
}

/** Whether two ids are of the same resource: Azure answers in any case. */
export function isSameId(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one.toLowerCase() === other?.toLowerCase();
}
