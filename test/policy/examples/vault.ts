import { type Examples, setting } from "./example";

export const VAULT_EXAMPLES: Examples = {
  "AZR-000388": setting("properties.enableRbacAuthorization", true, false),
  "AZR-000118": setting("properties.accessPolicies", undefined, [
    { permissions: { secrets: ["all"] } },
  ]),
  "AZR-000124": setting("properties.enableSoftDelete", true, false),
  "AZR-000125": setting("properties.enablePurgeProtection", true, undefined),
  "AZR-000355": setting("properties.networkAcls.defaultAction", "Deny", "Allow"),
  CKV_AZURE_189: setting("properties.publicNetworkAccess", "Disabled", "Enabled"),
  "ROT-KV-3": setting("properties.enabledForTemplateDeployment", false, true),
  "ROT-KV-4": setting("properties.enabledForDeployment", false, true),
  "ROT-KV-5": setting("properties.enabledForDiskEncryption", false, true),
  "AZR-000120": setting("vaultName", "kv-app-x1y2z3", "1kv"),
  "ROT-KV-8": {
    good: { props: { properties: { networkAcls: { ipRules: [{ value: "203.0.113.7/32" }] } } } },
    bad: { props: { properties: { networkAcls: { ipRules: [{ value: "0.0.0.0/0" }] } } } },
  },
  "AZR-000121": setting("secretName", "app-blue", "app_blue"),
  CKV_AZURE_41: setting("properties.attributes.expires", 1_800_000_000, undefined),
  CKV_AZURE_114: setting("properties.contentType", "password of a role", undefined),
};
