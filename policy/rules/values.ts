import type { Resource, Values } from "./rule";

/** What is at a path such as `sku.tier` or `agentPoolProfiles[0].mode`; undefined when nothing is. */
export function at(value: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter(Boolean)
    .reduce<unknown>(
      (inner, key) =>
        typeof inner === "object" && inner !== null ? (inner as Values)[key] : undefined,
      value,
    );
}

/** A list of objects; empty when there is none. */
export function list(value: unknown): Values[] {
  return Array.isArray(value) ? (value as Values[]) : [];
}

/** A list of words or numbers as text; empty when there is none. */
export function words(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** Text; empty when there is none. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A value as error texts show it. */
export function shown(value: unknown): string {
  return value === undefined ? "not set" : JSON.stringify(value);
}

/** Inputs that hold the name in Azure, by token. */
const NAME_INPUTS: Readonly<Record<string, string>> = {
  "azure-native:containerregistry:Registry": "registryName",
  "azure-native:containerservice:ManagedCluster": "resourceName",
  "azure-native:dbforpostgresql:Server": "serverName",
  "azure-native:keyvault:Vault": "vaultName",
  "azure-native:network:ApplicationGateway": "applicationGatewayName",
  "azure-native:network:NetworkSecurityGroup": "networkSecurityGroupName",
  "azure-native:network:PublicIPAddress": "publicIpAddressName",
  "azure-native:network:Subnet": "subnetName",
};

/** The name in Azure. */
function azureName({ type, props }: Pick<Resource, "type" | "props">): string {
  return text(props[NAME_INPUTS[type] ?? "name"]);
}

/** Whether a resource id ends with the name of a resource. */
export function names(id: unknown, resource: Pick<Resource, "type" | "props">): boolean {
  const name = azureName(resource);
  return name !== "" && text(id).toLowerCase().endsWith(`/${name.toLowerCase()}`);
}

/** All resources of one kind. */
export function ofType(all: readonly Resource[], type: string): Resource[] {
  return all.filter((resource) => resource.type === type);
}
