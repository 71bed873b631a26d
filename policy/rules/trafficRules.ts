import { GATEWAY } from "./gateway";
import type { Context, Rule, Values } from "./rule";
import { at, list, names, ofType, text, words } from "./values";

const GROUP = "azure-native:network:NetworkSecurityGroup";
const SUBNET = "azure-native:network:Subnet";
const ENDPOINT = "azure-native:network:PrivateEndpoint";

const TAGS = ["*", "Internet", "VirtualNetwork", "AzureLoadBalancer", "GatewayManager"];
const PRIVATE_RANGE = /^(?:10|172|192)\.[\d.]+\/\d+$/;
const PORTS = /^(?:\*|\d+(?:-\d+)?)$/;

/** Something that wants to pass a security group. */
interface Packet {
  readonly direction: "Inbound" | "Outbound";
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly protocol: "Tcp" | "Udp";
}

type Expected = readonly [packet: Packet, access: "Allow" | "Deny"];

/** What security groups let through, read as Azure reads them. */
export const TRAFFIC_RULES: readonly Rule[] = [
  {
    id: "ROT-NSG-1",
    title: "A rule of a security group is one that Azure takes, and names what it means.",
    reference: "Azure network security groups overview: security rules",
    appliesTo: [GROUP],
    check: (props) => {
      const wrong = list(props["securityRules"]).filter((rule) => !isWellFormed(rule));
      return wrong.length === 0
        ? undefined
        : `securityRules ${wrong.map(({ name }) => text(name)).join(", ")} have a property that Azure refuses or that is wider than it says.`;
    },
    good: { props: { securityRules: [rule({})] } },
    bad: { props: { securityRules: [rule({ priority: 1 })] } },
  },
  {
    id: "ROT-NSG-2",
    title: "Every port is open to Azure's load balancer only.",
    reference: "Application Gateway infrastructure configuration: network security groups",
    appliesTo: [GROUP],
    check: (props) => {
      const wide = list(props["securityRules"]).filter(
        (each) =>
          each["access"] === "Allow" &&
          portsOf(each).includes("*") &&
          each["sourceAddressPrefix"] !== "AzureLoadBalancer",
      );
      return wide.length === 0
        ? undefined
        : `securityRules ${wide.map(({ name }) => text(name)).join(", ")} open every port.`;
    },
    good: { props: { securityRules: [rule({})] } },
    bad: { props: { securityRules: [rule({ destinationPortRanges: ["*"] })] } },
  },
  traffic(
    "ROT-NSG-3",
    "Nobody logs in on another machine of the network, and all else goes out.",
    "PSRule.Rules.Azure: Azure.NSG.LateralTraversal",
    () => [
      ...[22, 3389].flatMap((port) =>
        (["Tcp", "Udp"] as const).map((protocol): Expected => [
          { direction: "Outbound", from: "VirtualNetwork", to: "VirtualNetwork", port, protocol },
          "Deny",
        ]),
      ),
      [outbound("VirtualNetwork", 5432), "Allow"],
      [outbound("Internet", 443), "Allow"],
    ],
    [
      rule({
        access: "Deny",
        direction: "Outbound",
        protocol: "*",
        destinationPortRanges: ["22", "3389"],
      }),
    ],
    [rule({ access: "Deny", direction: "Outbound", protocol: "*", destinationPortRanges: ["22"] })],
  ),
  traffic(
    "ROT-NSG-4",
    "The gateway is reached by its clients on two ports, by what manages it, and by nobody else.",
    "Application Gateway infrastructure configuration: network security groups",
    (subnet, { all }) =>
      ofType(all, GATEWAY).some(({ props }) =>
        list(props["gatewayIPConfigurations"]).some((each) =>
          names(at(each, "subnet.id"), { type: SUBNET, props: subnet }),
        ),
      )
        ? [
            ...[80, 443].map((port): Expected => [inbound("Internet", subnet, port), "Allow"]),
            ...[22, 5432, 8080, 65200].map((port): Expected => [
              inbound("Internet", subnet, port),
              "Deny",
            ]),
            [inbound("Internet", subnet, 443, "Udp"), "Deny"],
            [inbound("GatewayManager", subnet, 65200), "Allow"],
            [inbound("GatewayManager", subnet, 65535), "Allow"],
            [inbound("GatewayManager", subnet, 443), "Deny"],
            [inbound("AzureLoadBalancer", subnet, 1), "Allow"],
            [inbound("AzureLoadBalancer", subnet, 1, "Udp"), "Allow"],
            [inbound("VirtualNetwork", subnet, 8080), "Deny"],
            [inbound("VirtualNetwork", subnet, 8080, "Udp"), "Deny"],
          ]
        : [],
    [
      rule({ sourceAddressPrefix: "Internet", destinationPortRanges: ["80", "443"] }),
      rule({
        priority: 110,
        sourceAddressPrefix: "GatewayManager",
        destinationPortRanges: ["65200-65535"],
      }),
      rule({
        priority: 120,
        sourceAddressPrefix: "AzureLoadBalancer",
        protocol: "*",
        destinationPortRanges: ["*"],
      }),
      rule({ priority: 4096, access: "Deny", protocol: "*", destinationPortRanges: ["*"] }),
    ],
    [],
    {
      type: GATEWAY,
      name: "gateway",
      props: { gatewayIPConfigurations: [{ subnet: { id: "/subnets/part" } }] },
    },
  ),
  traffic(
    "ROT-NSG-5",
    "Private endpoints are reached by nodes, and where there is a peering by whoever deploys, on two ports.",
    "Manage network policies for private endpoints",
    (subnet, { all }) => {
      const used = ofType(all, ENDPOINT).some(({ props }) =>
        names(at(props, "subnet.id"), { type: SUBNET, props: subnet }),
      );
      const range = (part: string) =>
        text(
          ofType(all, SUBNET).find(({ props }) => props["subnetName"] === part)?.props[
            "addressPrefix"
          ],
        );
      const peered = ofType(all, "azure-native:network:VirtualNetworkPeering").length > 0;
      return used
        ? [
            ...[443, 5432].flatMap((port): Expected[] => [
              [inbound(range("nodes"), subnet, port), "Allow"],
              [inbound("VirtualNetwork", subnet, port), peered ? "Allow" : "Deny"],
              [inbound(range("gateway"), subnet, port), "Deny"],
              [inbound(range("gateway"), subnet, port, "Udp"), "Deny"],
              [inbound("Internet", subnet, port), "Deny"],
            ]),
            ...(["Tcp", "Udp"] as const).flatMap((protocol): Expected[] => [
              [inbound(range("nodes"), subnet, 80, protocol), "Deny"],
              [inbound(range("gateway"), subnet, 80, protocol), "Deny"],
              [inbound("VirtualNetwork", subnet, 80, protocol), "Deny"],
            ]),
          ]
        : [];
    },
    [
      rule({ sourceAddressPrefix: "10.0.0.0/22", destinationPortRanges: ["443", "5432"] }),
      rule({ priority: 4096, access: "Deny", protocol: "*", destinationPortRanges: ["*"] }),
    ],
    [],
    { type: ENDPOINT, name: "vault", props: { subnet: { id: "/subnets/part" } } },
  ),
];

/** Which packets the security group of a subnet should let through. */
function traffic(
  id: string,
  title: string,
  reference: string,
  expected: (subnet: Values, context: Context) => readonly Expected[],
  good: readonly Values[],
  bad: readonly Values[],
  other?: Context["all"][number],
): Rule {
  const example = (securityRules: readonly Values[]): Rule["good"] => ({
    props: { networkSecurityGroupName: "nsg", securityRules },
    others: [
      {
        type: SUBNET,
        name: "part",
        props: {
          subnetName: "part",
          addressPrefix: "10.0.8.0/24",
          networkSecurityGroup: { id: "/networkSecurityGroups/nsg" },
        },
      },
      { type: SUBNET, name: "nodes", props: { subnetName: "nodes", addressPrefix: "10.0.0.0/22" } },
      { type: SUBNET, name: "gw", props: { subnetName: "gateway", addressPrefix: "10.0.9.0/24" } },
      ...(other === undefined ? [] : [other]),
    ],
  });
  return {
    id,
    title,
    reference,
    appliesTo: [GROUP],
    needsStack: true,
    check: (props, context) => {
      const subnets = ofType(context.all, SUBNET).filter((subnet) =>
        names(at(subnet.props, "networkSecurityGroup.id"), { type: GROUP, props }),
      );
      const wrong = subnets
        .flatMap((subnet) => expected(subnet.props, context))
        .filter(([packet, access]) => accessOf(props, packet) !== access)
        .map(
          ([{ direction, from, to, port, protocol }, access]) =>
            `${direction} ${from} to ${to} ${protocol} ${port} is not ${access}`,
        );
      return wrong.length === 0 ? undefined : `${wrong.join("; ")}.`;
    },
    good: example(good),
    bad: example(bad),
  };
}

/** The first rule that matches decides; after them come Azure's own. */
function accessOf(props: Values, packet: Packet): string {
  const [first] = list(props["securityRules"])
    .filter((each) => matches(each, packet))
    .sort((a, b) => Number(a["priority"]) - Number(b["priority"]));
  if (first !== undefined) {
    return text(first["access"]);
  }
  const within = inNetwork(packet.from) && inNetwork(packet.to);
  const allowed =
    packet.direction === "Outbound"
      ? within || packet.to === "Internet"
      : within || packet.from === "AzureLoadBalancer";
  return allowed ? "Allow" : "Deny";
}

function matches(each: Values, { direction, from, to, port, protocol }: Packet): boolean {
  return (
    each["direction"] === direction &&
    ["*", protocol].includes(text(each["protocol"])) &&
    covers(each["sourceAddressPrefix"], from) &&
    covers(each["destinationAddressPrefix"], to) &&
    portsOf(each).some((range) => {
      const [least = NaN, most = least] = range.split("-").map(Number);
      return range === "*" || (least <= port && port <= most);
    })
  );
}

function covers(prefix: unknown, place: string): boolean {
  return prefix === "*" || prefix === place || (prefix === "VirtualNetwork" && inNetwork(place));
}

function inNetwork(place: string): boolean {
  return place === "VirtualNetwork" || PRIVATE_RANGE.test(place);
}

function isWellFormed(each: Values): boolean {
  const priority = Number(each["priority"]);
  const places = ["sourceAddressPrefix", "destinationAddressPrefix"].map((key) => text(each[key]));
  return (
    priority >= 100 &&
    priority <= 4096 &&
    ["Inbound", "Outbound"].includes(text(each["direction"])) &&
    ["Allow", "Deny"].includes(text(each["access"])) &&
    ["Tcp", "Udp", "Icmp", "*"].includes(text(each["protocol"])) &&
    each["sourcePortRange"] === "*" &&
    places.every((place) => TAGS.includes(place) || PRIVATE_RANGE.test(place)) &&
    portsOf(each).length > 0 &&
    portsOf(each).every((range) => PORTS.test(range))
  );
}

function portsOf(each: Values): string[] {
  return [text(each["destinationPortRange"]), ...words(each["destinationPortRanges"])].filter(
    Boolean,
  );
}

function inbound(
  from: string,
  subnet: Values,
  port: number,
  protocol: "Tcp" | "Udp" = "Tcp",
): Packet {
  return { direction: "Inbound", from, to: text(subnet["addressPrefix"]), port, protocol };
}

function outbound(to: string, port: number): Packet {
  return { direction: "Outbound", from: "VirtualNetwork", to, port, protocol: "Tcp" };
}

/** A rule of the examples. */
function rule(properties: Values): Values {
  return {
    name: "rule",
    priority: 100,
    direction: "Inbound",
    access: "Allow",
    protocol: "Tcp",
    sourceAddressPrefix: "*",
    sourcePortRange: "*",
    destinationAddressPrefix: "*",
    destinationPortRanges: ["443"],
    ...properties,
  };
}
