import { type Example, type Examples, pair, setting } from "./example";

const ID = "/subscriptions/x/resourceGroups/y/providers/Microsoft.Network";

export const GATEWAY_EXAMPLES: Examples = {
  "AZR-000060": setting("zones", ["1", "2", "3"], ["1"]),
  "AZR-000061": setting("autoscaleConfiguration.minCapacity", 2, 0),
  "APRL-823b0cff": setting("autoscaleConfiguration.maxCapacity", 10, 0),
  "AZR-000062": setting("sku.name", "WAF_v2", "Standard_Small"),
  "AZR-000063": setting("sku.tier", "WAF_v2", "Standard_v2"),
  "AZR-000066": setting(
    "firewallPolicy.id",
    `${ID}/ApplicationGatewayWebApplicationFirewallPolicies/z`,
    undefined,
  ),
  "AZR-000423": setting("webApplicationFirewallConfiguration", undefined, { enabled: true }),
  "AZR-000064": setting(
    "sslPolicy.policyName",
    "AppGwSslPolicy20220101S",
    "AppGwSslPolicy20150501",
  ),
  "ROT-AGW-2": setting("sslPolicy.policyType", "Predefined", "Custom"),
  "AZR-000348": setting("applicationGatewayName", "agw-app-prod", "-agw"),
  "AZR-000059": {
    good: {
      props: {
        httpListeners: [{ name: "plain", protocol: "Http" }],
        requestRoutingRules: [
          {
            name: "up",
            httpListener: { id: `${ID}/httpListeners/plain` },
            redirectConfiguration: { id: `${ID}/redirectConfigurations/up` },
          },
        ],
      },
    },
    bad: {
      props: {
        httpListeners: [{ name: "plain", protocol: "Http" }],
        requestRoutingRules: [{ name: "serve", httpListener: { id: `${ID}/httpListeners/plain` } }],
      },
    },
  },
  "ROT-AGW-7": {
    good: {
      props: {
        sslCertificates: [
          { name: "production", keyVaultSecretId: "https://kv.vault.azure.net/secrets/app" },
        ],
      },
    },
    bad: { props: { sslCertificates: [{ name: "production", data: "MII" }] } },
  },
  "AZR-000309": setting("policySettings.state", "Enabled", "Disabled"),
  "AZR-000302": setting("policySettings.mode", "Prevention", "Detection"),
  "AZR-000303": setting("managedRules.exclusions", [], [{ matchVariable: "RequestHeaderNames" }]),
  "ROT-WAF-1": setting("policySettings.requestBodyCheck", true, false),
  "ROT-WAF-2": setting("policySettings.requestBodyEnforcement", true, false),
  "ROT-WAF-3": setting("policySettings.fileUploadEnforcement", true, false),
  "AZR-000304": {
    good: {
      props: {
        managedRules: {
          managedRuleSets: [
            { ruleSetType: "Microsoft_DefaultRuleSet", ruleSetVersion: "2.1" },
            { ruleSetType: "Microsoft_BotManagerRuleSet", ruleSetVersion: "1.1" },
          ],
        },
      },
    },
    bad: {
      props: {
        managedRules: { managedRuleSets: [{ ruleSetType: "OWASP", ruleSetVersion: "3.0" }] },
      },
    },
  },
  CKV_AZURE_135: {
    good: { props: { managedRules: { managedRuleSets: [] } } },
    bad: {
      props: {
        managedRules: {
          managedRuleSets: [
            { ruleGroupOverrides: [{ rules: [{ ruleId: "944240", state: "Disabled" }] }] },
          ],
        },
      },
    },
  },
  "APRL-8364fd0a": pair(sized, "10.0.4.0/24", "10.0.4.0/27"),
};

function sized(addressPrefix: string): Example {
  return {
    props: { gatewayIPConfigurations: [{ subnet: { id: `${ID}/subnets/gateway` } }] },
    others: [
      {
        type: "azure-native:network:Subnet",
        name: "gateway",
        props: { subnetName: "gateway", addressPrefix },
      },
    ],
  };
}
