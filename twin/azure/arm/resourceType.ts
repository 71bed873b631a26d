import type { Vault } from "../../vault/vault";
import type {
  ClusterHandle,
  ClusterSettings,
  DatabaseServerHandle,
  DatabaseServerSettings,
  GatewayHandle,
  GatewaySettings,
  IngressSource,
  SecretReader,
} from "../../world/contracts";
import type { Entra } from "../../world/entra";
import type { World } from "../../world/world";
import type { Directory, Principal } from "./directory";
import type { PlainObject } from "./plain";
import type { Situation } from "./situation";

/** Allowed names of one path argument. */
export interface NameRule {
  readonly pattern: RegExp;
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** An input that holds the id of another resource, which must exist. */
export interface Reference {
  /** e.g. `subnet.id` or `agentPoolProfiles[].vnetSubnetID`. */
  readonly path: string;
  /** ARM type, e.g. `Microsoft.Network/virtualNetworks/subnets`. */
  readonly type: string;
}

/** How the things start that other stand-ins run. */
export interface Factories {
  startCluster(settings: ClusterSettings): Promise<ClusterHandle & IngressSource>;
  startGateway(settings: GatewaySettings): Promise<GatewayHandle>;
  startDatabaseServer(settings: DatabaseServerSettings): Promise<DatabaseServerHandle>;
}

/** A cluster that runs. */
export interface RunningCluster {
  readonly handle: ClusterHandle & IngressSource;
  /** As the API server writes it into tokens; empty when the OIDC issuer is off. */
  readonly issuer: string;
  /** Whether the ingress controller of the add-on works on its gateway. */
  attached: boolean;
  /** What the ingress controller's identity lacked when last looked at. */
  lacking: string;
}

/** A vault that exists, deleted ones included until they are purged. */
export interface RunningVault {
  readonly id: string;
  readonly location: string;
  readonly service: Vault;
  deleted: boolean;
}

/** One subscription in one tenant, as its services see it. */
export interface Cloud extends SecretReader {
  readonly world: World;
  readonly factories: Factories;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly directory: Directory;
  /** Who runs `pulumi up`: by the situation Owner of the subscription, which gives no right to read a secret. */
  readonly deployer: Principal;
  readonly resources: Resources;
  /** How things stand besides the resources; to be changed. */
  situation: Situation;
  readonly entra: Entra;
  readonly clusters: Map<string, RunningCluster>;
  readonly gateways: Map<string, GatewayHandle>;
  readonly databases: Map<string, DatabaseServerHandle>;
  /** By name, which is unique in the world. */
  readonly vaults: Map<string, RunningVault>;
  /** Whether a principal may do something to a resource, by its role assignments. */
  isAllowed(
    principalId: string,
    kind: "action" | "dataAction",
    operation: string,
    resource: string,
  ): boolean;
  /** The same once every role assignment that there is works. */
  willBeAllowed(
    principalId: string,
    kind: "action" | "dataAction",
    operation: string,
    resource: string,
  ): boolean;
  /** A vault that is not deleted. */
  vault(name: string): RunningVault | undefined;
  /** The user-assigned identity behind a client id. */
  identity(clientId: string): ArmResource | undefined;
  /** A bearer token for the data plane of vaults. */
  tokenFor(principalId: string): string;
  /** Purges a soft-deleted vault, so that its name is free again. */
  purgeVault(name: string): Promise<void>;
  /** Something was written: what waits for role assignments looks again. */
  changed(): void;
}

/** What exists, and the rules that hold for every type. */
export interface Resources {
  find(id: string): ArmResource | undefined;
  /** Ids of everything that there is. */
  ids(): string[];
  /** All resources of an ARM type. */
  all(armType: string): ArmResource[];
  /** Resources of a type directly below another one. */
  children(parent: string, armType: string): ArmResource[];
  /** PUT. @param mode `create` refuses to take over what exists, as the official provider does */
  put(type: ResourceType, inputs: PlainObject, mode: "create" | "update"): Promise<ArmResource>;
  /** Writes the answer down; also for what a service makes of itself. */
  store(
    type: ResourceType,
    id: string,
    name: string,
    inputs: PlainObject,
    answer: PlainObject,
  ): ArmResource;
  /** Changes what a resource answers without a PUT: the service did something. */
  amend(id: string, outputs: PlainObject): void;
  /** DELETE, with everything below. What is gone already is no error. */
  delete(id: string): Promise<void>;
}

/** A PUT as it arrives at the resource's service, after everything that holds for all types. */
export interface Put {
  readonly cloud: Cloud;
  readonly id: string;
  readonly name: string;
  readonly inputs: PlainObject;
  /** The inputs, as far as Azure answers with them. */
  readonly echo: PlainObject;
  /** The resource as it was, undefined when it is created. */
  readonly previous: ArmResource | undefined;
}

/** A resource that exists. */
export interface ArmResource {
  readonly id: string;
  readonly type: ResourceType;
  readonly name: string;
  readonly createdAt: number;
  readonly inputs: PlainObject;
  readonly outputs: PlainObject;
}

/** One row of the table of types. */
export interface ResourceType {
  /** `azure-native:keyvault:Vault`. */
  readonly token: string;
  /** `Microsoft.KeyVault/vaults`. */
  readonly armType: string;
  readonly apiVersion: string;
  /** Path of the id with the arguments in braces. */
  readonly path: string;
  /** How the last path argument is made up when it is missing. */
  readonly autoName: "random" | "copy" | "uuid";
  /** Rules for the path arguments. */
  readonly names: Readonly<Record<string, NameRule>>;
  /** The service cannot do without a location (the provider checks it). */
  readonly locationRequired?: boolean;
  /**
   * Inputs besides path arguments whose change replaces the resource: the provider's `forceNewMap`
   * and, in the API specification, `x-ms-mutability` without `update`.
   */
  readonly replaceOn: readonly string[];
  readonly references: readonly Reference[];
  /** Inputs that ARM never answers with, because they are secrets. */
  readonly secrets?: readonly string[];
  /** Refusal of a DELETE while another resource refers to this one; none when Azure allows it. */
  readonly inUse?: string;
  /** The refusal when two writes with this code under the same parent overlap. */
  readonly oneAtATime?: { readonly code: string; readonly message: (parent: string) => string };
  /** Exists as soon as its parent does; DELETE sets it back. */
  readonly singleton?: boolean;
  /** Checks and does what the service would; resolves to the answer. */
  put?(put: Put): PlainObject | Promise<PlainObject>;
  /**
   * What one that nobody ever wrote answers, where it exists as soon as its parent does; undefined
   * where the parent has none of that name.
   */
  unwritten?(cloud: Cloud, id: string, name: string): Promise<PlainObject | undefined>;
  /** The error of a Read of one that is gone; none where that is the answer. */
  gone?(name: string): string;
  /** @param goesWithParent whether it was not asked for, but something that it is below */
  remove?(cloud: Cloud, resource: ArmResource, goesWithParent: boolean): void | Promise<void>;
}

/** Names of the arguments that make up a type's id, in order. */
export function pathArguments(type: ResourceType): string[] {
  return [...type.path.matchAll(/\{(\w+)\}/g)]
    .map(([, name]) => name!)
    .filter((name) => name !== "subscriptionId");
}

/** The argument that holds the resource's own name. */
export function nameArgument(type: ResourceType): string {
  return pathArguments(type).at(-1)!;
}

/** The id that inputs describe. */
export function idOf(type: ResourceType, inputs: PlainObject, subscriptionId: string): string {
  return type.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = name === "subscriptionId" ? subscriptionId : inputs[name];
    return typeof value === "string" ? value.replace(/^\/+|\/+$/g, "") : "";
  });
}

/** The values that an id gives the path arguments, undefined when it is of another type. */
export function argumentsOf(type: ResourceType, id: string): PlainObject | undefined {
  const extended = extendedArgument(type);
  const pattern = type.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    name === extended ? `(?<${name}>.+)` : `(?<${name}>[^/]+)`,
  );
  const found = new RegExp(`^${pattern}$`, "i").exec(id)?.groups;
  if (!found) {
    return undefined;
  }
  const values: PlainObject = { ...found };
  delete values["subscriptionId"];
  return extended === undefined ? values : { ...values, [extended]: `/${found[extended]}` };
}

/** The argument of an extension resource (a grant, a diagnostic setting) that names what it is on. */
export function extendedArgument(type: ResourceType): string | undefined {
  return /^\/\{(\w+)\}/.exec(type.path)?.[1];
}

export const IN_GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";
