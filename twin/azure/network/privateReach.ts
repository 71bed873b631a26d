import type { Cloud } from "../arm/resourceType";
import { textAt, textsAt } from "../arm/plain";
import { parentOf } from "../arm/resourceManager";
import { PRIVATE_ENDPOINT, referringTo, sameId } from "./networkCommon";
import { peeredNetworks } from "./peerings";
import { ZONE_LINK } from "./privateZones";

/**
 * Whether a network gets to a service through a private endpoint: the endpoint lies in it or in a
 * peered network, and the service's private name leads there because the endpoint writes it to a
 * zone that is linked to the network.
 *
 * @param zoneName e.g. `privatelink.vaultcore.azure.net`
 */
export function reachesPrivately(
  cloud: Cloud,
  networkId: string,
  serviceId: string,
  zoneName: string,
): boolean {
  const near = [networkId, ...peeredNetworks(cloud, networkId)];
  const zones = referringTo(cloud, ZONE_LINK, "virtualNetwork.id", networkId)
    .map(({ id }) => parentOf(id))
    .filter((zone) => zone.toLowerCase().endsWith(`/${zoneName}`));
  return referringTo(
    cloud,
    PRIVATE_ENDPOINT,
    "privateLinkServiceConnections[].privateLinkServiceId",
    serviceId,
  ).some(
    (endpoint) =>
      near.some((network) => sameId(parentOf(textAt(endpoint.inputs, "subnet.id")), network)) &&
      cloud.resources
        .children(endpoint.id, `${PRIVATE_ENDPOINT}/privateDnsZoneGroups`)
        .flatMap(({ inputs }) => textsAt(inputs, "privateDnsZoneConfigs[].privateDnsZoneId"))
        .some((zone) => zones.some((linked) => sameId(linked, zone))),
  );
}
