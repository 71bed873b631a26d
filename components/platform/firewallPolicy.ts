import * as network from "@pulumi/azure-native/network";
import type * as pulumi from "@pulumi/pulumi";
import { resourceName } from "./azureNames";
import { type PlatformScope, shared } from "./scope";

/** Hosts that are not for everybody. */
export interface StageHosts {
  /** Host names in lower case. */
  readonly hosts: readonly string[];
  /** Addresses and ranges, CIDR, that requests for them may come from. */
  readonly from: readonly pulumi.Input<string>[];
}

/**
 * What the gateway refuses by itself. The default rules contain 944240, which stops Log4j's message
 * look-up (CVE-2021-44228); Azure takes one default set, so there is no OWASP set beside them. Stage
 * hosts are for the proofs, and for whoever is named: others get 403.
 */
export function firewallPolicy(
  name: string,
  { scope, stage }: { readonly scope: PlatformScope; readonly stage?: StageHosts | undefined },
  opts: pulumi.CustomResourceOptions,
): network.WebApplicationFirewallPolicy {
  return new network.WebApplicationFirewallPolicy(
    name,
    {
      ...shared(scope),
      policyName: resourceName("firewallPolicy", scope.naming),
      policySettings: {
        state: network.WebApplicationFirewallEnabledState.Enabled,
        mode: network.WebApplicationFirewallMode.Prevention,
        requestBodyCheck: true,
        // Azure's defaults: what is larger is refused unread.
        maxRequestBodySizeInKb: 128,
        fileUploadLimitInMb: 100,
      },
      ...(stage && { customRules: [stageRule(stage)] }),
      managedRules: {
        managedRuleSets: [
          { ruleSetType: "Microsoft_DefaultRuleSet", ruleSetVersion: "2.1" },
          { ruleSetType: "Microsoft_BotManagerRuleSet", ruleSetVersion: "1.1" },
        ],
      },
    },
    opts,
  );
}

/** Custom rules come before the managed ones, which still judge whoever this one lets pass. */
function stageRule({ hosts, from }: StageHosts) {
  return {
    name: "StageHosts",
    priority: 10,
    ruleType: network.WebApplicationFirewallRuleType.MatchRule,
    action: network.WebApplicationFirewallAction.Block,
    matchConditions: [
      {
        matchVariables: [
          {
            variableName: network.WebApplicationFirewallMatchVariable.RequestHeaders,
            selector: "Host",
          },
        ],
        operator: network.WebApplicationFirewallOperator.Regex,
        transforms: [network.WebApplicationFirewallTransform.Lowercase],
        // With any port: the gateway's listeners take the name alone.
        matchValues: hosts.map((host) => `^${host.replaceAll(".", "\\.")}(:|$)`),
      },
      {
        matchVariables: [{ variableName: network.WebApplicationFirewallMatchVariable.RemoteAddr }],
        operator: network.WebApplicationFirewallOperator.IPMatch,
        negationConditon: true,
        matchValues: [...from],
      },
    ],
  };
}
