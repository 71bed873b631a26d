import type { ArmResource, Cloud } from "../arm/resourceType";
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
  return endpointsOf(cloud, serviceId).some(
    (endpoint) =>
      near.some((network) => sameId(parentOf(textAt(endpoint.inputs, "subnet.id")), network)) &&
      isNamed(cloud, endpoint, zones),
  );
}

/**
 * Whether a network does not find a service at all: its public name leads to a private one since it
 * has an endpoint somewhere, and the zone that the network asks for private names has no such entry
 * and does not ask on (`NxDomainRedirect`).
 */
export function isHidden(
  cloud: Cloud,
  networkId: string,
  serviceId: string,
  zoneName: string,
): boolean {
  const links = referringTo(cloud, ZONE_LINK, "virtualNetwork.id", networkId).filter(({ id }) =>
    parentOf(id).toLowerCase().endsWith(`/${zoneName}`),
  );
  const endpoints = endpointsOf(cloud, serviceId);
  return (
    endpoints.length > 0 &&
    links.some(
      ({ id, inputs }) =>
        textAt(inputs, "resolutionPolicy") !== "NxDomainRedirect" &&
        !endpoints.some((endpoint) => isNamed(cloud, endpoint, [parentOf(id)])),
    )
  );
}

function endpointsOf(cloud: Cloud, serviceId: string): ArmResource[] {
  return referringTo(
    cloud,
    PRIVATE_ENDPOINT,
    "privateLinkServiceConnections[].privateLinkServiceId",
    serviceId,
  );
}

/** Whether an endpoint writes its service's name to one of the zones. */
function isNamed(cloud: Cloud, endpoint: ArmResource, zones: readonly string[]): boolean {
  return cloud.resources
    .children(endpoint.id, `${PRIVATE_ENDPOINT}/privateDnsZoneGroups`)
    .flatMap(({ inputs }) => textsAt(inputs, "privateDnsZoneConfigs[].privateDnsZoneId"))
    .some((zone) => zones.some((linked) => sameId(linked, zone)));
}
