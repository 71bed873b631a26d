import * as ipaddr from "ipaddr.js";

/** Address ranges in CIDR notation. */
export interface Ranges {
  /** The virtual network. */
  readonly network: string;
  /** Subnet of the nodes; pods have addresses of their own. */
  readonly nodes: string;
  /** Subnet of the gateway. */
  readonly gateway: string;
  /** Subnet of the private endpoints. */
  readonly endpoints: string;
  /** Overlay addresses of pods. */
  readonly pods: string;
  /** Addresses of services inside the cluster. */
  readonly services: string;
}

/** Longest prefix per subnet, with where that comes from. */
const SMALLEST = {
  network: [22, "nodes, gateway and endpoints have to fit"],
  nodes: [23, "upgrades add nodes (AZR-000020)"],
  gateway: [24, 'Azure asks for it in "Application Gateway infrastructure configuration"'],
  endpoints: [28, "three endpoints and the five addresses that Azure keeps"],
  pods: [18, "each node takes a /24 of it"],
  services: [24, "one address per service"],
} as const satisfies Record<keyof Ranges, readonly [number, string]>;

const SUBNETS = ["nodes", "gateway", "endpoints"] as const;

/** Ranges that AKS keeps for itself (Azure: "Azure CNI Overlay", IP address planning). */
const KEPT_BY_AKS = ["169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24"];

type Parsed = ReturnType<typeof ipaddr.IPv4.parseCIDR>;

/** The problems with address ranges, one sentence each; `rotation:<name>Range` are their keys. */
export function rangeProblems(ranges: Ranges): string[] {
  const names = Object.keys(SMALLEST) as (keyof Ranges)[];
  const malformed = names.filter((name) => parse(ranges[name]) === undefined);
  if (malformed.length > 0) {
    return malformed.map(
      (name) =>
        `${key(name)} must be a range such as 10.60.0.0/22 whose host bits are zero, ` +
        `not "${ranges[name]}".`,
    );
  }
  const parsed = Object.fromEntries(names.map((name) => [name, parse(ranges[name])!])) as Record<
    keyof Ranges,
    Parsed
  >;
  const problems: string[] = [];
  for (const name of names) {
    const [longest, reason] = SMALLEST[name];
    if (parsed[name][1] > longest) {
      problems.push(`${key(name)} ${ranges[name]} is too small: /${longest} at least, ${reason}.`);
    }
    for (const kept of KEPT_BY_AKS) {
      if (overlap(parsed[name], parse(kept)!)) {
        problems.push(`${key(name)} ${ranges[name]} overlaps ${kept}, which AKS keeps for itself.`);
      }
    }
  }
  for (const name of SUBNETS) {
    const [address, prefix] = parsed[name];
    if (prefix < parsed.network[1] || !address.match(parsed.network)) {
      problems.push(
        `${key(name)} ${ranges[name]} is not within ${key("network")} ${ranges.network}.`,
      );
    }
  }
  const apart = [SUBNETS, ["network", "pods", "services"]] as const;
  for (const group of apart) {
    group.forEach((name, index) => {
      for (const other of group.slice(index + 1)) {
        if (overlap(parsed[name], parsed[other])) {
          problems.push(`${key(name)} ${ranges[name]} and ${key(other)} ${ranges[other]} overlap.`);
        }
      }
    });
  }
  return problems;
}

/** The problem with a list of public ranges, in a sentence; undefined when there is none. */
export function publicRangeProblem(text: string): string | undefined {
  const range = parse(text);
  // Those of documents and examples are "reserved".
  const isPublic = range !== undefined && ["unicast", "reserved"].includes(range[0].range());
  return isPublic && range[1] >= 16
    ? undefined
    : `must be public ranges such as 203.0.113.7/32, none larger than a /16, not "${text}".`;
}

/** The address that pods ask for names: the tenth of the services' range, as AKS has it. */
export function dnsServiceAddress(services: string): string {
  const [first] = ipaddr.IPv4.parseCIDR(services);
  const octets = [...first.octets];
  octets[3] = octets[3]! + 10;
  return octets.join(".");
}

/** First and last address of a range, as firewall rules want them. */
export function ends(range: string): { readonly first: string; readonly last: string } {
  return {
    first: ipaddr.IPv4.networkAddressFromCIDR(range).toString(),
    last: ipaddr.IPv4.broadcastAddressFromCIDR(range).toString(),
  };
}

function parse(text: string): Parsed | undefined {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) {
    return undefined;
  }
  const [address, prefix] = ipaddr.IPv4.parseCIDR(text);
  const first = ipaddr.IPv4.networkAddressFromCIDR(text);
  return first.toString() === address.toString() ? [address, prefix] : undefined;
}

function overlap(a: Parsed, b: Parsed): boolean {
  return a[1] >= b[1] ? a[0].match(b) : b[0].match(a);
}

function key(name: keyof Ranges): string {
  return `rotation:${name}Range`;
}
