import type { Cloud } from "../arm/resourceType";
import { numberAt, objectsAt, textAt, textsAt, type PlainObject } from "../arm/plain";
import { NETWORK_NAME, demand, resourceType } from "../arm/common";
import {
  API_VERSION,
  PROVIDER,
  SECURITY_GROUP,
  SUBNET,
  gatewaysIn,
  referringTo,
} from "./networkCommon";

/** What a rule cannot do without, each under one name for one value and one for several. */
const PARTS = [
  ["sourceAddressPrefix", "sourceAddressPrefixes", "sourceApplicationSecurityGroups"],
  [
    "destinationAddressPrefix",
    "destinationAddressPrefixes",
    "destinationApplicationSecurityGroups",
  ],
  ["sourcePortRange", "sourcePortRanges"],
  ["destinationPortRange", "destinationPortRanges"],
] as const;

export const networkSecurityGroup = resourceType({
  token: "azure-native:network:NetworkSecurityGroup",
  armType: SECURITY_GROUP,
  apiVersion: API_VERSION,
  path: `${PROVIDER}/networkSecurityGroups/{networkSecurityGroupName}`,
  names: { networkSecurityGroupName: NETWORK_NAME },
  inUse: "InUseNetworkSecurityGroupCannotBeDeleted",
  put({ cloud, id, inputs, echo }) {
    const rules = objectsAt(inputs, "securityRules");
    requirePriorities(rules);
    rules.forEach((rule) => requireParts(id, rule));
    for (const subnet of referringTo(cloud, SUBNET, "networkSecurityGroup.id", id)) {
      for (const gateway of gatewaysIn(cloud, subnet.id)) {
        requireOpenForGateway(id, rules, subnet.id, gateway.id);
      }
    }
    return echo;
  },
});

function requirePriorities(rules: readonly PlainObject[]): void {
  const taken = new Map<string, string>();
  for (const rule of rules) {
    const priority = numberAt(rule, "priority") ?? 0;
    const name = textAt(rule, "name");
    demand(
      Number.isInteger(priority) && priority >= 100 && priority <= 4096,
      "SecurityRuleInvalidPriority",
      `Security rule ${name} has invalid Priority. Value provided: ${priority} Allowed range 100-4096.`,
    );
    const place = `${textAt(rule, "direction")} ${priority}`;
    const other = taken.get(place);
    demand(
      other === undefined,
      "SecurityRuleConflict",
      `Security rule ${other} conflicts with rule ${name}. Rules cannot have the same Priority and ` +
        "Direction. To learn more, see aka.ms/nsgrules.",
    );
    taken.set(place, name);
  }
}

function requireParts(id: string, rule: PlainObject): void {
  for (const names of PARTS) {
    demand(
      names.some((name) => textAt(rule, name) !== "" || textsAt(rule, `${name}[]`).length > 0),
      "SecurityRuleParameterNotSpecified",
      `Required security rule parameters are missing for security rule with Id: ${id}/securityRules/` +
        `${textAt(rule, "name")}. Security rule must specify ${names.join(" or ")}.`,
    );
  }
}

/** Checks the security group of a gateway's subnet, when it has one. */
export function requireOpenSubnet(
  cloud: Cloud,
  subnetId: string,
  subnet: PlainObject | undefined,
  gatewayId: string,
): void {
  const group = cloud.resources.find(textAt(subnet, "networkSecurityGroup.id"));
  if (group) {
    requireOpenForGateway(group.id, objectsAt(group.inputs, "securityRules"), subnetId, gatewayId);
  }
}

/**
 * Azure manages gateways through these ports ("Application Gateway infrastructure configuration",
 * network security groups: source GatewayManager, destination any).
 */
function requireOpenForGateway(
  groupId: string,
  rules: readonly PlainObject[],
  subnetId: string,
  gatewayId: string,
): void {
  const [first] = rules
    .filter((rule) => textAt(rule, "direction") === "Inbound" && concernsManagement(rule))
    .sort((a, b) => (numberAt(a, "priority") ?? 0) - (numberAt(b, "priority") ?? 0));
  demand(
    textAt(first, "access") === "Allow" &&
      valuesOf(first, "destinationAddressPrefix").includes("*") &&
      portsOf(first).some(([from, to]) => from <= 65_200 && to >= 65_535),
    "ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup",
    `Network security group ${groupId} blocks incoming internet traffic on ports 65200 - 65535 to ` +
      `subnet ${subnetId}, associated with Application Gateway ${gatewayId}. This is not permitted ` +
      "for Application Gateways that have V2 Sku.",
  );
}

/** Whether a rule says anything about what Azure's gateway manager sends. */
function concernsManagement(rule: PlainObject): boolean {
  return (
    ["*", "Tcp"].includes(textAt(rule, "protocol")) &&
    valuesOf(rule, "sourceAddressPrefix").some((source) =>
      ["*", "0.0.0.0/0", "Internet", "GatewayManager"].includes(source),
    ) &&
    portsOf(rule).some(([from, to]) => from <= 65_535 && to >= 65_200)
  );
}

function portsOf(rule: PlainObject | undefined): [from: number, to: number][] {
  return valuesOf(rule, "destinationPortRange").map((range) => {
    const [from = "", to = from] = range.split("-");
    return range === "*" ? [0, 65_535] : [Number(from), Number(to)];
  });
}

/** What a rule has under the name for one value and under that for several. */
function valuesOf(rule: PlainObject | undefined, name: string): string[] {
  const plural = name.endsWith("x") ? `${name}es` : `${name}s`;
  return [...textsAt(rule, name), ...textsAt(rule, `${plural}[]`)];
}
