import { flagAt, objectsAt, textAt, textsAt, type PlainObject } from "../plain";
import { IN_GROUP, idOf, type Put } from "../resourceType";
import { isWithin, overlap, parseRange } from "./addresses";
import { NETWORK_NAME, demand, resourceType } from "./common";

const API_VERSION = "2024-05-01";
const VIRTUAL_NETWORK = "Microsoft.Network/virtualNetworks";
const SUBNET = `${VIRTUAL_NETWORK}/subnets`;
const SECURITY_GROUP = "Microsoft.Network/networkSecurityGroups";
const PUBLIC_ADDRESS = "Microsoft.Network/publicIPAddresses";
const NAT_GATEWAY = "Microsoft.Network/natGateways";
const provider = `${IN_GROUP}/providers/Microsoft.Network`;

export const subnet = resourceType({
  token: "azure-native:network:Subnet",
  armType: SUBNET,
  apiVersion: API_VERSION,
  path: `${provider}/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}`,
  names: { virtualNetworkName: NETWORK_NAME, subnetName: NETWORK_NAME },
  references: [
    { path: "networkSecurityGroup.id", type: SECURITY_GROUP },
    { path: "natGateway.id", type: NAT_GATEWAY },
  ],
  inUse: "InUseSubnetCannotBeDeleted",
  oneAtATime: {
    code: "AnotherOperationInProgress",
    message: () =>
      "Another operation on this or dependent resource is in progress. To retrieve status of the " +
      "operation use uri: none in the twin.",
  },
  put(put) {
    const network = put.id.split("/subnets/")[0]!;
    const prefixes = prefixesOf(put.inputs);
    demand(
      prefixes.length > 0,
      "InvalidRequestFormat",
      `Subnet ${put.name} has no address prefix.`,
    );
    const space = textsAt(
      put.cloud.resources.find(network)?.inputs,
      "addressSpace.addressPrefixes[]",
    );
    const siblings = put.cloud.resources
      .children(network, SUBNET)
      .filter(({ id }) => id.toLowerCase() !== put.id.toLowerCase());
    for (const prefix of prefixes) {
      const range = rangeOf(prefix, put.name);
      demand(
        space.some((outer) => isWithin(range, rangeOf(outer, network))),
        "NetcfgSubnetRangeOutsideVnet",
        `Subnet '${put.name}' is not valid because its IP address range is outside the IP address ` +
          `range of virtual network '${network.split("/").at(-1)}'.`,
      );
      const other = siblings.find(({ inputs }) =>
        prefixesOf(inputs).some((prefix) => overlap(range, rangeOf(prefix, put.name))),
      );
      demand(
        other === undefined,
        "NetcfgSubnetRangesOverlap",
        `Subnet '${put.name}' is not valid because its IP address range overlaps with that of an ` +
          `existing subnet in virtual network (${other?.name}).`,
      );
    }
    return { ...put.echo, purpose: "" };
  },
});

function prefixesOf(inputs: PlainObject): string[] {
  return [...textsAt(inputs, "addressPrefix"), ...textsAt(inputs, "addressPrefixes[]")];
}

function rangeOf(prefix: string, where: string) {
  const range = parseRange(prefix);
  demand(
    range !== undefined,
    "InvalidCIDRNotation",
    `The address prefix ${prefix} in resource ${where} has an invalid CIDR notation. For the given ` +
      "prefix length, the address prefix should be a network address.",
  );
  return range;
}

/** Subnets can be written in the network or as resources of their own; Azure keeps one list. */
const virtualNetwork = resourceType({
  token: "azure-native:network:VirtualNetwork",
  armType: VIRTUAL_NETWORK,
  apiVersion: API_VERSION,
  path: `${provider}/virtualNetworks/{virtualNetworkName}`,
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

const networkSecurityGroup = resourceType({
  token: "azure-native:network:NetworkSecurityGroup",
  armType: SECURITY_GROUP,
  apiVersion: API_VERSION,
  path: `${provider}/networkSecurityGroups/{networkSecurityGroupName}`,
  names: { networkSecurityGroupName: NETWORK_NAME },
  inUse: "InUseNetworkSecurityGroupCannotBeDeleted",
  put({ inputs, echo, name }) {
    const rules = objectsAt(inputs, "securityRules");
    const places = rules.map((rule) => `${textAt(rule, "direction")} ${Number(rule["priority"])}`);
    demand(
      rules.every((rule) => Number(rule["priority"]) >= 100 && Number(rule["priority"]) <= 4096),
      "SecurityRuleInvalidPriority",
      `Security rules of ${name} need a priority from 100 to 4096.`,
    );
    demand(
      new Set(places).size === places.length,
      "SecurityRuleConflict",
      `Security rules of ${name} have the same priority and direction.`,
    );
    return echo;
  },
});

/** The address is one of the twin's, so that clients reach what listens there. */
const publicIPAddress = resourceType({
  token: "azure-native:network:PublicIPAddress",
  armType: PUBLIC_ADDRESS,
  apiVersion: API_VERSION,
  path: `${provider}/publicIPAddresses/{publicIpAddressName}`,
  names: { publicIpAddressName: NETWORK_NAME },
  replaceOn: ["location", "publicIPAddressVersion", "publicIPPrefix", "sku"],
  inUse: "PublicIPAddressCannotBeDeleted",
  put({ cloud, inputs, echo, previous, name }) {
    demand(
      ["Standard", "StandardV2"].includes(textAt(inputs, "sku.name")),
      "BasicSkuPublicIpRetired",
      `Public IP address ${name} needs sku.name Standard: Basic was retired on 30 September 2025.`,
    );
    demand(
      textAt(inputs, "publicIPAllocationMethod") === "Static",
      "StandardSkuPublicIpMustBeStatic",
      `Standard sku public IP address ${name} must have AllocationMethod set to Static.`,
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

const natGateway = resourceType({
  token: "azure-native:network:NatGateway",
  armType: NAT_GATEWAY,
  apiVersion: API_VERSION,
  path: `${provider}/natGateways/{natGatewayName}`,
  names: { natGatewayName: NETWORK_NAME },
  references: [{ path: "publicIpAddresses[].id", type: PUBLIC_ADDRESS }],
  inUse: "InUseNatGatewayCannotBeDeleted",
  put({ inputs, echo, name }) {
    demand(
      textAt(inputs, "sku.name").startsWith("Standard"),
      "InvalidRequestFormat",
      `NAT gateway ${name} needs sku.name Standard.`,
    );
    return echo;
  },
});

const privateEndpoint = resourceType({
  token: "azure-native:network:PrivateEndpoint",
  armType: "Microsoft.Network/privateEndpoints",
  apiVersion: API_VERSION,
  path: `${provider}/privateEndpoints/{privateEndpointName}`,
  names: { privateEndpointName: { ...NETWORK_NAME, minLength: 2, maxLength: 64 } },
  replaceOn: ["subnet"],
  references: [{ path: "subnet.id", type: SUBNET }],
  put({ cloud, inputs, echo, name }) {
    const connections = objectsAt(inputs, "privateLinkServiceConnections");
    demand(
      connections.length === 1,
      "InvalidRequestFormat",
      `Private endpoint ${name} needs exactly one private link service connection.`,
    );
    for (const connection of connections) {
      const target = cloud.resources.find(textAt(connection, "privateLinkServiceId"));
      const group = target && PRIVATE_LINK_GROUPS[target.type.armType];
      demand(
        group !== undefined,
        "PrivateLinkServiceNotFound",
        `The resource ${textAt(connection, "privateLinkServiceId")} of private endpoint ${name} was ` +
          "not found or has no private link.",
      );
      demand(
        textsAt(connection, "groupIds[]").join() === group,
        "InvalidPrivateLinkGroup",
        `The groupIds of private endpoint ${name} must be ["${group}"].`,
      );
    }
    return echo;
  },
});

/** What a private endpoint can lead to, with the group id it needs. */
const PRIVATE_LINK_GROUPS: Readonly<Record<string, string>> = {
  "Microsoft.KeyVault/vaults": "vault",
  "Microsoft.DBforPostgreSQL/flexibleServers": "postgresqlServer",
  "Microsoft.ContainerRegistry/registries": "registry",
};

const privateDnsZoneGroup = resourceType({
  token: "azure-native:network:PrivateDnsZoneGroup",
  armType: "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
  apiVersion: API_VERSION,
  path: `${provider}/privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}`,
  names: { privateEndpointName: NETWORK_NAME, privateDnsZoneGroupName: NETWORK_NAME },
  references: [
    {
      path: "privateDnsZoneConfigs[].privateDnsZoneId",
      type: "Microsoft.Network/privateDnsZones",
    },
  ],
});

const privateZone = resourceType({
  token: "azure-native:privatedns:PrivateZone",
  armType: "Microsoft.Network/privateDnsZones",
  apiVersion: "2024-06-01",
  path: `${provider}/privateDnsZones/{privateZoneName}`,
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

const virtualNetworkLink = resourceType({
  token: "azure-native:privatedns:VirtualNetworkLink",
  armType: "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
  apiVersion: "2024-06-01",
  path: `${provider}/privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}`,
  names: { virtualNetworkLinkName: NETWORK_NAME },
  replaceOn: ["location"],
  references: [{ path: "virtualNetwork.id", type: VIRTUAL_NETWORK }],
  put(put) {
    const zone = put.id.split("/virtualNetworkLinks/")[0]!;
    const network = textAt(put.inputs, "virtualNetwork.id").toLowerCase();
    const other = put.cloud.resources
      .children(zone, virtualNetworkLink.armType)
      .find(
        ({ id, inputs }) =>
          id.toLowerCase() !== put.id.toLowerCase() &&
          textAt(inputs, "virtualNetwork.id").toLowerCase() === network,
      );
    demand(
      other === undefined,
      "BadRequest",
      `The private DNS zone is linked to the virtual network '${network}' already.`,
    );
    return {
      ...global(put),
      registrationEnabled: flagAt(put.inputs, "registrationEnabled"),
      virtualNetworkLinkState: "Completed",
    };
  },
});

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

export const networkTypes = [
  virtualNetwork,
  subnet,
  networkSecurityGroup,
  publicIPAddress,
  natGateway,
  privateEndpoint,
  privateDnsZoneGroup,
  privateZone,
  virtualNetworkLink,
];

/** The id of a part of a virtual network, for other types. */
export { SUBNET, PUBLIC_ADDRESS, VIRTUAL_NETWORK, idOf };
