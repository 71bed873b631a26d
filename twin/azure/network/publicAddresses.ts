import { textAt, textsAt } from "../arm/plain";
import { NETWORK_NAME, demand, resourceType } from "../arm/common";
import {
  API_VERSION,
  NAT_GATEWAY,
  PROVIDER,
  PUBLIC_ADDRESS,
  requireFreeAddress,
  requireSameZones,
} from "./networkCommon";

/** The address is one of the twin's, so that clients reach what listens there. */
export const publicIPAddress = resourceType({
  token: "azure-native:network:PublicIPAddress",
  armType: PUBLIC_ADDRESS,
  apiVersion: API_VERSION,
  path: `${PROVIDER}/publicIPAddresses/{publicIpAddressName}`,
  names: { publicIpAddressName: NETWORK_NAME },
  replaceOn: ["location", "publicIPAddressVersion", "publicIPPrefix", "sku"],
  inUse: "PublicIPAddressCannotBeDeleted",
  put(put) {
    const { cloud, inputs, echo, previous, name } = put;
    requireSameZones(put);
    demand(
      ["Standard", "StandardV2"].includes(textAt(inputs, "sku.name")),
      "BasicSkuPublicIpRetired",
      `Public IP address ${name} needs sku.name Standard: Basic was retired on 30 September 2025.`,
    );
    demand(
      textAt(inputs, "publicIPAllocationMethod") === "Static",
      "StandardSkuPublicIPAddressesMustBeStatic",
      `Standard sku publicIp ${name} must have AllocationMethod set to Static.`,
    );
    return {
      ...echo,
      idleTimeoutInMinutes: echo["idleTimeoutInMinutes"] ?? 4,
      publicIPAddressVersion: echo["publicIPAddressVersion"] ?? "IPv4",
      ipAddress: previous?.outputs["ipAddress"] ?? cloud.world.addresses.allocate(),
      ipConfiguration: {},
    };
  },
});

export const natGateway = resourceType({
  token: "azure-native:network:NatGateway",
  armType: NAT_GATEWAY,
  apiVersion: API_VERSION,
  path: `${PROVIDER}/natGateways/{natGatewayName}`,
  names: { natGatewayName: NETWORK_NAME },
  references: [{ path: "publicIpAddresses[].id", type: PUBLIC_ADDRESS }],
  inUse: "InUseNatGatewayCannotBeDeleted",
  put(put) {
    const { cloud, id, inputs, echo, name } = put;
    const sku = textAt(inputs, "sku.name");
    demand(
      sku === "Standard",
      "InvalidRequestFormat",
      `NAT gateway ${name} needs sku.name Standard, the only one in API version ${API_VERSION}.`,
    );
    const zones = textsAt(inputs, "zones[]").length;
    demand(
      zones <= 1,
      "ResourceCannotHaveMultipleZonesSpecified",
      `Resource ${id} has ${zones} zones specified. Only one zone can be specified for this resource.`,
    );
    requireSameZones(put);
    for (const addressId of textsAt(inputs, "publicIpAddresses[].id")) {
      const address = cloud.resources.find(addressId);
      demand(
        textAt(address?.inputs, "sku.name") === sku,
        "NatGatewayPublicIPAddressSkuMismatch",
        `NAT gateway ${id} has the sku Standard and needs public IP addresses of that sku: ` +
          `${addressId} has another one.`,
      );
      requireFreeAddress(put, addressId);
    }
    return echo;
  },
});
