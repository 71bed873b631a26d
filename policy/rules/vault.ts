import type { Rule } from "./rule";
import { between, like, oneOf, settings, unsetOr } from "./setting";
import { at, list } from "./values";
import { isEverybody } from "./ranges";

const VAULT = "azure-native:keyvault:Vault";
const SECRET = "azure-native:keyvault:Secret";

/** Rules about the vault and its secrets. */
export const VAULT_RULES: readonly Rule[] = [
  ...settings(
    VAULT,
    {
      id: "AZR-000388",
      title: "Azure RBAC authorizes access to the vault.",
      path: "properties.enableRbacAuthorization",
      must: oneOf(true),
    },
    {
      id: "AZR-000118",
      title: "No legacy access policy grants anything.",
      path: "properties.accessPolicies",
      must: { met: (value) => list(value).length === 0, wanted: "left out" },
    },
    {
      id: "AZR-000124",
      also: ["CKV_AZURE_111", "APRL-1cca00d2"],
      title: "Deleted vault items can be recovered.",
      path: "properties.enableSoftDelete",
      must: unsetOr(true),
    },
    {
      id: "AZR-000125",
      also: ["CKV_AZURE_42", "CKV_AZURE_110", "AVD-AZU-0016", "APRL-70fcfe6d"],
      title: "The vault has purge protection.",
      path: "properties.enablePurgeProtection",
      must: oneOf(true),
    },
    {
      id: "AZR-000355",
      also: ["CKV_AZURE_109", "AVD-AZU-0013"],
      title: "The vault denies unknown networks.",
      path: "properties.networkAcls.defaultAction",
      must: oneOf("Deny"),
    },
    {
      id: "CKV_AZURE_189",
      title: "The vault has no public access.",
      path: "properties.publicNetworkAccess",
      must: oneOf("Disabled", "disabled"),
    },
    {
      id: "ROT-KV-3",
      title: "Deployments cannot read the vault.",
      reference: "Azure Key Vault security: enabledForTemplateDeployment",
      path: "properties.enabledForTemplateDeployment",
      must: unsetOr(false),
    },
    {
      id: "ROT-KV-4",
      title: "Virtual machines cannot read the vault.",
      reference: "Azure Key Vault security: enabledForDeployment",
      path: "properties.enabledForDeployment",
      must: unsetOr(false),
    },
    {
      id: "ROT-KV-5",
      title: "Disk encryption cannot read the vault.",
      reference: "Azure Key Vault security: enabledForDiskEncryption",
      path: "properties.enabledForDiskEncryption",
      must: unsetOr(false),
    },
    {
      id: "AZR-000120",
      title: "The vault's name is valid in Azure.",
      path: "vaultName",
      must: like(/^[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]$/),
    },
  ),
  {
    id: "ROT-KV-8",
    title: "The vault's firewall admits narrow ranges only.",
    reference: "Configure Azure Key Vault networking",
    appliesTo: [VAULT],
    check: (props) => {
      const wide = list(at(props, "properties.networkAcls.ipRules")).filter(({ value }) =>
        isEverybody(value),
      );
      return wide.length === 0 ? undefined : "properties.networkAcls.ipRules admits everybody.";
    },
  },
  ...settings(
    SECRET,
    {
      id: "AZR-000121",
      title: "A secret's name is valid in Azure.",
      path: "secretName",
      must: like(/^[A-Za-z0-9-]{1,127}$/),
    },
    {
      id: "CKV_AZURE_41",
      also: ["AVD-AZU-0017"],
      title: "A secret ends.",
      path: "properties.attributes.expires",
      must: between(1_700_000_000),
    },
    {
      id: "CKV_AZURE_114",
      also: ["AVD-AZU-0015"],
      title: "A secret has a content type.",
      path: "properties.contentType",
      must: like(/\b(?:password|connection string|token|certificate|key)\b/),
    },
  ),
];
