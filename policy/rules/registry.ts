import type { Rule } from "./rule";
import { between, like, oneOf, settings, unsetOr } from "./setting";
import { at } from "./values";

const REGISTRY = "azure-native:containerregistry:Registry";

/** Rules about the registry of the images. */
export const REGISTRY_RULES: readonly Rule[] = [
  ...settings(
    REGISTRY,
    {
      id: "AZR-000005",
      also: ["CKV_AZURE_137"],
      title: "Nobody pushes or pulls with the registry's own password.",
      path: "adminUserEnabled",
      must: oneOf(false),
      good: false,
      bad: true,
    },
    {
      id: "AZR-000006",
      title: "The registry is of a kind for production.",
      path: "sku.name",
      must: oneOf("Standard", "Premium"),
      good: "Premium",
      bad: "Basic",
    },
    {
      id: "AZR-000007",
      title: "The name of the registry is one that Azure takes.",
      path: "registryName",
      must: like(/^[A-Za-z0-9]{5,50}$/),
      good: "crappx1y2z3",
      bad: "cr-app",
    },
    {
      id: "AZR-000401",
      also: ["CKV_AZURE_138"],
      title: "Nobody pulls without a name.",
      path: "anonymousPullEnabled",
      must: unsetOr(false),
      good: false,
      bad: true,
    },
    {
      id: "CKV_AZURE_139",
      title: "The registry has no public address.",
      path: "publicNetworkAccess",
      must: oneOf("Disabled"),
      good: "Disabled",
      bad: "Enabled",
    },
    {
      id: "CKV_AZURE_233",
      title: "The registry is in all zones.",
      path: "zoneRedundancy",
      must: oneOf("Enabled"),
      good: "Enabled",
      bad: "Disabled",
    },
    {
      id: "CKV_AZURE_237",
      title: "Layers come from an address of the registry's own.",
      path: "dataEndpointEnabled",
      must: oneOf(true),
      good: true,
      bad: false,
    },
    {
      id: "ROT-ACR-2",
      title: "Only Azure's own services pass the registry's firewall.",
      reference: "Allow trusted services to access a network-restricted container registry",
      path: "networkRuleBypassOptions",
      must: unsetOr("AzureServices", "None"),
      good: "None",
      bad: "All",
    },
    {
      id: "AZR-000010",
      also: ["CKV_AZURE_167"],
      title: "Images without a tag go away.",
      path: "policies.retentionPolicy.status",
      must: oneOf("enabled"),
      good: "enabled",
      bad: "disabled",
      where: isPremium,
      given: { sku: { name: "Premium" } },
    },
    {
      id: "ROT-ACR-3",
      title: "Images without a tag stay long enough to go back to them.",
      reference: "Set a retention policy for untagged manifests",
      path: "policies.retentionPolicy.days",
      must: between(7, 365),
      good: 30,
      bad: 0,
      where: isPremium,
      given: { sku: { name: "Premium" } },
    },
    {
      id: "ROT-ACR-4",
      title: "Images leave the registry through its own address only.",
      reference: "Disable export of artifacts from an Azure container registry",
      path: "policies.exportPolicy.status",
      must: oneOf("disabled"),
      good: "disabled",
      bad: "enabled",
      where: isPremium,
      given: { sku: { name: "Premium" } },
    },
  ),
  {
    id: "AZR-000402",
    title: "The registry answers nobody whom it does not know.",
    appliesTo: [REGISTRY],
    check: (props) =>
      props["publicNetworkAccess"] === "Disabled" ||
      at(props, "networkRuleSet.defaultAction") === "Deny"
        ? undefined
        : "publicNetworkAccess is not Disabled and networkRuleSet.defaultAction is not Deny.",
    good: { props: { networkRuleSet: { defaultAction: "Deny" } } },
    bad: { props: { publicNetworkAccess: "Enabled", networkRuleSet: { defaultAction: "Allow" } } },
  },
];

function isPremium(props: Parameters<Rule["check"]>[0]): boolean {
  return at(props, "sku.name") === "Premium";
}
