import * as ipaddr from "ipaddr.js";

/** Address ranges in CIDR notation. */
export interface Ranges {
  /** The virtual network, e.g. `10.60.0.0/16`. */
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
  network: [22, "nodes, gateway and endpoints must fit"],
  nodes: [23, "upgrades add nodes (AZR-000020)"],
  gateway: [24, 'Azure requires it ("Application Gateway infrastructure configuration")'],
  endpoints: [28, "three endpoints and the five addresses that Azure reserves"],
  pods: [18, "each node takes a /24"],
  services: [24, "one address per service"],
} as const satisfies Record<keyof Ranges, readonly [number, string]>;

const SUBNETS = ["nodes", "gateway", "endpoints"] as const;

/** Reserved ranges, by who reserves them. */
const KEPT = {
  // "Configure Azure CNI Overlay networking", IP address planning.
  AKS: ["169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24"],
  // "Azure Virtual Network frequently asked questions", address ranges that cannot be added.
  Azure: ["127.0.0.0/8", "168.63.129.16/32", "224.0.0.0/4", "255.255.255.255/32"],
} as const;

/** Shortest prefix where there is one, with where that comes from. */
const LARGEST: Partial<Record<keyof Ranges, readonly [number, string]>> = {
  // The controller cannot make pods reachable from it: "extensionIPRange prefix length too short
  // (/23). Must be 24 or higher." (AKS#5170, #5123; azure-cli#31713).
  gateway: [24, "a pod overlay cannot be extended to a larger one"],
  // "Configure Azure CNI networking".
  services: [13, "AKS refuses a /12"],
};

type Parsed = ReturnType<typeof ipaddr.IPv4.parseCIDR>;

type Name = keyof Ranges;

const NAMES = Object.keys(SMALLEST) as Name[];

/** The problems with address ranges, one sentence each; `rotation:<name>Range` are their keys. */
export function rangeProblems(ranges: Ranges): string[] {
  const parsed = new Map<Name, Parsed>();
  const problems: string[] = [];
  for (const name of NAMES) {
    const range = parse(ranges[name]);
    if (range === undefined) {
      problems.push(`${key(name)} ${rangeProblem(ranges[name])}`);
    } else {
      parsed.set(name, range);
      problems.push(...ownProblems(`${key(name)} ${ranges[name]}`, name, range));
    }
  }
  const network = parsed.get("network");
  for (const name of SUBNETS) {
    const range = parsed.get(name);
    if (network && range && (range[1] < network[1] || !range[0].match(network))) {
      problems.push(
        `${key(name)} ${ranges[name]} is not within ${key("network")} ${ranges.network}.`,
      );
    }
  }
  for (const [name, other] of pairs(SUBNETS).concat(pairs(["network", "pods", "services"]))) {
    const [one, another] = [parsed.get(name), parsed.get(other)];
    if (one && another && overlap(one, another)) {
      problems.push(
        `${key(name)} ${ranges[name]} and ${key(other)} ${ranges[other]} overlap: give each ` +
          "its own addresses.",
      );
    }
  }
  return problems;
}

/** What is wrong with one range, whatever the others are. */
function ownProblems(named: string, name: Name, range: Parsed): string[] {
  const problems: string[] = [];
  const [longest, reason] = SMALLEST[name];
  if (range[1] > longest) {
    problems.push(`${named} is too small: /${longest} at least, ${reason}.`);
  }
  const [shortest, limit] = LARGEST[name] ?? [0, ""];
  if (range[1] < shortest) {
    problems.push(`${named} is too large: /${shortest} at most, because ${limit}.`);
  }
  for (const [keeper, list] of Object.entries(KEPT)) {
    for (const kept of list) {
      if (overlap(range, parse(kept)!)) {
        problems.push(`${named} overlaps ${kept}, which ${keeper} reserves.`);
      }
    }
  }
  return problems;
}

function pairs(names: readonly Name[]): (readonly [Name, Name])[] {
  return names.flatMap((name, index) =>
    names.slice(index + 1).map((other) => [name, other] as const),
  );
}

/** The problem with one range, whatever it is for; undefined when there is none. */
export function rangeProblem(text: string): string | undefined {
  return parse(text) === undefined
    ? `must be a range with zero host bits, such as 10.60.0.0/22, not "${text}".`
    : undefined;
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

/** The problem with a range that stage hosts answer, in words that follow a key. */
export function stageRangeProblem(text: string): string | undefined {
  const range = parse(text);
  return range !== undefined && range[1] >= 8
    ? undefined
    : `must be ranges such as 203.0.113.0/24, none larger than a /8, not "${text}".`;
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

/** Whether all of a range is in another one; false where either is none. */
export function isWithin(range: string, other: string): boolean {
  const [inner, outer] = [parse(range), parse(other)];
  return (
    inner !== undefined && outer !== undefined && inner[1] >= outer[1] && inner[0].match(outer)
  );
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

function key(name: Name): string {
  return `rotation:${name}Range`;
}
