import type { Ranges } from "./ranges";

/** One rule of a network security group; the lowest priority that matches decides. */
export interface SecurityRule {
  readonly name: string;
  readonly priority: number;
  readonly direction: "Inbound" | "Outbound";
  readonly access: "Allow" | "Deny";
  readonly protocol: "Tcp" | "*";
  readonly sourceAddressPrefix: string;
  readonly sourcePortRange: "*";
  readonly destinationAddressPrefix: string;
  readonly destinationPortRanges: string[];
}

type Traffic = Pick<SecurityRule, "name" | "protocol" | "destinationPortRanges"> & {
  readonly source: string;
  readonly destination: string;
};

/** Ports that private endpoints answer on: vault and registry, database. */
const ENDPOINT_PORTS = ["443", "5432"];

/** Azure takes priorities from 100 to 4096, and its own rules come after those. */
const FIRST = 100;
const LAST = 4096;

/** Nobody administers machines from a machine in this network (AZR-000139). */
const DENY_LATERAL: SecurityRule = {
  ...rule("Deny", LAST, {
    name: "deny-lateral",
    protocol: "*",
    source: "*",
    destination: "VirtualNetwork",
    destinationPortRanges: ["22", "3389"],
  }),
  direction: "Outbound",
};

const DENY_ALL = rule("Deny", LAST, {
  name: "deny-all",
  protocol: "*",
  source: "*",
  destination: "*",
  destinationPortRanges: ["*"],
});

/**
 * The rules of each subnet.
 *
 * @param ranges of the network
 * @param peered whether the runners' network is peered with it
 */
export function securityRules(
  ranges: Ranges,
  peered: boolean,
): Record<"nodes" | "gateway" | "endpoints", SecurityRule[]> {
  return {
    // AKS has rules of its own for what it exposes, and nodes and pods must reach one another
    // ("Azure CNI Overlay networking": network security groups): nothing is denied inbound.
    nodes: [DENY_LATERAL],
    gateway: [...allowed(gatewayTraffic(ranges)), DENY_ALL, DENY_LATERAL],
    endpoints: [
      ...allowed([endpointTraffic("nodes", ranges.nodes, ranges)]),
      ...(peered ? fromRunners(ranges) : []),
      DENY_ALL,
      DENY_LATERAL,
    ],
  };
}

/** What a gateway must let in ("Application Gateway infrastructure configuration"). */
function gatewayTraffic({ gateway }: Ranges): Traffic[] {
  return [
    {
      name: "clients",
      protocol: "Tcp",
      source: "Internet",
      destination: gateway,
      // The listener on 80 only redirects.
      destinationPortRanges: ["80", "443"],
    },
    {
      name: "management",
      protocol: "Tcp",
      source: "GatewayManager",
      destination: "*",
      destinationPortRanges: ["65200-65535"],
    },
    {
      name: "balancer",
      protocol: "*",
      source: "AzureLoadBalancer",
      destination: "*",
      destinationPortRanges: ["*"],
    },
  ];
}

/**
 * Azure keeps the ranges of a peered network in the tag VirtualNetwork, so nobody has to write
 * them down here; what the tag has besides is the gateway, which is denied first.
 */
function fromRunners(ranges: Ranges): SecurityRule[] {
  return [
    rule("Deny", FIRST + 100, {
      ...endpointTraffic("deny-gateway", ranges.gateway, ranges),
      protocol: "*",
      destinationPortRanges: ["*"],
    }),
    rule("Allow", FIRST + 110, endpointTraffic("runners", "VirtualNetwork", ranges)),
  ];
}

function endpointTraffic(name: string, source: string, { endpoints }: Ranges): Traffic {
  return {
    name,
    protocol: "Tcp",
    source,
    destination: endpoints,
    destinationPortRanges: ENDPOINT_PORTS,
  };
}

function allowed(traffic: Traffic[]): SecurityRule[] {
  return traffic.map((one, index) => rule("Allow", FIRST + 10 * index, one));
}

function rule(
  access: SecurityRule["access"],
  priority: number,
  { source, destination, ...traffic }: Traffic,
): SecurityRule {
  return {
    ...traffic,
    priority,
    direction: "Inbound",
    access,
    sourceAddressPrefix: source,
    sourcePortRange: "*",
    destinationAddressPrefix: destination,
  };
}
