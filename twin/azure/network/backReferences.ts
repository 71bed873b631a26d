import { objectsAt, textAt, type PlainObject } from "../arm/plain";
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
 * What a Read of a network resource answers because of resources that came after it, under names that
 * are inputs as well (pulumi-azure-native issues 2798 and 3220).
 */
export function backReferences(cloud: Cloud, resource: ArmResource): PlainObject {
  return FOLLOWERS[resource.type.armType]?.(cloud, resource) ?? {};
}

const FOLLOWERS: Readonly<Record<string, (cloud: Cloud, resource: ArmResource) => PlainObject>> = {
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
