import { CLUSTER } from "./cluster";
import { POOL } from "./nodePools";
import { hasPort, isEverybody } from "./ranges";
import type { Rule, Values } from "./rule";
import { like, listOf, oneOf, problem, SET, settings, unsetOr } from "./setting";
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
      title: "A subnet has a security group.",
      path: "networkSecurityGroup.id",
      must: SET,
    },
    {
      id: "AZR-000267",
      title: "A subnet's name is valid in Azure.",
      path: "subnetName",
      must: NAME,
    },
    {
      id: "AZR-000447",
      title: "A subnet has no default outbound access.",
      path: "defaultOutboundAccess",
      must: oneOf(false),
    },
  ),
  {
    id: "ROT-NET-1",
    title: "Security groups apply to private endpoints too.",
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
  },
  ...settings(
    NETWORK,
    {
      id: "AZR-000264",
      also: ["CKV_AZURE_182"],
      title: "Custom DNS has two servers.",
      path: "dhcpOptions.dnsServers",
      must: { met: (value) => words(value).length !== 1, wanted: "two addresses, or left out" },
    },
    {
      id: "AZR-000265",
      also: ["CKV_AZURE_183"],
      title: "DNS servers are within the network.",
      path: "dhcpOptions.dnsServers",
      must: {
        met: (value) => words(value).every((server) => /^(?:10|172|192)\./.test(server)),
        wanted: "private addresses, or left out",
      },
    },
  ),
  traffic(
    "AZR-000137",
    "No rule admits everybody.",
    ({ inbound, allow, sources }) => inbound && allow && sources.includes("*"),
  ),
  traffic(
    "AZR-000138",
    "No rule denies everybody before the others apply.",
    ({ inbound, allow, sources, priority }, all) =>
      inbound &&
      !allow &&
      sources.includes("*") &&
      !all.some((other) => other.inbound && other.priority < priority),
  ),
  traffic(
    "CKV_AZURE_9",
    "RDP is closed to the internet.",
    (rule) => fromInternet(rule) && rule.ports.some((range) => hasPort(range, 3389)),
    ["AVD-AZU-0048"],
  ),
  traffic(
    "CKV_AZURE_10",
    "SSH is closed to the internet.",
    (rule) => fromInternet(rule) && rule.ports.some((range) => hasPort(range, 22)),
    ["AVD-AZU-0050"],
  ),
  traffic(
    "CKV_AZURE_160",
    "Plain HTTP is closed to the internet.",
    (rule) => fromInternet(rule) && rule.ports.some((range) => hasPort(range, 80)),
  ),
  traffic(
    "CKV_AZURE_77",
    "UDP is closed to the internet.",
    (rule) => fromInternet(rule) && ["Udp", "*"].includes(rule.protocol),
  ),
  traffic(
    "AVD-AZU-0047",
    "Only web ports are open to the internet.",
    (rule) => fromInternet(rule) && !rule.ports.every((range) => ["80", "443"].includes(range)),
  ),
  {
    id: "AZR-000139",
    title: "Lateral movement over SSH and RDP is denied.",
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
  },
  {
    id: "AZR-000140",
    title: "A security group is attached to a subnet.",
    appliesTo: [GROUP],
    needsStack: true,
    check: (props, { type, all }) =>
      ofType(all, SUBNET).some((subnet) =>
        names(at(subnet.props, "networkSecurityGroup.id"), { type, props }),
      )
        ? undefined
        : "no subnet uses it.",
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
  },
  ...settings(
    ADDRESS,
    {
      id: "AZR-000157",
      title: "A public address spans all zones.",
      path: "zones",
      must: listOf(...ZONES),
    },
    {
      id: "AZR-000158",
      title: "A public address uses the Standard SKU.",
      path: "sku.name",
      must: oneOf("Standard", "StandardV2"),
    },
    {
      id: "AZR-000155",
      title: "A public address's name is valid in Azure.",
      path: "publicIpAddressName",
      must: NAME,
    },
    {
      id: "AZR-000156",
      title: "A public address's DNS label is valid.",
      path: "dnsSettings.domainNameLabel",
      must: {
        met: (value) => value === undefined || /^[a-z][a-z0-9-]{1,61}[a-z0-9]$/.test(text(value)),
        wanted: "3 to 63 lowercase letters, digits and hyphens",
      },
    },
  ),
  {
    id: "AZR-000154",
    title: "A public address is in use.",
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
        : "neither a gateway nor a NAT gateway uses it.",
  },
  ...settings(NAT, {
    id: "APRL-1adba190",
    title: "The NAT gateway is in an explicit zone.",
    path: "zones",
    must: {
      met: (value) => /^[123]$/.test(words(value).join()),
      wanted: "one zone: Azure accepts no more",
    },
  }),
  ...settings(ENDPOINT, {
    id: "AZR-000153",
    title: "A private endpoint's name is valid in Azure.",
    path: "privateEndpointName",
    must: NAME,
  }),
  ...settings(
    "azure-native:network:VirtualNetworkPeering",
    {
      id: "ROT-NET-15",
      title: "A peering does not allow forwarded traffic.",
      reference: "Virtual network peering: forwarded traffic",
      path: "allowForwardedTraffic",
      must: unsetOr(false),
    },
    {
      id: "ROT-NET-16",
      title: "A peering does not share this network's gateway.",
      reference: "Virtual network peering: gateway transit",
      path: "allowGatewayTransit",
      must: unsetOr(false),
    },
    {
      id: "ROT-NET-17",
      title: "A peering does not use the remote network's gateway.",
      reference: "Virtual network peering: gateway transit",
      path: "useRemoteGateways",
      must: unsetOr(false),
    },
  ),
];

function traffic(
  id: string,
  title: string,
  wrong: (rule: Traffic, all: readonly Traffic[]) => boolean,
  also: readonly string[] = [],
): Rule {
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
