import { numberAt, objectsAt, textAt } from "../arm/plain";
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
    });
    return { ...echo, resourceState: "Enabled" };
  },
});

export const firewallPolicyTypes = [firewallPolicy];
