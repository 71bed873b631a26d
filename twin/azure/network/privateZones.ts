import { ArmError } from "../arm/armError";
import { flagAt, textAt, type PlainObject } from "../arm/plain";
import { parentOf } from "../arm/resourceManager";
import type { Put } from "../arm/resourceType";
import { NETWORK_NAME, demand, resourceType } from "../arm/common";
import { PROVIDER, VIRTUAL_NETWORK, referringTo, sameId } from "./networkCommon";

export const PRIVATE_ZONE = "Microsoft.Network/privateDnsZones";
export const ZONE_LINK = `${PRIVATE_ZONE}/virtualNetworkLinks`;
/** Where private names of vaults are. */
export const VAULT_ZONE = "privatelink.vaultcore.azure.net";
const API_VERSION = "2024-06-01";

export const privateZone = resourceType({
  token: "azure-native:privatedns:PrivateZone",
  armType: PRIVATE_ZONE,
  apiVersion: API_VERSION,
  path: `${PROVIDER}/privateDnsZones/{privateZoneName}`,
  names: { privateZoneName: { pattern: /^([\w-]+\.)+[\w-]+$/, maxLength: 63 } },
  replaceOn: ["location"],
  inUse: "CannotDeleteResource",
  put: (put) => ({
    ...global(put),
    internalId: "",
    maxNumberOfRecordSets: 25_000,
    maxNumberOfVirtualNetworkLinks: 1_000,
    maxNumberOfVirtualNetworkLinksWithRegistration: 100,
    numberOfRecordSets: 1,
    numberOfVirtualNetworkLinks: 0,
    numberOfVirtualNetworkLinksWithRegistration: 0,
  }),
});

export const virtualNetworkLink = resourceType({
  token: "azure-native:privatedns:VirtualNetworkLink",
  armType: ZONE_LINK,
  apiVersion: API_VERSION,
  path: `${PROVIDER}/privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}`,
  names: { virtualNetworkLinkName: NETWORK_NAME },
  replaceOn: ["location"],
  references: [{ path: "virtualNetwork.id", type: VIRTUAL_NETWORK }],
  put(put) {
    const policy = textAt(put.inputs, "resolutionPolicy");
    demand(
      ["", "Default", "NxDomainRedirect"].includes(policy),
      "BadRequest",
      `The resolutionPolicy '${policy}' of link ${put.name} must be Default or NxDomainRedirect.`,
    );
    requireOneZone(put);
    return {
      ...global(put),
      registrationEnabled: flagAt(put.inputs, "registrationEnabled"),
      resolutionPolicy: policy || "Default",
      virtualNetworkLinkState: "Completed",
    };
  },
});

/** A network has one link to a zone, and one zone for a name. */
function requireOneZone({ cloud, id, inputs }: Put): void {
  const zone = parentOf(id);
  const network = textAt(inputs, "virtualNetwork.id");
  for (const other of referringTo(cloud, ZONE_LINK, "virtualNetwork.id", network)) {
    if (sameId(other.id, id)) {
      continue;
    }
    if (sameId(parentOf(other.id), zone)) {
      throw new ArmError(
        409,
        "Conflict",
        `Private zone '${nameOf(zone)}' is already linked to the virtual network '${network}'.`,
      );
    }
    demand(
      nameOf(parentOf(other.id)) !== nameOf(zone),
      "BadRequest",
      "A virtual network cannot be linked to multiple zones with overlapping namespaces. You tried " +
        `to link virtual network with '${nameOf(zone)}' and '${nameOf(parentOf(other.id))}' zones.`,
    );
  }
}

function nameOf(zoneId: string): string {
  return zoneId.split("/").at(-1)!.toLowerCase();
}

/** Private DNS belongs to no region. */
function global({ inputs, echo, name }: Put): PlainObject {
  demand(
    textAt(inputs, "location").toLowerCase() === "global",
    "LocationNotAvailableForResourceType",
    `The provided location '${textAt(inputs, "location")}' is not available for ${name}: the ` +
      "location of private DNS resources is 'global'.",
  );
  return echo;
}
