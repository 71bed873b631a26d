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
      title: "The registry's admin account is disabled.",
      path: "adminUserEnabled",
      must: oneOf(false),
    },
    {
      id: "AZR-000006",
      title: "The registry uses a production SKU.",
      path: "sku.name",
      must: oneOf("Standard", "Premium"),
    },
    {
      id: "AZR-000007",
      title: "The registry's name is valid in Azure.",
      path: "registryName",
      must: like(/^[A-Za-z0-9]{5,50}$/),
    },
    {
      id: "AZR-000401",
      also: ["CKV_AZURE_138"],
      title: "Anonymous pull is disabled.",
      path: "anonymousPullEnabled",
      must: unsetOr(false),
    },
    {
      id: "CKV_AZURE_139",
      title: "The registry has no public access.",
      path: "publicNetworkAccess",
      must: oneOf("Disabled"),
    },
    {
      id: "CKV_AZURE_233",
      title: "The registry is zone redundant.",
      path: "zoneRedundancy",
      must: oneOf("Enabled"),
    },
    {
      id: "CKV_AZURE_237",
      title: "The registry has a dedicated data endpoint.",
      path: "dataEndpointEnabled",
      must: oneOf(true),
    },
    {
      id: "AZR-000010",
      also: ["CKV_AZURE_167"],
      title: "Untagged images are deleted.",
      path: "policies.retentionPolicy.status",
      must: oneOf("enabled"),
      where: isPremium,
    },
    {
      id: "ROT-ACR-4",
      title: "Image export is disabled.",
      reference: "Disable export of artifacts from an Azure container registry",
      path: "policies.exportPolicy.status",
      must: oneOf("disabled"),
      where: isPremium,
    },
  ),
  {
    id: "AZR-000402",
    title: "The registry denies unknown networks.",
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
