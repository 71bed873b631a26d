import { objectAt, objectsAt, textAt, textsAt, type PlainObject } from "../arm/plain";
import { SYSTEM_DATA } from "../arm/resourceManager";
import type { ArmResource, Cloud } from "../arm/resourceType";
import {
  gatewaysIn,
  NAT_GATEWAY,
  PRIVATE_ENDPOINT,
  PUBLIC_ADDRESS,
  referringTo,
  sameId,
  SUBNET,
} from "./networkCommon";

/**
 * What a Read answers because of resources that came after it: of a network resource under names that are
 * inputs as well (pulumi-azure-native issues 2798 and 3220).
 */
export function backReferences(cloud: Cloud, resource: ArmResource): PlainObject {
  return FOLLOWERS[resource.type.armType]?.(cloud, resource) ?? {};
}

/** The endpoints that lead to a server, as its own resource provider answers them. */
function endpointConnections(cloud: Cloud, { id, type }: ArmResource): PlainObject {
  const endpoints = referringTo(
    cloud,
    PRIVATE_ENDPOINT,
    "privateLinkServiceConnections[].privateLinkServiceId",
    id,
  );
  return {
    privateEndpointConnections: endpoints.map((endpoint) => {
      const [connection = {}] = objectsAt(endpoint.outputs, "privateLinkServiceConnections");
      return {
        id: `${id}/privateEndpointConnections/${endpoint.name}`,
        name: endpoint.name,
        type: `${type.armType}/privateEndpointConnections`,
        groupIds: textsAt(connection, "groupIds[]"),
        privateEndpoint: { id: endpoint.id },
        privateLinkServiceConnectionState:
          objectAt(connection, "privateLinkServiceConnectionState") ?? {},
        provisioningState: "Succeeded",
        systemData: SYSTEM_DATA,
      };
    }),
  };
}

const FOLLOWERS: Readonly<Record<string, (cloud: Cloud, resource: ArmResource) => PlainObject>> = {
  "Microsoft.DBforPostgreSQL/flexibleServers": endpointConnections,
  [SUBNET](cloud, { id }): PlainObject {
    const configurations = gatewaysIn(cloud, id).flatMap(({ outputs }) =>
      objectsAt(outputs, "gatewayIPConfigurations").filter((one) =>
        sameId(textAt(one, "subnet.id"), id),
      ),
    );
    return configurations.length === 0
      ? {}
      : {
          applicationGatewayIPConfigurations: configurations.map((one) => ({
            id: textAt(one, "id"),
          })),
        };
  },
  [PUBLIC_ADDRESS](cloud, { id }): PlainObject {
    const [gateway] = referringTo(cloud, NAT_GATEWAY, "publicIpAddresses[].id", id);
    return gateway ? { natGateway: { id: gateway.id } } : {};
  },
  // Once a zone has the names, the endpoint has them no longer.
  [PRIVATE_ENDPOINT](cloud, { id }): PlainObject {
    const groups = cloud.resources.children(id, `${PRIVATE_ENDPOINT}/privateDnsZoneGroups`);
    return groups.length > 0 ? { customDnsConfigs: [] } : {};
  },
};
