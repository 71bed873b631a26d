import type { Rule, Values } from "./rule";
import { between, like, oneOf, settings, unsetOr } from "./setting";
import { at, list, ofType } from "./values";
import { isEverybody } from "./ranges";

const VAULT = "azure-native:keyvault:Vault";
const SECRET = "azure-native:keyvault:Secret";

/** Rules about the vault and its secrets. */
export const VAULT_RULES: readonly Rule[] = [
  ...settings(
    VAULT,
    {
      id: "AZR-000388",
      title: "Azure roles say who may do what in the vault.",
      path: "properties.enableRbacAuthorization",
      must: oneOf(true),
      good: true,
      bad: false,
    },
    {
      id: "AZR-000118",
      title: "No access policy of the old kind grants anything.",
      path: "properties.accessPolicies",
      must: { met: (value) => list(value).length === 0, wanted: "left out" },
      good: undefined,
      bad: [{ permissions: { secrets: ["all"] } }],
    },
    {
      id: "AZR-000124",
      also: ["CKV_AZURE_111", "APRL-1cca00d2"],
      title: "What is deleted in the vault can be had back.",
      path: "properties.enableSoftDelete",
      must: unsetOr(true),
      good: true,
      bad: false,
    },
    {
      id: "AZR-000125",
      also: ["CKV_AZURE_42", "CKV_AZURE_110", "AVD-AZU-0016", "APRL-70fcfe6d"],
      title: "Nobody can empty the vault for good.",
      path: "properties.enablePurgeProtection",
      must: oneOf(true),
      good: true,
      bad: undefined,
    },
    {
      id: "ROT-KV-1",
      title: "What is deleted in the vault stays for a week at least.",
      reference: "Azure Key Vault soft-delete overview",
      path: "properties.softDeleteRetentionInDays",
      must: between(7, 90),
      good: 90,
      bad: 1,
    },
    {
      id: "AZR-000355",
      also: ["CKV_AZURE_109", "AVD-AZU-0013"],
      title: "The vault answers nobody whom it does not know.",
      path: "properties.networkAcls.defaultAction",
      must: oneOf("Deny"),
      good: "Deny",
      bad: "Allow",
    },
    {
      id: "CKV_AZURE_189",
      title: "The vault has no public address.",
      path: "properties.publicNetworkAccess",
      must: oneOf("Disabled", "disabled"),
      good: "Disabled",
      bad: "Enabled",
    },
    {
      id: "ROT-KV-2",
      title: "The vault's firewall lets Azure's own services through, such as deployments.",
      reference: "Configure Azure Key Vault networking: trusted services",
      path: "properties.networkAcls.bypass",
      must: oneOf("AzureServices", "None"),
      good: "AzureServices",
      bad: "All",
    },
    {
      id: "ROT-KV-3",
      title: "Deployments cannot read the vault.",
      reference: "Azure Key Vault security: enabledForTemplateDeployment",
      path: "properties.enabledForTemplateDeployment",
      must: unsetOr(false),
      good: false,
      bad: true,
    },
    {
      id: "ROT-KV-4",
      title: "Virtual machines cannot read the vault.",
      reference: "Azure Key Vault security: enabledForDeployment",
      path: "properties.enabledForDeployment",
      must: unsetOr(false),
      good: false,
      bad: true,
    },
    {
      id: "ROT-KV-5",
      title: "Disk encryption cannot read the vault.",
      reference: "Azure Key Vault security: enabledForDiskEncryption",
      path: "properties.enabledForDiskEncryption",
      must: unsetOr(false),
      good: false,
      bad: true,
    },
    {
      id: "AZR-000120",
      title: "The name of the vault is one that Azure takes.",
      path: "vaultName",
      must: like(/^[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]$/),
      good: "kv-app-x1y2z3",
      bad: "1kv",
    },
    {
      id: "ROT-KV-6",
      title: "The vault is of a kind that holds secrets.",
      reference: "Azure Key Vault pricing",
      path: "properties.sku.name",
      must: oneOf("standard", "premium"),
      good: "standard",
      bad: undefined,
    },
    {
      id: "ROT-KV-7",
      title: "The vault is of the only family there is.",
      reference: "Azure Key Vault pricing",
      path: "properties.sku.family",
      must: oneOf("A"),
      good: "A",
      bad: "B",
    },
  ),
  {
    id: "ROT-KV-8",
    title: "The vault's firewall lets narrow ranges in only.",
    reference: "Configure Azure Key Vault networking",
    appliesTo: [VAULT],
    check: (props) => {
      const wide = list(at(props, "properties.networkAcls.ipRules")).filter(({ value }) =>
        isEverybody(value),
      );
      return wide.length === 0 ? undefined : "properties.networkAcls.ipRules lets everybody in.";
    },
    good: { props: { properties: { networkAcls: { ipRules: [{ value: "203.0.113.7/32" }] } } } },
    bad: { props: { properties: { networkAcls: { ipRules: [{ value: "0.0.0.0/0" }] } } } },
  },
  ...settings(
    SECRET,
    {
      id: "AZR-000121",
      title: "The name of a secret is one that Azure takes.",
      path: "secretName",
      must: like(/^[A-Za-z0-9-]{1,127}$/),
      good: "app-blue",
      bad: "app_blue",
    },
    {
      id: "CKV_AZURE_41",
      also: ["AVD-AZU-0017"],
      title: "A secret ends.",
      path: "properties.attributes.expires",
      must: between(1_700_000_000),
      good: 1_800_000_000,
      bad: undefined,
    },
    {
      id: "CKV_AZURE_114",
      also: ["AVD-AZU-0015"],
      title: "A secret says what it is.",
      path: "properties.contentType",
      must: like(/\b(?:password|connection string|token|certificate|key)\b/),
      good: "password of a role",
      bad: undefined,
    },
    {
      id: "ROT-KV-9",
      title: "A secret can be read at once: another clock must not hold a rotation up.",
      reference: "About Azure Key Vault secrets: nbf",
      path: "properties.attributes.notBefore",
      must: { met: (value) => value === undefined, wanted: "left out" },
      good: undefined,
      bad: 1_900_000_000,
    },
  ),
  {
    id: "ROT-KV-10",
    title: "A secret that belongs to no slot is enabled, and of those that do one at least is.",
    reference: "About Azure Key Vault secrets: enabled",
    appliesTo: [SECRET],
    needsStack: true,
    check: (props, { all }) => {
      const enabled = (secret: Values) => at(secret, "properties.attributes.enabled") === true;
      const ofSlot = (secret: Values) => at(secret, "tags.slot") !== undefined;
      const peers = ofType(all, SECRET).map((secret) => secret.props);
      return ofSlot(props)
        ? peers.some((peer) => ofSlot(peer) && enabled(peer))
          ? undefined
          : "no secret of a slot is enabled."
        : enabled(props)
          ? undefined
          : "properties.attributes.enabled must be true.";
    },
    good: { props: { properties: { attributes: { enabled: true } } } },
    bad: { props: { tags: { slot: "blue" }, properties: { attributes: { enabled: false } } } },
  },
];
