import { ProviderError } from "../plugin/provider";
import { requireRight } from "./arm/access";
import { ArmError } from "./arm/armError";
import { foundAt, notFound } from "./arm/found";
import { project } from "./arm/outputs";
import { textAt, type PlainObject } from "./arm/plain";
import { complete } from "./arm/resourceManager";
import {
  idOf,
  nameArgument,
  pathArguments,
  type Cloud,
  type ResourceType,
} from "./arm/resourceType";
import { invokeShape } from "./arm/shapes";
import { currentAnswer } from "./currentAnswer";
import { RESOURCE_TYPES } from "./resourceTypes";

type Answer = PlainObject | Promise<PlainObject>;

/** Types whose `get` functions the twin has. */
const GETTERS = [
  "containerregistry:Registry",
  "containerservice:ManagedCluster",
  "dbforpostgresql:Configuration",
  "dbforpostgresql:Server",
  "keyvault:Vault",
  "managedidentity:UserAssignedIdentity",
  "network:ApplicationGateway",
  "network:PrivateEndpoint",
  "network:PublicIPAddress",
  "network:Subnet",
  "operationalinsights:Workspace",
] as const;

const INVOKES: Readonly<Record<string, (cloud: Cloud, args: PlainObject) => Answer>> = {
  "azure-native:authorization:getClientConfig": ({ deployer, subscriptionId, tenantId }) => ({
    clientId: deployer.clientId,
    objectId: deployer.objectId,
    subscriptionId,
    tenantId,
  }),
  "azure-native:containerservice:listManagedClusterUserCredentials": userCredentials,
  ...Object.fromEntries(GETTERS.map((name) => [getterOf(name), getter(name)])),
};

/** Calls a function of the official provider. */
export async function invoke(cloud: Cloud, token: string, args: PlainObject): Promise<PlainObject> {
  const answer = INVOKES[token];
  if (answer === undefined) {
    throw new ProviderError(`Invoke type ${token} not found`);
  }
  return answer(cloud, args);
}

/** `azure-native:keyvault:getVault` of `keyvault:Vault`. */
function getterOf(name: string): string {
  return `azure-native:${name.replace(":", ":get")}`;
}

function getter(name: string): (cloud: Cloud, args: PlainObject) => Promise<PlainObject> {
  const token = getterOf(name);
  return (cloud, args) => {
    const type = RESOURCE_TYPES.get(`azure-native:${name}`)!;
    requireArguments(token, pathArguments(type), args);
    const id = idOf(type, args, cloud.subscriptionId);
    return requested(id, async () => {
      requireRight(cloud, `${type.armType}/read`, id);
      const answer =
        (await unwritten(cloud, type, id, args)) ??
        currentAnswer(cloud, foundAt(cloud.resources, id));
      return project(invokeShape(token).result, { ...answer, id });
    });
  };
}

/** What the twin does not answer by it must not take. */
function requireArguments(token: string, known: readonly string[], args: PlainObject): void {
  const unknown = Object.keys(args).filter((key) => !known.includes(key));
  const missing = known.filter((key) => textAt(args, key) === "");
  if (unknown.length > 0) {
    throw new ProviderError(`The twin knows no argument ${unknown.join(", ")} of ${token}`);
  }
  if (missing.length > 0) {
    throw new ProviderError(`missing required argument ${missing.join(", ")} of ${token}`);
  }
}

/** What exists with its parent and was never written; undefined for everything else. */
async function unwritten(
  cloud: Cloud,
  type: ResourceType,
  id: string,
  args: PlainObject,
): Promise<PlainObject | undefined> {
  const { resources } = cloud;
  if (type.unwritten === undefined || resources.find(id) !== undefined) {
    return undefined;
  }
  const name = textAt(args, nameArgument(type));
  const answer = await type.unwritten(cloud, id, name);
  if (answer === undefined) {
    throw notFound(resources, id);
  }
  const { armType, apiVersion } = type;
  return complete(type, id, { name, type: armType, azureApiVersion: apiVersion, ...answer });
}

function userCredentials(cloud: Cloud, args: PlainObject): Promise<PlainObject> {
  const type = RESOURCE_TYPES.get("azure-native:containerservice:ManagedCluster")!;
  const id = idOf(type, args, cloud.subscriptionId);
  return requested(`${id}/listClusterUserCredential`, () => {
    requireRight(cloud, `${type.armType}/listClusterUserCredential/action`, id);
    foundAt(cloud.resources, id);
    const { handle } = cloud.clusters.get(id.toLowerCase())!;
    const value = Buffer.from(handle.kubeconfig()).toString("base64");
    return { kubeconfigs: [{ name: "clusterUser", value }] };
  });
}

/** A request, whose refusals say what was asked for. */
async function requested(path: string, answer: () => Answer): Promise<PlainObject> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof ArmError) {
      throw new ProviderError(`request failed ${path}: ${error.message}`);
    }
    throw error;
  }
}
