import { randomUUID } from "node:crypto";
import { numberAt, textAt, type PlainObject } from "../plain";
import { IN_GROUP } from "../resourceType";
import { demand, resourceType } from "./common";

const workspace = resourceType({
  token: "azure-native:operationalinsights:Workspace",
  armType: "Microsoft.OperationalInsights/workspaces",
  apiVersion: "2023-09-01",
  path: `${IN_GROUP}/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}`,
  names: {
    workspaceName: {
      pattern: /^[A-Za-z0-9][A-Za-z0-9-]+[A-Za-z0-9]$/,
      minLength: 4,
      maxLength: 63,
    },
  },
  locationRequired: true,
  replaceOn: ["location"],
  inUse: "WorkspaceInUse",
  put({ inputs, echo, previous, name }) {
    const days = numberAt(inputs, "retentionInDays") ?? 30;
    demand(
      days >= 30 && days <= 730,
      "InvalidParameter",
      `retentionInDays of workspace ${name} must be from 30 to 730.`,
    );
    const now = new Date().toISOString();
    return {
      ...echo,
      retentionInDays: days,
      customerId: previous?.outputs["customerId"] ?? randomUUID(),
      createdDate: previous?.outputs["createdDate"] ?? now,
      modifiedDate: now,
    };
  },
});

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

export const otherTypes = [workspace, registry];
