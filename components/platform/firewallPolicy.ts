import * as network from "@pulumi/azure-native/network";
import type * as pulumi from "@pulumi/pulumi";
import { resourceName } from "./azureNames";
import { type PlatformScope, shared } from "./scope";

/**
 * What the gateway refuses by itself. The default rules contain 944240, which stops Log4j's message
 * look-up (CVE-2021-44228); Azure takes one default set, so there is no OWASP set beside them.
 */
export function firewallPolicy(
  name: string,
  { scope }: { readonly scope: PlatformScope },
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
