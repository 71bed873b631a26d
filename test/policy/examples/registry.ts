import { type Examples, setting } from "./example";

export const REGISTRY_EXAMPLES: Examples = {
  "AZR-000005": setting("adminUserEnabled", false, true),
  "AZR-000006": setting("sku.name", "Premium", "Basic"),
  "AZR-000007": setting("registryName", "crappx1y2z3", "cr-app"),
  "AZR-000401": setting("anonymousPullEnabled", false, true),
  CKV_AZURE_139: setting("publicNetworkAccess", "Disabled", "Enabled"),
  CKV_AZURE_233: setting("zoneRedundancy", "Enabled", "Disabled"),
  CKV_AZURE_237: setting("dataEndpointEnabled", true, false),
  "AZR-000010": setting("policies.retentionPolicy.status", "enabled", "disabled", {
    sku: { name: "Premium" },
  }),
  "ROT-ACR-4": setting("policies.exportPolicy.status", "disabled", "enabled", {
    sku: { name: "Premium" },
  }),
  "AZR-000402": {
    good: { props: { networkRuleSet: { defaultAction: "Deny" } } },
    bad: { props: { publicNetworkAccess: "Enabled", networkRuleSet: { defaultAction: "Allow" } } },
  },
};
