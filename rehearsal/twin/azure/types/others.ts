import { textAt, type PlainObject } from "../plain";
import { IN_GROUP } from "../resourceType";
import { demand, resourceType } from "./common";

const registry = resourceType({
  token: "azure-native:containerregistry:Registry",
  armType: "Microsoft.ContainerRegistry/registries",
  apiVersion: "2023-01-01-preview",
  path: `${IN_GROUP}/providers/Microsoft.ContainerRegistry/registries/{registryName}`,
  names: { registryName: { pattern: /^[a-zA-Z0-9]*$/, minLength: 5, maxLength: 50 } },
  locationRequired: true,
  replaceOn: ["location"],
  put({ cloud, id, inputs, echo, previous, name }) {
    const sku = textAt(inputs, "sku.name");
    demand(
      ["Basic", "Standard", "Premium"].includes(sku),
      "InvalidSku",
      `sku.name of registry ${name} must be Basic, Standard or Premium.`,
    );
    const taken = cloud.resources
      .all(registry.armType)
      .find((other) => other.id.toLowerCase() !== id.toLowerCase() && sameName(other.name, name));
    demand(taken === undefined, "AlreadyInUse", `The registry DNS name ${name} is already in use.`);
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

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

export const otherTypes = [registry];
