import type { FirewallCondition, FirewallRule } from "../../world/contracts";
import { flagAt, numberAt, objectsAt, textAt, textsAt, type PlainObject } from "../arm/plain";
import { demand, resourceType } from "../arm/common";
import { API_VERSION, PROVIDER } from "../network/networkCommon";

export const FIREWALL_POLICY = "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies";

/** Rule sets with the versions that can be chosen (Learn, "Web Application Firewall DRS and CRS"). */
const RULE_SETS: Readonly<Record<string, readonly string[]>> = {
  Microsoft_DefaultRuleSet: ["2.1", "2.2"],
  Microsoft_BotManagerRuleSet: ["0.1", "1.0", "1.1"],
  OWASP: ["3.0", "3.1", "3.2"],
};

const firewallPolicy = resourceType({
  token: "azure-native:network:WebApplicationFirewallPolicy",
  armType: FIREWALL_POLICY,
  apiVersion: API_VERSION,
  path: `${PROVIDER}/ApplicationGatewayWebApplicationFirewallPolicies/{policyName}`,
  names: { policyName: { pattern: /^[a-zA-Z][a-zA-Z0-9]*$/, maxLength: 128 } },
  inUse: "ApplicationGatewayFirewallPolicyCannotBeDeleted",
  put({ inputs, echo, name }) {
    const sets = objectsAt(inputs, "managedRules.managedRuleSets");
    demand(
      sets.length > 0,
      "ApplicationGatewayFirewallPolicyWithoutRuleSet",
      `Firewall policy ${name} needs at least one managed rule set.`,
    );
    for (const set of sets) {
      const [type, version] = [textAt(set, "ruleSetType"), textAt(set, "ruleSetVersion")];
      demand(
        RULE_SETS[type]?.includes(version) ?? false,
        "ApplicationGatewayFirewallUnknownRuleSet",
        `Firewall policy ${name} has an unknown rule set ${type} ${version}.`,
      );
    }
    objectsAt(inputs, "customRules").forEach((rule, index) => {
      const priority = numberAt(rule, "priority") ?? 0;
      demand(
        priority >= 1 && priority <= 100,
        "ApplicationGatewayFirewallCustomRuleInvalidPriority",
        `Custom Rule '${textAt(rule, "name")}' does not have valid priority in context ` +
          `'properties.customRules[${index}]'.`,
      );
      demand(
        /^[A-Za-z]\w*$/.test(textAt(rule, "name")) &&
          textAt(rule, "ruleType") === "MatchRule" &&
          textAt(rule, "action") === "Block" &&
          objectsAt(rule, "matchConditions").every((condition) => variableOf(condition)),
        "ApplicationGatewayFirewallCustomRuleNotInTwin",
        `The twin knows custom rules that block by the Host header (Regex, Lowercase) and by the ` +
          `remote address (IPMatch) only: '${textAt(rule, "name")}' of ${name} is another.`,
      );
    });
    return { ...echo, resourceState: "Enabled" };
  },
});

export const firewallPolicyTypes = [firewallPolicy];

const rulesOf = new WeakMap<PlainObject, readonly FirewallRule[]>();

/** What a gateway enforces of a policy; the same array for the same inputs. */
export function firewallRules(policy: PlainObject | undefined): readonly FirewallRule[] {
  if (policy === undefined || textAt(policy, "policySettings.state") === "Disabled") {
    return NONE;
  }
  const known = rulesOf.get(policy);
  if (known !== undefined) {
    return known;
  }
  const rules = [...objectsAt(policy, "customRules")]
    .sort((one, other) => (numberAt(one, "priority") ?? 0) - (numberAt(other, "priority") ?? 0))
    .map((rule) => ({
      name: textAt(rule, "name"),
      conditions: objectsAt(rule, "matchConditions").map((condition) => ({
        variable: variableOf(condition) ?? "address",
        values: textsAt(condition, "matchValues[]"),
        isNegated: flagAt(condition, "negationConditon"),
      })),
    }));
  rulesOf.set(policy, rules);
  return rules;
}

const NONE: readonly FirewallRule[] = [];

/** What a condition looks at; undefined for one that the twin does not know. */
function variableOf(condition: PlainObject): FirewallCondition["variable"] | undefined {
  const [variable, ...more] = objectsAt(condition, "matchVariables").map((each) =>
    `${textAt(each, "variableName")} ${textAt(each, "selector")}`.trim(),
  );
  const transforms = textsAt(condition, "transforms[]").join();
  switch (`${more.length} ${variable} ${textAt(condition, "operator")} ${transforms}`.trim()) {
    case "0 RequestHeaders Host Regex Lowercase":
      return "host";
    case "0 RemoteAddr IPMatch":
      return "address";
    default:
      return undefined;
  }
}
