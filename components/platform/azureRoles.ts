/** Built-in Azure roles by id, with what each grants here. */
export const AZURE_ROLES = {
  /** Read secret values. To an identity, on exactly one secret. */
  keyVaultSecretsUser: "4633458b-17de-408a-b874-0445c86b69e6",
  /** Write secrets. To whoever runs `pulumi up`, on the vault. */
  keyVaultSecretsOfficer: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
  /** Join subnets. To the cluster's control plane and to the ingress add-on. */
  networkContributor: "4d97b98b-1d4f-4787-a291-c67834d212e7",
  /** Write the gateway's configuration. To the ingress add-on, on the gateway. */
  contributor: "b24988ac-6180-42a0-ab88-20f7382dd24c",
  /** Read the gateway's resource group. To the ingress add-on. */
  reader: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
  /** Administer the cluster through Azure RBAC. To whoever runs `pulumi up`. */
  aksClusterAdmin: "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
} as const;

export type AzureRole = keyof typeof AZURE_ROLES;
