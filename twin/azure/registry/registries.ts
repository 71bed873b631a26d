import { flagAt, textAt, type PlainObject } from "../arm/plain";
import { IN_GROUP, type Put } from "../arm/resourceType";
import { demand, resourceType } from "../arm/common";

const registry = resourceType({
  token: "azure-native:containerregistry:Registry",
  armType: "Microsoft.ContainerRegistry/registries",
  apiVersion: "2023-01-01-preview",
  path: `${IN_GROUP}/providers/Microsoft.ContainerRegistry/registries/{registryName}`,
  names: { registryName: { pattern: /^[a-zA-Z0-9]*$/, minLength: 5, maxLength: 50 } },
  locationRequired: true,
  replaceOn: ["location"],
  put(put) {
    const { cloud, id, inputs, echo, previous, name } = put;
    const sku = textAt(inputs, "sku.name");
    demand(
      ["Basic", "Standard", "Premium"].includes(sku),
      "InvalidSku",
      `sku.name of registry ${name} must be Basic, Standard or Premium.`,
    );
    const taken = cloud.resources
      .all(registry.armType)
      .find((other) => other.id.toLowerCase() !== id.toLowerCase() && sameName(other.name, name));
    demand(
      taken === undefined,
      "AlreadyInUse",
      `The registry DNS name ${name.toLowerCase()}.azurecr.io is already in use. You can check if ` +
        "the name is already claimed using following API: " +
        "https://docs.microsoft.com/en-us/rest/api/containerregistry/registries/checknameavailability",
    );
    requirePremium(inputs, sku);
    requireSameZoneRedundancy(put);
    const status: PlainObject = { displayStatus: "Ready", message: "", timestamp: "" };
    return {
      ...echo,
      sku: { name: sku, tier: sku },
      loginServer: `${name.toLowerCase()}.azurecr.io`,
      creationDate: previous?.outputs["creationDate"] ?? new Date().toISOString(),
      status,
    };
  },
});

/** What only the largest SKU has (Learn, "Azure Container Registry SKU features and limits"). */
function requirePremium(inputs: PlainObject, sku: string): void {
  const wanted = [
    {
      is: textAt(inputs, "publicNetworkAccess") === "Disabled",
      code: "DisablingPublicNetworkAccessNotSupported",
      what: "Disabling public network access is",
      more: " For more information, please visit https://aka.ms/acr/private-link.",
    },
    {
      is: textAt(inputs, "zoneRedundancy") === "Enabled",
      code: "ZoneRedundancyNotSupported",
      what: "Zone redundancy is",
      more: "",
    },
    {
      is: textAt(inputs, "policies.retentionPolicy.status") === "enabled",
      code: "RetentionPolicyNotSupported",
      what: "A retention policy is",
      more: "",
    },
    {
      is: textAt(inputs, "policies.exportPolicy.status") === "disabled",
      code: "ExportPolicyNotSupported",
      what: "Disabling exports is",
      more: "",
    },
    {
      is: flagAt(inputs, "dataEndpointEnabled"),
      code: "DataEndpointNotSupported",
      what: "A dedicated data endpoint is",
      more: "",
    },
  ];
  for (const { is, code, what, more } of wanted) {
    demand(!is || sku === "Premium", code, `${what} not supported for the SKU ${sku}.${more}`);
  }
}

function requireSameZoneRedundancy({ inputs, previous, name }: Put): void {
  const of = (some: PlainObject | undefined) => textAt(some, "zoneRedundancy") || "Disabled";
  demand(
    previous === undefined || of(previous.inputs) === of(inputs),
    "ZoneRedundancyCannotBeChanged",
    `Zone redundancy of registry ${name} is chosen at creation and cannot be changed.`,
  );
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

export const registryTypes = [registry];
