import { CLUSTER } from "./cluster";
import { POOL } from "./nodePools";
import { hasPort, isEverybody } from "./ranges";
import type { Rule, Values } from "./rule";
import { between, like, listOf, oneOf, problem, SET, settings, unsetOr } from "./setting";
import { at, list, names, ofType, text, words } from "./values";

const NETWORK = "azure-native:network:VirtualNetwork";
const SUBNET = "azure-native:network:Subnet";
const GROUP = "azure-native:network:NetworkSecurityGroup";
const ADDRESS = "azure-native:network:PublicIPAddress";
const NAT = "azure-native:network:NatGateway";
const ENDPOINT = "azure-native:network:PrivateEndpoint";

const ZONES = ["1", "2", "3"] as const;
const NAME = like(/^[A-Za-z0-9](?:[\w.-]{0,78}\w)?$/);

/** What a rule of a security group says, whichever of the two ways it is written in. */
interface Traffic {
  readonly name: string;
  readonly inbound: boolean;
  readonly allow: boolean;
  readonly protocol: string;
  readonly priority: number;
  readonly sources: readonly string[];
  readonly ports: readonly string[];
}

/** Rules about the network. */
export const NETWORK_RULES: readonly Rule[] = [
  ...settings(
    SUBNET,
    {
      id: "AZR-000263",
      title: "A subnet says who may talk to it.",
      path: "networkSecurityGroup.id",
      must: SET,
      good: "/subscriptions/x/networkSecurityGroups/y",
      bad: undefined,
    },
    {
      id: "AZR-000267",
      title: "The name of a subnet is one that Azure takes.",
      path: "subnetName",
      must: NAME,
      good: "nodes",
      bad: "-",
    },
    {
      id: "AZR-000447",
      title: "Nobody reaches the internet by default.",
      path: "defaultOutboundAccess",
      must: oneOf(false),
      good: false,
      bad: true,
    },
    {
      id: "ROT-NET-19",
      title: "Security groups hold for services behind a private link too.",
      reference: "Manage network policies for private link services",
      path: "privateLinkServiceNetworkPolicies",
      must: unsetOr("Enabled"),
      good: "Enabled",
      bad: "Disabled",
    },
    {
      id: "ROT-NET-2",
      title: "A subnet has private addresses.",
      reference: "Azure Virtual Network concepts and best practices",
      path: "addressPrefix",
      must: like(/^(?:10|172|192)\.[\d.]+\/(?:1[6-9]|2\d)$/),
      good: "10.60.0.0/22",
      bad: "0.0.0.0/0",
    },
  ),
  {
    id: "ROT-NET-1",
    title: "Security groups hold for private endpoints too.",
    reference: "Manage network policies for private endpoints",
    appliesTo: [SUBNET],
    needsStack: true,
    check: (props, { type, all }) => {
      const endpoints = ofType(all, ENDPOINT).filter((endpoint) =>
        names(at(endpoint.props, "subnet.id"), { type, props }),
      );
      return endpoints.length === 0
        ? undefined
        : problem(props, "privateEndpointNetworkPolicies", oneOf("Enabled"));
    },
    good: endpointIn("Enabled"),
    bad: endpointIn("Disabled"),
  },
  ...settings(NETWORK, {
    id: "ROT-NET-3",
    title: "The network has private addresses.",
    reference: "Azure Virtual Network concepts and best practices",
    path: "addressSpace.addressPrefixes",
    must: {
      met: (value) =>
        words(value).length > 0 &&
        words(value).every((range) => /^(?:10|172|192)\.[\d.]+\/(?:[89]|1\d|2\d)$/.test(range)),
      wanted: "private ranges",
    },
    good: ["10.60.0.0/16"],
    bad: ["0.0.0.0/0"],
  }),
  ...settings(
    NETWORK,
    {
      id: "AZR-000264",
      also: ["CKV_AZURE_182"],
      title: "Where names are asked for elsewhere there are two servers.",
      path: "dhcpOptions.dnsServers",
      must: { met: (value) => words(value).length !== 1, wanted: "two addresses, or left out" },
      good: ["10.0.0.4", "10.0.0.5"],
      bad: ["10.0.0.4"],
    },
    {
      id: "AZR-000265",
      also: ["CKV_AZURE_183"],
      title: "Names are asked for within the network.",
      path: "dhcpOptions.dnsServers",
      must: {
        met: (value) => words(value).every((server) => /^(?:10|172|192)\./.test(server)),
        wanted: "private addresses, or left out",
      },
      good: ["10.0.0.4", "10.0.0.5"],
      bad: ["8.8.8.8", "8.8.4.4"],
    },
  ),
  traffic(
    "AZR-000137",
    "No rule lets everybody in.",
    ({ inbound, allow, sources }) => inbound && allow && sources.includes("*"),
    { sourceAddressPrefix: "10.0.0.0/16" },
    { sourceAddressPrefix: "*" },
  ),
  traffic(
    "AZR-000138",
    "No rule that comes first shuts everybody out.",
    ({ inbound, allow, sources, priority }, all) =>
      inbound &&
      !allow &&
      sources.includes("*") &&
      !all.some((other) => other.inbound && other.priority < priority),
    { access: "Allow", sourceAddressPrefix: "10.0.0.0/16" },
    { access: "Deny", sourceAddressPrefix: "*" },
  ),
  traffic(
    "CKV_AZURE_9",
    "Nobody on the internet reaches a desktop.",
    (rule) => fromInternet(rule) && rule.ports.some((range) => hasPort(range, 3389)),
    { sourceAddressPrefix: "Internet", destinationPortRange: "443" },
    { sourceAddressPrefix: "Internet", destinationPortRange: "3389" },
    ["AVD-AZU-0048"],
  ),
  traffic(
    "CKV_AZURE_10",
    "Nobody on the internet reaches a shell.",
    (rule) => fromInternet(rule) && rule.ports.some((range) => hasPort(range, 22)),
    { sourceAddressPrefix: "Internet", destinationPortRange: "443" },
    { sourceAddressPrefix: "Internet", destinationPortRange: "20-30" },
    ["AVD-AZU-0050"],
  ),
  traffic(
    "CKV_AZURE_160",
    "Nobody on the internet speaks plain HTTP.",
    (rule) => fromInternet(rule) && rule.ports.some((range) => hasPort(range, 80)),
    { sourceAddressPrefix: "Internet", destinationPortRange: "443" },
    { sourceAddressPrefix: "Internet", destinationPortRange: "80" },
  ),
  traffic(
    "CKV_AZURE_77",
    "Nobody on the internet sends datagrams.",
    (rule) => fromInternet(rule) && ["Udp", "*"].includes(rule.protocol),
    { sourceAddressPrefix: "Internet", protocol: "Tcp" },
    { sourceAddressPrefix: "Internet", protocol: "Udp" },
  ),
  traffic(
    "AVD-AZU-0047",
    "Only web ports are open to the internet.",
    (rule) => fromInternet(rule) && !rule.ports.every((range) => ["80", "443"].includes(range)),
    { sourceAddressPrefix: "Internet", destinationPortRange: "443" },
    { sourceAddressPrefix: "Internet", destinationPortRange: "*" },
  ),
  {
    id: "AZR-000139",
    title: "Who got into one machine cannot log in on the next.",
    appliesTo: [GROUP],
    check: (props) =>
      [22, 3389].every((port) =>
        rulesOf(props).some(
          ({ inbound, allow, ports }) =>
            !inbound && !allow && ports.some((range) => hasPort(range, port)),
        ),
      )
        ? undefined
        : "no outbound rule denies ports 22 and 3389.",
    good: {
      props: {
        securityRules: [
          { direction: "Outbound", access: "Deny", destinationPortRanges: ["22", "3389"] },
        ],
      },
    },
    bad: { props: { securityRules: [] } },
  },
  {
    id: "AZR-000140",
    title: "A security group is one of a subnet.",
    appliesTo: [GROUP],
    needsStack: true,
    check: (props, { type, all }) =>
      ofType(all, SUBNET).some((subnet) =>
        names(at(subnet.props, "networkSecurityGroup.id"), { type, props }),
      )
        ? undefined
        : "no subnet has it.",
    good: {
      props: { networkSecurityGroupName: "nsg" },
      others: [
        {
          type: SUBNET,
          name: "nodes",
          props: { networkSecurityGroup: { id: "/subscriptions/x/networkSecurityGroups/nsg" } },
        },
      ],
    },
    bad: { props: { networkSecurityGroupName: "nsg" } },
  },
  {
    id: "AZR-000020",
    title: "The nodes' subnet has room for upgrades.",
    appliesTo: [CLUSTER],
    needsStack: true,
    check: (props, { all }) => {
      const used = [
        ...list(props["agentPoolProfiles"]),
        ...ofType(all, POOL).map((pool) => pool.props),
      ].map(({ vnetSubnetID }) => vnetSubnetID);
      const small = ofType(all, SUBNET).filter(
        (subnet) =>
          used.some((id) => names(id, subnet)) &&
          Number(text(subnet.props["addressPrefix"]).split("/")[1]) > 23,
      );
      return small.length === 0
        ? undefined
        : `${small.map(({ name }) => name).join(", ")} must be a /23 or larger.`;
    },
    good: nodesIn("10.60.0.0/22"),
    bad: nodesIn("10.60.0.0/24"),
  },
  ...settings(
    ADDRESS,
    {
      id: "AZR-000157",
      title: "A public address is in all zones.",
      path: "zones",
      must: listOf(...ZONES),
      good: ZONES,
      bad: [],
    },
    {
      id: "AZR-000158",
      title: "A public address is of the standard kind.",
      path: "sku.name",
      must: oneOf("Standard", "StandardV2"),
      good: "Standard",
      bad: "Basic",
    },
    {
      id: "AZR-000155",
      title: "The name of a public address is one that Azure takes.",
      path: "publicIpAddressName",
      must: NAME,
      good: "pip-app-prod-gateway",
      bad: "-",
    },
    {
      id: "AZR-000156",
      title: "The label of a public address is one that DNS takes.",
      path: "dnsSettings.domainNameLabel",
      must: {
        met: (value) => value === undefined || /^[a-z][a-z0-9-]{1,61}[a-z0-9]$/.test(text(value)),
        wanted: "3 to 63 small letters, digits and hyphens",
      },
      good: "app-prod",
      bad: "App",
    },
    {
      id: "ROT-NET-4",
      title: "A public address stays the same.",
      reference: "Public IP addresses in Azure: allocation method",
      path: "publicIPAllocationMethod",
      must: oneOf("Static"),
      good: "Static",
      bad: "Dynamic",
    },
  ),
  {
    id: "AZR-000154",
    title: "A public address is one of something.",
    appliesTo: [ADDRESS],
    needsStack: true,
    check: (props, { type, all }) =>
      all.some(
        (other) =>
          other.type !== ADDRESS &&
          [
            ...list(other.props["frontendIPConfigurations"]).map((each) => each["publicIPAddress"]),
            ...list(other.props["publicIpAddresses"]),
          ].some((used) => names(at(used, "id"), { type, props })),
      )
        ? undefined
        : "neither a gateway nor a NAT gateway has it.",
    good: {
      props: { publicIpAddressName: "pip" },
      others: [
        {
          type: NAT,
          name: "nat",
          props: { publicIpAddresses: [{ id: "/subscriptions/x/publicIPAddresses/pip" }] },
        },
      ],
    },
    bad: { props: { publicIpAddressName: "pip" } },
  },
  ...settings(
    NAT,
    {
      id: "ROT-NET-5",
      title: "The NAT gateway is of the standard kind.",
      reference: "What is Azure NAT Gateway?",
      path: "sku.name",
      must: oneOf("Standard", "StandardV2"),
      good: "Standard",
      bad: undefined,
    },
    {
      id: "ROT-NET-6",
      title: "Idle connections to the outside are kept for some minutes.",
      reference: "Azure NAT Gateway resource: TCP idle timeout",
      path: "idleTimeoutInMinutes",
      must: {
        met: (value) => value === undefined || between(4, 120).met(value),
        wanted: "4 to 120, or left out",
      },
      good: 10,
      bad: 1,
    },
    {
      id: "ROT-NET-7",
      title: "The NAT gateway has an address.",
      reference: "What is Azure NAT Gateway?",
      path: "publicIpAddresses",
      must: SET,
      good: [{ id: "/subscriptions/x/publicIPAddresses/y" }],
      bad: [],
    },
    {
      id: "APRL-1adba190",
      title: "The NAT gateway is in a zone that we know.",
      path: "zones",
      must: {
        met: (value) => /^[123]$/.test(words(value).join()),
        wanted: "one zone: Azure takes no more",
      },
      good: ["1"],
      bad: [],
    },
  ),
  {
    id: "ROT-NET-8",
    title: "The nodes go out through the NAT gateway.",
    reference: "Customize cluster egress with outbound types in AKS",
    appliesTo: [CLUSTER],
    needsStack: true,
    check: (props, { all }) => {
      if (at(props, "networkProfile.outboundType") !== "userAssignedNATGateway") {
        return undefined;
      }
      const ids = list(props["agentPoolProfiles"]).map(({ vnetSubnetID }) => vnetSubnetID);
      const without = ofType(all, SUBNET).filter(
        (subnet) =>
          ids.some((id) => names(id, subnet)) && at(subnet.props, "natGateway.id") === undefined,
      );
      return without.length === 0
        ? undefined
        : `${without.map(({ name }) => name).join(", ")} has no natGateway.`;
    },
    good: outbound({ natGateway: { id: "/subscriptions/x/natGateways/y" } }),
    bad: outbound({}),
  },
  ...settings(ENDPOINT, {
    id: "AZR-000153",
    title: "The name of a private endpoint is one that Azure takes.",
    path: "privateEndpointName",
    must: NAME,
    good: "pep-app-prod-vault",
    bad: "-",
  }),
  {
    id: "ROT-NET-9",
    title: "A private endpoint is in a subnet and leads to one service.",
    reference: "What is a private endpoint?",
    appliesTo: [ENDPOINT],
    check: (props) => {
      const connections = list(props["privateLinkServiceConnections"]);
      return connections.length === 1 &&
        text(at(connections[0], "privateLinkServiceId")) !== "" &&
        GROUPS.includes(words(at(connections[0], "groupIds")).join()) &&
        text(at(props, "subnet.id")) !== ""
        ? undefined
        : `subnet.id and one of privateLinkServiceConnections with groupIds ${GROUPS.join(" or ")} must be set.`;
    },
    good: {
      props: {
        subnet: { id: "/subscriptions/x/subnets/endpoints" },
        privateLinkServiceConnections: [
          { privateLinkServiceId: "/subscriptions/x/vaults/y", groupIds: ["vault"] },
        ],
      },
    },
    bad: { props: { privateLinkServiceConnections: [] } },
  },
  ...settings("azure-native:network:PrivateDnsZoneGroup", {
    id: "ROT-NET-10",
    title: "The name of a service leads to its private endpoint.",
    reference: "Azure Private Endpoint private DNS zone values",
    path: "privateDnsZoneConfigs[0].privateDnsZoneId",
    must: {
      met: (value) => /\/privateDnsZones\/privatelink\.[a-z.]+$/.test(text(value)),
      wanted: "a zone privatelink.*",
    },
    good: undefined,
    bad: undefined,
  }).map((rule): Rule => ({
    ...rule,
    good: {
      props: {
        privateDnsZoneConfigs: [
          {
            privateDnsZoneId:
              "/subscriptions/x/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net",
          },
        ],
      },
    },
  })),
  ...settings(
    "azure-native:privatedns:VirtualNetworkLink",
    {
      id: "ROT-NET-11",
      title: "A private zone answers in the network.",
      reference: "What is a virtual network link?",
      path: "virtualNetwork.id",
      must: SET,
      good: "/subscriptions/x/virtualNetworks/y",
      bad: undefined,
    },
    {
      id: "ROT-NET-12",
      title: "Machines do not write into the zone of a service.",
      reference: "What is the auto registration feature in Azure DNS private zones?",
      path: "registrationEnabled",
      must: oneOf(false),
      good: false,
      bad: true,
    },
    {
      id: "ROT-NET-13",
      title: "A name that the private zone does not know is not asked for elsewhere by accident.",
      reference: "Fallback to internet for Azure Private DNS zones",
      path: "resolutionPolicy",
      must: unsetOr("Default"),
      good: "Default",
      bad: "NxDomainRedirect",
    },
  ),
  ...settings(
    "azure-native:network:VirtualNetworkPeering",
    {
      id: "ROT-NET-14",
      title: "Peered networks reach each other.",
      reference: "Virtual network peering",
      path: "allowVirtualNetworkAccess",
      must: oneOf(true),
      good: true,
      bad: false,
    },
    {
      id: "ROT-NET-15",
      title: "What comes from beyond a peered network does not come through.",
      reference: "Virtual network peering: forwarded traffic",
      path: "allowForwardedTraffic",
      must: unsetOr(false),
      good: false,
      bad: true,
    },
    {
      id: "ROT-NET-16",
      title: "No gateway is lent to a peered network.",
      reference: "Virtual network peering: gateway transit",
      path: "allowGatewayTransit",
      must: unsetOr(false),
      good: false,
      bad: true,
    },
    {
      id: "ROT-NET-17",
      title: "No gateway of a peered network is used.",
      reference: "Virtual network peering: gateway transit",
      path: "useRemoteGateways",
      must: unsetOr(false),
      good: false,
      bad: true,
    },
    {
      id: "ROT-NET-18",
      title: "A peering leads to a network.",
      reference: "Virtual network peering",
      path: "remoteVirtualNetwork.id",
      must: SET,
      good: "/subscriptions/x/virtualNetworks/y",
      bad: undefined,
    },
  ),
];

/** Parts of services that private endpoints lead to. */
const GROUPS = ["vault", "postgresqlServer", "registry"];

function traffic(
  id: string,
  title: string,
  wrong: (rule: Traffic, all: readonly Traffic[]) => boolean,
  good: Values,
  bad: Values,
  also: readonly string[] = [],
): Rule {
  const example = (rule: Values): Rule["good"] => ({
    props: {
      securityRules: [
        {
          name: "web",
          direction: "Inbound",
          access: "Allow",
          protocol: "Tcp",
          priority: 100,
          destinationPortRange: "443",
          ...rule,
        },
      ],
    },
  });
  return {
    id,
    also,
    title,
    appliesTo: [GROUP],
    check: (props) => {
      const all = rulesOf(props);
      const found = all.filter((rule) => wrong(rule, all)).map(({ name }) => name);
      return found.length === 0 ? undefined : `securityRules ${found.join(", ")} do.`;
    },
    good: example(good),
    bad: example(bad),
  };
}

function rulesOf(props: Values): Traffic[] {
  return list(props["securityRules"]).map((rule) => ({
    name: text(rule["name"]),
    inbound: rule["direction"] === "Inbound",
    allow: rule["access"] === "Allow",
    protocol: text(rule["protocol"]),
    priority: Number(rule["priority"]),
    sources: [text(rule["sourceAddressPrefix"]), ...words(rule["sourceAddressPrefixes"])].filter(
      Boolean,
    ),
    ports: [text(rule["destinationPortRange"]), ...words(rule["destinationPortRanges"])].filter(
      Boolean,
    ),
  }));
}

function fromInternet({ inbound, allow, sources }: Traffic): boolean {
  return inbound && allow && sources.some(isEverybody);
}

function nodesIn(addressPrefix: string): Rule["good"] {
  return {
    props: { agentPoolProfiles: [{ vnetSubnetID: "/subscriptions/x/subnets/nodes" }] },
    others: [{ type: SUBNET, name: "nodes", props: { subnetName: "nodes", addressPrefix } }],
  };
}

function endpointIn(privateEndpointNetworkPolicies: string): Rule["good"] {
  return {
    props: { subnetName: "endpoints", privateEndpointNetworkPolicies },
    others: [
      {
        type: ENDPOINT,
        name: "vault",
        props: { subnet: { id: "/subscriptions/x/subnets/endpoints" } },
      },
    ],
  };
}

function outbound(subnet: Values): Rule["good"] {
  return {
    props: {
      networkProfile: { outboundType: "userAssignedNATGateway" },
      agentPoolProfiles: [{ vnetSubnetID: "/subscriptions/x/subnets/nodes" }],
    },
    others: [{ type: SUBNET, name: "nodes", props: { subnetName: "nodes", ...subnet } }],
  };
}
