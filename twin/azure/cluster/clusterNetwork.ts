import { objectAt, textAt, textsAt, type PlainObject } from "../arm/plain";
import type { Put } from "../arm/resourceType";
import { overlap, parseAddress, parseRange, type Range } from "../arm/addresses";
import { demand } from "../arm/common";
import { parentOf } from "../arm/resourceManager";

/** "Azure CNI Overlay networking in AKS": ranges that AKS keeps for itself. */
const RESERVED = ["169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24"];
const OUTBOUND = [
  "loadBalancer",
  "userDefinedRouting",
  "managedNATGateway",
  "userAssignedNATGateway",
  "none",
];

/** What a cluster needs of its network. */
export function requireNetwork(put: Put): void {
  const profile = objectAt(put.inputs, "networkProfile") ?? {};
  demand(
    textAt(profile, "networkPluginMode") !== "overlay" ||
      textAt(profile, "networkPlugin") === "azure",
    "InvalidParameter",
    "networkPluginMode overlay needs networkPlugin azure.",
  );
  demand(
    textAt(profile, "networkPolicy") !== "cilium" ||
      textAt(profile, "networkDataplane") === "cilium",
    "InvalidParameter",
    "networkPolicy cilium needs networkDataplane cilium.",
  );
  requireOutbound(put, textAt(profile, "outboundType"));
  requireRanges(put, profile);
}

/** "Create a user-assigned NAT gateway for your AKS cluster". */
function requireOutbound({ cloud, inputs, name }: Put, type: string): void {
  demand(
    type === "" || OUTBOUND.includes(type),
    "InvalidParameter",
    `The outboundType '${type}' of cluster ${name} is invalid, allowed are ${OUTBOUND.join(", ")}.`,
  );
  if (type !== "userAssignedNATGateway") {
    return;
  }
  const subnets = textsAt(inputs, "agentPoolProfiles[].vnetSubnetID");
  demand(
    subnets.length > 0,
    "InvalidParameter",
    "The outboundType userAssignedNATGateway needs a vnetSubnetID: the cluster must be in a network of " +
      "your own.",
  );
  for (const subnet of subnets) {
    demand(
      textAt(cloud.resources.find(subnet)?.inputs, "natGateway.id") !== "",
      "OutboundTypeUserAssignedNATGatewayInvalid",
      `The subnet ${subnet} has no NAT gateway: associate one with it before a cluster with outboundType ` +
        "userAssignedNATGateway is made.",
    );
  }
}

/** Public address of the NAT gateway of the nodes' subnet; none where there is no NAT gateway. */
export function outboundAddress({ cloud, inputs }: Put): { outboundAddress?: string } {
  const at = (id: string) => cloud.resources.find(id);
  const [subnet = ""] = textsAt(inputs, "agentPoolProfiles[].vnetSubnetID");
  const gateway = at(textAt(at(subnet)?.inputs, "natGateway.id"));
  const [address = ""] = textsAt(gateway?.inputs, "publicIpAddresses[].id");
  const ip = textAt(at(address)?.outputs, "ipAddress");
  return ip === "" ? {} : { outboundAddress: ip };
}

function requireRanges({ cloud, inputs }: Put, profile: PlainObject): void {
  const services = rangeAt(profile, "serviceCidr");
  const pods = rangeAt(profile, "podCidr");
  const subnets = textsAt(inputs, "agentPoolProfiles[].vnetSubnetID");
  const networks = subnets.map((id) => cloud.resources.find(parentOf(id))?.inputs ?? {});
  const around = [
    ...subnets.flatMap((id) => textsAt(cloud.resources.find(id)?.inputs, "addressPrefix")),
    ...networks.flatMap((network) => textsAt(network, "addressSpace.addressPrefixes[]")),
  ].flatMap((text) => parseRange(text) ?? []);
  if (services) {
    const dns = parseAddress(textAt(profile, "dnsServiceIP"));
    demand(
      dns !== undefined && dns > services.first + 1 && dns < services.last,
      "InvalidParameter",
      `The dnsServiceIP must lie within the serviceCidr ${textAt(profile, "serviceCidr")} and not be ` +
        "its first address.",
    );
    demand(
      !around.some((range) => overlap(range, services)),
      "ServiceCidrOverlapExistingSubnetsCidr",
      `The specified service CIDR ${textAt(profile, "serviceCidr")} is conflicted with an existing ` +
        "subnet CIDR.",
    );
  }
  demand(
    !pods || !around.some((range) => overlap(range, pods)),
    "PodCidrOverlapExistingSubnetsCidr",
    `The specified pod CIDR ${textAt(profile, "podCidr")} is conflicted with an existing subnet CIDR.`,
  );
  demand(
    !pods || !services || !overlap(pods, services),
    "PodCidrOverlapServiceCidr",
    `The pod CIDR ${textAt(profile, "podCidr")} and the service CIDR ` +
      `${textAt(profile, "serviceCidr")} overlap.`,
  );
}

function rangeAt(profile: PlainObject, property: string): Range | undefined {
  const text = textAt(profile, property);
  if (text === "") {
    return undefined;
  }
  const range = parseRange(text);
  demand(range !== undefined, "InvalidParameter", `The ${property} ${text} is no CIDR range.`);
  const reserved = RESERVED.find((other) => overlap(range, parseRange(other)!));
  demand(
    reserved === undefined,
    "InvalidParameter",
    `The ${property} ${text} overlaps with ${reserved}, which AKS keeps for itself.`,
  );
  return range;
}
