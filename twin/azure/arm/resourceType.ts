import type { Cloud } from "../cloud";
import type { PlainObject } from "./plain";

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
  remove?(cloud: Cloud, resource: ArmResource): void | Promise<void>;
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
