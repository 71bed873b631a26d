import { ArmError } from "../arm/armError";
import { foundAt } from "../arm/found";
import { textAt, type PlainObject } from "../arm/plain";
import type { ArmResource } from "../arm/resourceType";
import { type Asked, inSubscription, type Route } from "./route";

/** What ARM has beside `properties`; the rest is in there. */
const BESIDE_PROPERTIES = new Set([
  ...["etag", "id", "identity", "kind", "location", "name", "properties", "sku", "tags", "type"],
  "zones",
]);

const PEERING = "Microsoft.Network/virtualNetworks/virtualNetworkPeerings";

/** What there is: one resource by its id, or those of a type. */
export const resourceRoutes: readonly Route[] = [
  {
    method: "GET",
    path: inSubscription(
      "/providers/Microsoft.KeyVault/locations/[^/]+/deletedVaults/(?<name>[^/]+)",
    ),
    action: "Microsoft.KeyVault/locations/deletedVaults/read",
    answer: deletedVault,
  },
  {
    method: "GET",
    path: inSubscription(
      "/resourceGroups/[^/]+/providers/Microsoft.DBforPostgreSQL/flexibleServers/[^/]+/configurations/max_connections",
    ),
    action: "Microsoft.DBforPostgreSQL/flexibleServers/configurations/read",
    answer: (asked) => {
      const server = asked.url.pathname.replace(/\/configurations\/[^/]+$/, "");
      foundAt(asked.cloud.resources, server);
      const value = String(asked.situation.maxConnections);
      return { id: asked.url.pathname, properties: { value, defaultValue: value } };
    },
  },
  {
    method: "GET",
    path: inSubscription("/resourceGroups/[^/]+"),
    action: "Microsoft.Resources/subscriptions/resourceGroups/read",
    answer: (asked) => armAnswer(foundAt(asked.cloud.resources, asked.url.pathname)),
  },
  {
    method: "GET",
    path: inSubscription(
      "/resourceGroups/[^/]+/providers/(?<type>[^/]+/[^/]+)/[^/]+(?<below>(/[^/]+/[^/]+)*)",
    ),
    action: ({ type = "", below = "" }) => `${armTypeOf(type, below)}/read`,
    answer: (asked) => withPeerings(asked, foundAt(asked.cloud.resources, asked.url.pathname)),
  },
  {
    method: "GET",
    path: inSubscription("(/resourceGroups/[^/]+)?/providers/(?<type>[^/]+/[^/]+)"),
    action: ({ type = "" }) => `${type}/read`,
    answer: ({ cloud, parts: { type = "" } }) => ({
      value: cloud.resources.all(type).map(armAnswer),
    }),
  },
  {
    method: "GET",
    path: inSubscription(
      "/resourceGroups/[^/]+/providers/(?<type>[^/]+/[^/]+)/[^/]+/(?<child>[^/]+)",
    ),
    action: ({ type = "", child = "" }) => `${type}/${child}/read`,
    answer: ({ cloud, parts: { type = "", child = "" }, url }) => {
      const parent = url.pathname.slice(0, url.pathname.lastIndexOf("/"));
      return { value: cloud.resources.children(parent, `${type}/${child}`).map(armAnswer) };
    },
  },
];

/** The ARM type of an id, of its first type and the types and names below that. */
function armTypeOf(type: string, below: string): string {
  const types = below.split("/").filter((_, index) => index % 2 === 1);
  return [type, ...types].join("/");
}

/** A resource as ARM writes it, where the SDK has all its properties side by side. */
function armAnswer({ id, outputs }: ArmResource): PlainObject {
  const entries = Object.entries(outputs).filter(([name]) => name !== "azureApiVersion");
  const inner = entries.filter(([name]) => !BESIDE_PROPERTIES.has(name));
  return {
    ...Object.fromEntries(entries.filter(([name]) => BESIDE_PROPERTIES.has(name))),
    id,
    properties: {
      ...Object.fromEntries(inner),
      ...(outputs["properties"] as PlainObject | undefined),
    },
  };
}

/** A network shows what it is peered with, and which addresses that has. */
function withPeerings({ cloud }: Asked, resource: ArmResource): PlainObject {
  const answer = armAnswer(resource);
  const peerings = cloud.resources.children(resource.id, PEERING).map((peering) => {
    const remote = cloud.resources.find(textAt(peering.inputs, "remoteVirtualNetwork.id"));
    const remoteAddressSpace = remote?.outputs["addressSpace"] ?? null;
    return armAnswer({ ...peering, outputs: { ...peering.outputs, remoteAddressSpace } });
  });
  const properties = answer["properties"] as PlainObject;
  return peerings.length === 0
    ? answer
    : { ...answer, properties: { ...properties, virtualNetworkPeerings: peerings } };
}

function deletedVault({ cloud, parts: { name = "" }, url }: Asked): PlainObject {
  const vault = cloud.vaults.get(name.toLowerCase());
  if (vault?.deleted !== true) {
    throw new ArmError(
      404,
      "DeletedVaultNotFound",
      `The specified deleted vault '${name}' does not exist.`,
    );
  }
  const { retentionDays } = vault.service.secrets;
  const purged = new Date(Date.now() + retentionDays * 24 * 60 * 60 * 1000);
  return {
    id: url.pathname,
    name,
    type: "Microsoft.KeyVault/deletedVaults",
    properties: {
      vaultId: vault.id,
      location: vault.location,
      scheduledPurgeDate: purged.toISOString(),
    },
  };
}
