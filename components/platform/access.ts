import * as authorization from "@pulumi/azure-native/authorization";
import * as pulumi from "@pulumi/pulumi";

/** Built-in Azure roles by id. */
export const AZURE_ROLES = {
  /** Pull images. */
  acrPull: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
  /** Administer a cluster through Azure RBAC. */
  aksClusterAdmin: "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
  /** Write a resource, but grant nothing. */
  contributor: "b24988ac-6180-42a0-ab88-20f7382dd24c",
  /** Write and delete secrets. */
  keyVaultSecretsOfficer: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
  /** Read secret values. */
  keyVaultSecretsUser: "4633458b-17de-408a-b874-0445c86b69e6",
  /** Give a resource this identity. */
  managedIdentityOperator: "f1a07417-d97a-45cb-824c-7a7467783830",
  /** Write network resources; the only built-in role that may join subnets and firewall policies. */
  networkContributor: "4d97b98b-1d4f-4787-a291-c67834d212e7",
  /** Read a resource. */
  reader: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
} as const;

interface Grant {
  readonly principal: string;
  readonly role: keyof typeof AZURE_ROLES;
  /** What the role is granted on. */
  readonly on: string;
  readonly why: string;
}

/** Every role assignment of a stack; nothing else is granted. */
export const ACCESS = {
  "control-plane-nodes": {
    principal: "control plane of the cluster",
    role: "networkContributor",
    on: "subnet of the nodes",
    why: "joins nodes to it; has to exist before the cluster",
  },
  "kubelet-registry": {
    principal: "kubelet",
    role: "acrPull",
    on: "registry",
    why: "pulls the two images",
  },
  "ingress-gateway": {
    principal: "ingress controller",
    role: "contributor",
    on: "gateway",
    why: "writes its routes and pools",
  },
  "ingress-group": {
    principal: "ingress controller",
    role: "reader",
    on: "resource group",
    why: "finds the gateway and its address",
  },
  "ingress-subnet": {
    principal: "ingress controller",
    role: "networkContributor",
    on: "subnet of the gateway",
    why: "a write of the gateway joins it again",
  },
  "ingress-identity": {
    principal: "ingress controller",
    role: "managedIdentityOperator",
    on: "identity of the gateway",
    why: "a write of the gateway gives it this identity again",
  },
  "ingress-firewall": {
    principal: "ingress controller",
    role: "networkContributor",
    on: "firewall policy",
    why: "a write of the gateway joins it again",
  },
  "gateway-certificate": {
    principal: "identity of the gateway",
    role: "keyVaultSecretsUser",
    on: "certificate in its vault",
    why: "serves TLS with it",
  },
  "deployer-cluster": {
    principal: "whoever runs `pulumi up`",
    role: "aksClusterAdmin",
    on: "cluster",
    why: "makes releases, Jobs and the Ingress",
  },
  "deployer-vault": {
    principal: "whoever runs `pulumi up`",
    role: "keyVaultSecretsUser",
    on: "vault",
    why: "looks at the credentials in force before a move",
  },
  "deployer-retired": {
    principal: "whoever runs `pulumi up`",
    role: "keyVaultSecretsOfficer",
    on: "secret of the retired credential",
    why: "deletes it, the only secret that a move deletes",
  },
  "blue-secret": {
    principal: "pods and proofs of blue",
    role: "keyVaultSecretsUser",
    on: "secret of blue",
    why: "mount its credential",
  },
  "green-secret": {
    principal: "pods and proofs of green",
    role: "keyVaultSecretsUser",
    on: "secret of green",
    why: "mount its credential",
  },
  "proofs-rotator": {
    principal: "proofs before promotion, of the drain and of the refusal",
    role: "keyVaultSecretsUser",
    on: "secret of the rotator",
    why: "count and end sessions",
  },
  "retired-secret": {
    principal: "proof of the refusal",
    role: "keyVaultSecretsUser",
    on: "secret of the retired credential",
    why: "prove that it is refused",
  },
} as const satisfies Record<string, Grant>;

export interface GrantArgs {
  /** Object id of whom the role is granted to. */
  readonly principalId: pulumi.Input<string>;
  /**
   * With it, Azure does not look up a new identity.
   * @default ServicePrincipal
   */
  readonly principalType?: authorization.PrincipalType;
  /** Resource id of what the role is granted on. */
  readonly scope: pulumi.Input<string>;
}

/** Who makes the role assignments of an application's identities. */
export type GrantsBy = "program" | "existing";

export const GRANTS_BY: readonly GrantsBy[] = ["program", "existing"];

/** One row of the table, for somebody. */
export interface Assignment {
  readonly key: keyof typeof ACCESS;
  readonly args: GrantArgs;
}

export function assignment(key: keyof typeof ACCESS, args: GrantArgs): Assignment {
  return { key, args };
}

/** The same for people, and for the scripts of whoever assigns it. */
export interface ListedGrant {
  /** Object id. */
  readonly principalId: pulumi.Input<string>;
  /** Id of a built-in role. */
  readonly role: string;
  /** Resource id. */
  readonly scope: pulumi.Input<string>;
  readonly why: string;
}

export function listed({ key, args: { principalId, scope } }: Assignment): ListedGrant {
  const { principal, role, why } = ACCESS[key];
  return { principalId, role: AZURE_ROLES[role], scope, why: `${principal}: ${why}` };
}

/**
 * Makes one row of the table; its logical name is the row's key. Azure keeps an assignment's role, so
 * another one is another assignment.
 */
export function grant(
  key: keyof typeof ACCESS,
  { principalId, principalType = authorization.PrincipalType.ServicePrincipal, scope }: GrantArgs,
  opts: pulumi.CustomResourceOptions,
): authorization.RoleAssignment {
  return new authorization.RoleAssignment(
    key,
    {
      principalId,
      principalType,
      scope,
      roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${AZURE_ROLES[ACCESS[key].role]}`,
    },
    { ...opts, replaceOnChanges: ["roleDefinitionId"] },
  );
}
