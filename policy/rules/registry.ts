import type { Rule } from "./rule";
import { like, oneOf, settings, unsetOr } from "./setting";
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
    },
    {
      id: "AZR-000006",
      title: "The registry is of a kind for production.",
      path: "sku.name",
      must: oneOf("Standard", "Premium"),
    },
    {
      id: "AZR-000007",
      title: "The name of the registry is one that Azure takes.",
      path: "registryName",
      must: like(/^[A-Za-z0-9]{5,50}$/),
    },
    {
      id: "AZR-000401",
      also: ["CKV_AZURE_138"],
      title: "Nobody pulls without a name.",
      path: "anonymousPullEnabled",
      must: unsetOr(false),
    },
    {
      id: "CKV_AZURE_139",
      title: "The registry has no public address.",
      path: "publicNetworkAccess",
      must: oneOf("Disabled"),
    },
    {
      id: "CKV_AZURE_233",
      title: "The registry is in all zones.",
      path: "zoneRedundancy",
      must: oneOf("Enabled"),
    },
    {
      id: "CKV_AZURE_237",
      title: "Layers come from an address of the registry's own.",
      path: "dataEndpointEnabled",
      must: oneOf(true),
    },
    {
      id: "AZR-000010",
      also: ["CKV_AZURE_167"],
      title: "Images without a tag go away.",
      path: "policies.retentionPolicy.status",
      must: oneOf("enabled"),
      where: isPremium,
    },
    {
      id: "ROT-ACR-4",
      title: "Images leave the registry through its own address only.",
      reference: "Disable export of artifacts from an Azure container registry",
      path: "policies.exportPolicy.status",
      must: oneOf("disabled"),
      where: isPremium,
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
  },
];

function isPremium(props: Parameters<Rule["check"]>[0]): boolean {
  return at(props, "sku.name") === "Premium";
}
