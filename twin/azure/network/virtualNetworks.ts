import { objectsAt, textAt, textsAt, type PlainObject } from "../arm/plain";
import type { Put } from "../arm/resourceType";
import { isWithin, overlap } from "../arm/addresses";
import { NETWORK_NAME, demand, resourceType } from "../arm/common";
import {
  API_VERSION,
  APPLICATION_GATEWAY,
  NAT_GATEWAY,
  ONE_WRITE_PER_NETWORK,
  PRIVATE_ENDPOINT,
  PROVIDER,
  SECURITY_GROUP,
  SUBNET,
  VIRTUAL_NETWORK,
  gatewaysIn,
  rangeOf,
  referringTo,
  sameId,
} from "./networkCommon";
import { requireOpenSubnet } from "./securityGroups";

export const subnet = resourceType({
  token: "azure-native:network:Subnet",
  armType: SUBNET,
  apiVersion: API_VERSION,
  path: `${PROVIDER}/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}`,
  names: { virtualNetworkName: NETWORK_NAME, subnetName: NETWORK_NAME },
  references: [
    { path: "networkSecurityGroup.id", type: SECURITY_GROUP },
    { path: "natGateway.id", type: NAT_GATEWAY },
  ],
  inUse: "InUseSubnetCannotBeDeleted",
  oneAtATime: ONE_WRITE_PER_NETWORK,
  put(put) {
    requireFreeRange(put);
    requireSamePrefixes(put);
    for (const gateway of gatewaysIn(put.cloud, put.id)) {
      requireOpenSubnet(put.cloud, put.id, put.inputs, gateway.id);
    }
    return { ...put.echo, purpose: "" };
  },
});

function requireFreeRange({ cloud, id, name, inputs }: Put): void {
  const network = id.split("/subnets/")[0]!;
  const prefixes = prefixesOf(inputs);
  demand(prefixes.length > 0, "InvalidRequestFormat", `Subnet ${name} has no address prefix.`);
  const space = textsAt(cloud.resources.find(network)?.inputs, "addressSpace.addressPrefixes[]");
  const siblings = cloud.resources
    .children(network, SUBNET)
    .filter((sibling) => !sameId(sibling.id, id));
  for (const prefix of prefixes) {
    const range = rangeOf(prefix, name);
    requireWithin(space, prefix, name, network.split("/").at(-1)!);
    const other = siblings.find((sibling) =>
      prefixesOf(sibling.inputs).some((taken) => overlap(range, rangeOf(taken, name))),
    );
    demand(
      other === undefined,
      "NetcfgSubnetRangesOverlap",
      `Subnet '${name}' is not valid because its IP address range overlaps with that of an ` +
        `existing subnet in virtual network (${other?.name}).`,
    );
  }
}

function requireWithin(space: string[], prefix: string, subnetName: string, network: string): void {
  const range = rangeOf(prefix, subnetName);
  demand(
    space.some((outer) => isWithin(range, rangeOf(outer, network))),
    "NetcfgSubnetRangeOutsideVnet",
    `Subnet '${subnetName}' is not valid because its IP address range is outside the IP address ` +
      `range of virtual network '${network}'.`,
  );
}

/** What has addresses of a subnet, with the path of the subnet's id. */
const TENANTS = [
  [APPLICATION_GATEWAY, "gatewayIPConfigurations[].subnet.id"],
  [PRIVATE_ENDPOINT, "subnet.id"],
  ["Microsoft.ContainerService/managedClusters", "agentPoolProfiles[].vnetSubnetID"],
  ["Microsoft.ContainerService/managedClusters/agentPools", "vnetSubnetID"],
] as const;

function requireSamePrefixes({ cloud, id, name, inputs, previous }: Put): void {
  const kept = prefixesOf(inputs);
  const lost = previous && prefixesOf(previous.inputs).find((prefix) => !kept.includes(prefix));
  demand(
    lost === undefined ||
      TENANTS.every(([type, path]) => referringTo(cloud, type, path, id).length === 0),
    "InUsePrefixCannotBeDeleted",
    `IpPrefix ${lost} on Subnet ${name} has active allocations and cannot be deleted.`,
  );
}

function prefixesOf(inputs: PlainObject): string[] {
  return [...textsAt(inputs, "addressPrefix"), ...textsAt(inputs, "addressPrefixes[]")];
}

/** Subnets can be written in the network or as resources of their own; Azure keeps one list. */
export const virtualNetwork = resourceType({
  token: "azure-native:network:VirtualNetwork",
  armType: VIRTUAL_NETWORK,
  apiVersion: API_VERSION,
  path: `${PROVIDER}/virtualNetworks/{virtualNetworkName}`,
  names: { virtualNetworkName: { ...NETWORK_NAME, minLength: 2, maxLength: 64 } },
  replaceOn: ["location"],
  references: [{ path: "ddosProtectionPlan.id", type: "Microsoft.Network/ddosProtectionPlans" }],
  inUse: "InUseVirtualNetworkCannotBeDeleted",
  async put({ cloud, id, name, inputs, echo }) {
    const space = textsAt(inputs, "addressSpace.addressPrefixes[]");
    demand(
      space.length > 0,
      "InvalidRequestFormat",
      `The address space of the virtual network ${name} is empty.`,
    );
    space.forEach((prefix) => rangeOf(prefix, id));
    for (const child of cloud.resources.children(id, SUBNET)) {
      prefixesOf(child.inputs).forEach((prefix) => requireWithin(space, prefix, child.name, name));
    }
    cloud.resources.store(virtualNetwork, id, name, inputs, { ...echo });
    for (const inline of objectsAt(inputs, "subnets")) {
      await cloud.resources.put(
        subnet,
        {
          ...inline,
          subnetName: textAt(inline, "name"),
          virtualNetworkName: name,
          resourceGroupName: textAt(inputs, "resourceGroupName"),
        },
        "update",
      );
    }
    const subnets = cloud.resources
      .children(id, SUBNET)
      .map((child) => ({ ...child.outputs, id: child.id }));
    return { ...echo, subnets };
  },
});
