import { actionMatches } from "../../../azure/conditions";

/** What a built-in role allows, as far as the twin asks. `*` stands for anything. */
interface Role {
  readonly name: string;
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
  readonly dataActions?: readonly string[];
}

/** Built-in roles by the GUID of their definition (Microsoft Learn, "Azure built-in roles"). */
export const ROLES: Readonly<Record<string, Role>> = {
  "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": { name: "Owner", actions: ["*"] },
  "b24988ac-6180-42a0-ab88-20f7382dd24c": {
    name: "Contributor",
    actions: ["*"],
    notActions: ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"],
  },
  "acdd72a7-3385-48ef-bd42-f606fba81ae7": { name: "Reader", actions: ["*/read"] },
  "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": {
    name: "User Access Administrator",
    actions: ["*/read", "Microsoft.Authorization/*"],
  },
  "f58310d9-a9f6-439a-9e8d-f62e7b41a168": {
    name: "Role Based Access Control Administrator",
    actions: [
      "Microsoft.Authorization/roleAssignments/write",
      "Microsoft.Authorization/roleAssignments/delete",
      "*/read",
    ],
  },
  "4d97b98b-1d4f-4787-a291-c67834d212e7": {
    name: "Network Contributor",
    actions: ["Microsoft.Network/*"],
  },
  "b12aa53e-6015-4669-85d0-8515ebb3ae7f": {
    name: "Private DNS Zone Contributor",
    actions: [
      "Microsoft.Network/privateDnsZones/*",
      "Microsoft.Network/virtualNetworks/join/action",
    ],
  },
  "f1a07417-d97a-45cb-824c-7a7467783830": {
    name: "Managed Identity Operator",
    actions: [
      "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
      "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
    ],
  },
  "00482a5a-887f-4fb3-b363-3b7fe8e74483": {
    name: "Key Vault Administrator",
    dataActions: ["Microsoft.KeyVault/vaults/*"],
  },
  "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": {
    name: "Key Vault Secrets Officer",
    dataActions: ["Microsoft.KeyVault/vaults/secrets/*"],
  },
  "4633458b-17de-408a-b874-0445c86b69e6": {
    name: "Key Vault Secrets User",
    dataActions: [
      "Microsoft.KeyVault/vaults/secrets/getSecret/action",
      "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
    ],
  },
  "21090545-7ca7-4776-b22c-e363652d74d2": {
    name: "Key Vault Reader",
    dataActions: [
      "Microsoft.KeyVault/vaults/*/read",
      "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
    ],
  },
  "7f951dda-4ed3-4680-a7ca-43fe172d538d": {
    name: "AcrPull",
    actions: ["Microsoft.ContainerRegistry/registries/pull/read"],
  },
  "4abbcc35-e782-43d8-92c5-2d3f1bd2253f": {
    name: "Azure Kubernetes Service Cluster User Role",
    actions: ["Microsoft.ContainerService/managedClusters/listClusterUserCredential/action"],
  },
  "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b": {
    name: "Azure Kubernetes Service RBAC Cluster Admin",
    dataActions: ["Microsoft.ContainerService/managedClusters/*"],
  },
  "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb": {
    name: "Azure Kubernetes Service RBAC Writer",
    dataActions: ["Microsoft.ContainerService/managedClusters/*"],
  },
  "3913510d-42f4-4e42-8a64-420c390055eb": {
    name: "Monitoring Metrics Publisher",
    dataActions: ["Microsoft.Insights/Metrics/Write"],
  },
};

/** The GUID at the end of a role definition's id, lower case. */
export function roleGuid(roleDefinitionId: string): string {
  return roleDefinitionId.split("/").at(-1)?.toLowerCase() ?? "";
}

export function roleAllows(
  roleDefinitionId: string,
  kind: "action" | "dataAction",
  operation: string,
): boolean {
  const role = ROLES[roleGuid(roleDefinitionId)];
  if (!role) {
    return false;
  }
  const allowed = (kind === "action" ? role.actions : role.dataActions) ?? [];
  return (
    allowed.some((pattern) => actionMatches(pattern, operation)) &&
    !(role.notActions ?? []).some((pattern) => actionMatches(pattern, operation))
  );
}
