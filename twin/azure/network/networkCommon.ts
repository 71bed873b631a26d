import { textsAt, type PlainObject } from "../arm/plain";
import {
  IN_GROUP,
  type ArmResource,
  type Put,
  type ResourceType,
  type Cloud,
} from "../arm/resourceType";
import { parseRange, type Range } from "../arm/addresses";
import { demand } from "../arm/common";

/** Version of the network service's API that the SDK uses. */
export const API_VERSION = "2024-05-01";
export const PROVIDER = `${IN_GROUP}/providers/Microsoft.Network`;

export const APPLICATION_GATEWAY = "Microsoft.Network/applicationGateways";
export const NAT_GATEWAY = "Microsoft.Network/natGateways";
export const PRIVATE_ENDPOINT = "Microsoft.Network/privateEndpoints";
export const PUBLIC_ADDRESS = "Microsoft.Network/publicIPAddresses";
export const SECURITY_GROUP = "Microsoft.Network/networkSecurityGroups";
export const VIRTUAL_NETWORK = "Microsoft.Network/virtualNetworks";
export const SUBNET = `${VIRTUAL_NETWORK}/subnets`;
export const PEERING = `${VIRTUAL_NETWORK}/virtualNetworkPeerings`;

/** Azure takes one write of what is below a virtual network at a time. */
export const ONE_WRITE_PER_NETWORK: NonNullable<ResourceType["oneAtATime"]> = {
  code: "AnotherOperationInProgress",
  message: () =>
    "Another operation on this or dependent resource is in progress. To retrieve status of the " +
    "operation use uri: none in the twin.",
};

/** Zones are chosen at creation. */
export function requireSameZones({ id, inputs, previous }: Put): void {
  if (previous) {
    const [before, after] = [zonesOf(previous.inputs), zonesOf(inputs)];
    demand(
      before === after,
      "ResourceAvailabilityZonesCannotBeModified",
      `Resource ${id} has an existing availability zone constraint ${before} and the request has ` +
        `availability zone constraint ${after}, which do not match. Zones cannot be ` +
        "added/updated/removed once the resource is created. The resource cannot be updated from " +
        "regional to zonal or vice-versa.",
    );
  }
}

/** As Azure names them in refusals. */
export function zonesOf(inputs: PlainObject | undefined): string {
  return textsAt(inputs, "zones[]").sort().join(", ") || "NoZone";
}

/** Resources of a type that hold the id of another one at a path. */
export function referringTo(
  cloud: Cloud,
  armType: string,
  path: string,
  id: string,
): ArmResource[] {
  return cloud.resources
    .all(armType)
    .filter(({ inputs }) => textsAt(inputs, path).some((target) => sameId(target, id)));
}

/** Application gateways in a subnet. */
export function gatewaysIn(cloud: Cloud, subnetId: string): ArmResource[] {
  return referringTo(cloud, APPLICATION_GATEWAY, "gatewayIPConfigurations[].subnet.id", subnetId);
}

/** A public address belongs to one resource. */
export function requireFreeAddress({ cloud, id }: Put, addressId: string): void {
  const holder = [
    ...referringTo(cloud, NAT_GATEWAY, "publicIpAddresses[].id", addressId),
    ...referringTo(
      cloud,
      APPLICATION_GATEWAY,
      "frontendIPConfigurations[].publicIPAddress.id",
      addressId,
    ),
  ].find((other) => !sameId(other.id, id));
  demand(
    holder === undefined,
    "PublicIPAddressInUse",
    `Resource ${id} is referencing public IP address ${addressId} that is already allocated to ` +
      `resource ${holder?.id}.`,
  );
}

/** Ids do not differ by case. */
export function sameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** A range of a resource, refused when it is none. */
export function rangeOf(prefix: string, where: string): Range {
  const range = parseRange(prefix);
  demand(
    range !== undefined,
    "InvalidCIDRNotation",
    `The address prefix ${prefix} in resource ${where} has an invalid CIDR notation. For the given ` +
      "prefix length, the address prefix should be a network address.",
  );
  return range;
}
