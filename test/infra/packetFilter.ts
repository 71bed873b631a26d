import { list, text, words } from "../../policy/rules/values";

/** A rule of a security group, as it is asked for. */
export type SecurityRule = Readonly<Record<string, unknown>>;

export type Access = "Allow" | "Deny";

/** Something that wants to pass a security group. */
export interface Packet {
  readonly direction: "Inbound" | "Outbound";
  /** A range of addresses, or a service tag. */
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly protocol: "Tcp" | "Udp";
}

const TAGS = ["*", "Internet", "VirtualNetwork", "AzureLoadBalancer", "GatewayManager"];
const PRIVATE_RANGE = /^(?:10|172|192)\.[\d.]+\/\d+$/;
const PORTS = /^(?:\*|\d+(?:-\d+)?)$/;

/** What Azure does with a packet: the first rule that matches decides, and after all its own. */
export function accessOf(rules: readonly SecurityRule[], packet: Packet): Access {
  const [first] = rules
    .filter((rule) => matches(rule, packet))
    .sort((a, b) => Number(a["priority"]) - Number(b["priority"]));
  if (first !== undefined) {
    return first["access"] as Access;
  }
  const { direction, from, to } = packet;
  const within = inNetwork(from) && inNetwork(to);
  const allowed =
    direction === "Outbound" ? within || to === "Internet" : within || from === "AzureLoadBalancer";
  return allowed ? "Allow" : "Deny";
}

/** Whether Azure takes a rule, and the rule names what it means. */
export function isWellFormed(rule: SecurityRule): boolean {
  const priority = Number(rule["priority"]);
  const places = ["sourceAddressPrefix", "destinationAddressPrefix"].map((key) => text(rule[key]));
  return (
    priority >= 100 &&
    priority <= 4096 &&
    ["Inbound", "Outbound"].includes(text(rule["direction"])) &&
    ["Allow", "Deny"].includes(text(rule["access"])) &&
    ["Tcp", "Udp", "Icmp", "*"].includes(text(rule["protocol"])) &&
    rule["sourcePortRange"] === "*" &&
    places.every((place) => TAGS.includes(place) || PRIVATE_RANGE.test(place)) &&
    portsOf(rule).length > 0 &&
    portsOf(rule).every((range) => PORTS.test(range))
  );
}

/** Whether a rule lets somebody other than Azure's load balancer in on every port. */
export function opensAllPorts(rule: SecurityRule): boolean {
  return (
    rule["access"] === "Allow" &&
    portsOf(rule).includes("*") &&
    rule["sourceAddressPrefix"] !== "AzureLoadBalancer"
  );
}

function matches(rule: SecurityRule, { direction, from, to, port, protocol }: Packet): boolean {
  return (
    rule["direction"] === direction &&
    ["*", protocol].includes(text(rule["protocol"])) &&
    covers(rule["sourceAddressPrefix"], from) &&
    covers(rule["destinationAddressPrefix"], to) &&
    portsOf(rule).some((range) => {
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

function portsOf(rule: SecurityRule): string[] {
  return [text(rule["destinationPortRange"]), ...words(rule["destinationPortRanges"])].filter(
    Boolean,
  );
}

/** The rules of a security group. */
export function rulesOf(group: Readonly<Record<string, unknown>>): readonly SecurityRule[] {
  return list(group["securityRules"]);
}
