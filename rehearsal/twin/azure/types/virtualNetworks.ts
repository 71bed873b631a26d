import { objectsAt, textAt, textsAt, type PlainObject } from "../plain";
import type { Put } from "../resourceType";
import { isWithin, overlap } from "./addresses";
import { NETWORK_NAME, demand, resourceType } from "./common";
import {
  API_VERSION,
  NAT_GATEWAY,
  ONE_WRITE_PER_NETWORK,
  PROVIDER,
  SECURITY_GROUP,
  SUBNET,
  VIRTUAL_NETWORK,
  gatewaysIn,
  rangeOf,
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
    demand(
      space.some((outer) => isWithin(range, rangeOf(outer, network))),
      "NetcfgSubnetRangeOutsideVnet",
      `Subnet '${name}' is not valid because its IP address range is outside the IP address range ` +
        `of virtual network '${network.split("/").at(-1)}'.`,
    );
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
    cloud.resources.store(virtualNetwork, id, name, inputs, {
      ...echo,
    });
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
