import { objectsAt, textAt, textsAt, type PlainObject } from "../arm/plain";
import type { ArmResource } from "../arm/resourceType";
import { ArmError } from "../arm/armError";
import { NETWORK_NAME, demand, resourceType } from "../arm/common";
import { API_VERSION, PRIVATE_ENDPOINT, PROVIDER, SUBNET } from "./networkCommon";
import { PRIVATE_ZONE } from "./privateZones";

/** What a private endpoint can lead to, with the group id it needs. */
const PRIVATE_LINK_GROUPS: Readonly<Record<string, string>> = {
  "Microsoft.KeyVault/vaults": "vault",
  "Microsoft.DBforPostgreSQL/flexibleServers": "postgresqlServer",
  "Microsoft.ContainerRegistry/registries": "registry",
};

export const privateEndpoint = resourceType({
  token: "azure-native:network:PrivateEndpoint",
  armType: PRIVATE_ENDPOINT,
  apiVersion: API_VERSION,
  path: `${PROVIDER}/privateEndpoints/{privateEndpointName}`,
  names: { privateEndpointName: { ...NETWORK_NAME, minLength: 2, maxLength: 64 } },
  replaceOn: ["subnet"],
  references: [{ path: "subnet.id", type: SUBNET }],
  put({ cloud, inputs, echo, name }) {
    const connections = objectsAt(inputs, "privateLinkServiceConnections");
    demand(
      connections.length === 1,
      "InvalidRequestFormat",
      `Private endpoint ${name} needs exactly one private link service connection.`,
    );
    for (const connection of connections) {
      const id = textAt(connection, "privateLinkServiceId");
      const target = cloud.resources.find(id);
      const group = target && PRIVATE_LINK_GROUPS[target.type.armType];
      demand(
        target !== undefined && group !== undefined,
        "PrivateLinkServiceNotFound",
        `The resource ${id} of private endpoint ${name} was not found or has no private link.`,
      );
      demand(
        textsAt(connection, "groupIds[]").join() === group,
        "InvalidPrivateLinkGroup",
        `The groupIds of private endpoint ${name} must be ["${group}"].`,
      );
      requirePrivateLink(target);
    }
    // Whoever may write the target has its connections approved at once.
    const approved = objectsAt(echo, "privateLinkServiceConnections").map((connection) => ({
      ...connection,
      privateLinkServiceConnectionState: {
        status: "Approved",
        description: "Auto-Approved",
        actionsRequired: "None",
      },
    }));
    return {
      ...echo,
      privateLinkServiceConnections: approved,
      customDnsConfigs: namesOf(connections),
    };
  },
});

/** Domains under which services are reached, by their private link group. */
const DOMAINS: Readonly<Record<string, string>> = {
  vault: "vault.azure.net",
  postgresqlServer: "postgres.database.azure.com",
  registry: "azurecr.io",
};

/** What somebody without a private zone would have to write down. */
function namesOf(connections: readonly PlainObject[]): PlainObject[] {
  return connections.map((connection) => {
    const service = textAt(connection, "privateLinkServiceId").split("/").at(-1)!;
    const [group = ""] = textsAt(connection, "groupIds[]");
    return { fqdn: `${service}.${DOMAINS[group]}`, ipAddresses: [] };
  });
}

/** Not every size of a service has private links. */
function requirePrivateLink({ id, type, inputs }: ArmResource): void {
  demand(
    type.armType !== "Microsoft.ContainerRegistry/registries" ||
      textAt(inputs, "sku.name") === "Premium",
    "PrivateEndpointNotSupported",
    `Private endpoints are not supported for the SKU ${textAt(inputs, "sku.name")} of registry ` +
      `${id}. For more information, please visit https://aka.ms/acr/private-link.`,
  );
  demand(
    type.armType !== "Microsoft.DBforPostgreSQL/flexibleServers" ||
      textAt(inputs, "network.delegatedSubnetResourceId") === "",
    "PrivateEndpointNotSupported",
    `Server ${id} is in a virtual network already and takes no private endpoints.`,
  );
}

export const privateDnsZoneGroup = resourceType({
  token: "azure-native:network:PrivateDnsZoneGroup",
  armType: `${PRIVATE_ENDPOINT}/privateDnsZoneGroups`,
  apiVersion: API_VERSION,
  path: `${PROVIDER}/privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}`,
  names: { privateEndpointName: NETWORK_NAME, privateDnsZoneGroupName: NETWORK_NAME },
  references: [{ path: "privateDnsZoneConfigs[].privateDnsZoneId", type: PRIVATE_ZONE }],
  put({ cloud, id, echo, previous }) {
    const endpoint = id.split("/privateDnsZoneGroups/")[0]!;
    const [other] = cloud.resources.children(endpoint, privateDnsZoneGroup.armType);
    if (other && !previous) {
      throw new ArmError(
        400,
        "MoreThanOnePrivateDnsZoneGroupPerPrivateEndpointNotAllowed",
        `Private endpoint ${endpoint} has the private DNS zone group ${other.name} already: it can ` +
          "have one.",
      );
    }
    return echo;
  },
});
