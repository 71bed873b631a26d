import { PrincipalType } from "@pulumi/azure-native/authorization";
import * as managedidentity from "@pulumi/azure-native/managedidentity";
import * as pulumi from "@pulumi/pulumi";
import { resourceName } from "./names";
import { roleAssignment } from "./roleAssignment";
import { type PlatformScope, shared } from "./scope";

export interface SlotIdentitiesArgs {
  readonly scope: PlatformScope;
  /** Issuer of the cluster's service account tokens. */
  readonly issuer: pulumi.Input<string>;
  /** Namespace of the service accounts; plain, because it is part of what is trusted. */
  readonly namespace: string;
  readonly vaultId: pulumi.Input<string>;
}

type Who = "blue" | "green" | "proofs";

/** What each identity may read, and the service accounts that may act as it. */
function access(application: string): Record<Who, { secrets: string[]; accounts: string[] }> {
  const slot = (name: string) => ({
    secrets: [`${application}-${name}`],
    accounts: [`${application}-${name}`, `${application}-proof-${name}`],
  });
  return {
    blue: slot("blue"),
    green: slot("green"),
    proofs: {
      secrets: [`${application}-rotator`, `${application}-retired`],
      accounts: [`${application}-proof-blue`, `${application}-proof-green`],
    },
  };
}

/**
 * One identity per slot that may read that slot's vault secret and no other, and one for what only
 * the proofs may read. They belong to the platform because a grant takes minutes to work.
 */
export class SlotIdentities extends pulumi.ComponentResource {
  readonly clientIds: Readonly<Record<Who, pulumi.Output<string>>>;

  constructor(
    private readonly name: string,
    private readonly args: SlotIdentitiesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("rotation:platform:SlotIdentities", name, {}, opts);
    this.clientIds = {
      blue: this.identity("blue"),
      green: this.identity("green"),
      proofs: this.identity("proofs"),
    };
    this.registerOutputs({ clientIds: this.clientIds });
  }

  private identity(who: Who): pulumi.Output<string> {
    const { scope, issuer, namespace, vaultId } = this.args;
    const { secrets, accounts } = access(scope.naming.application)[who];
    const identity = new managedidentity.UserAssignedIdentity(
      `${this.name}-${who}`,
      { ...shared(scope), resourceName: resourceName("identity", scope.naming, who) },
      { parent: this },
    );
    let before: pulumi.Resource[] = [];
    for (const account of accounts) {
      // One after another: Azure refuses two writes under one identity at the same time.
      before = [
        new managedidentity.FederatedIdentityCredential(
          `${this.name}-${who}-${account}`,
          {
            resourceGroupName: scope.resourceGroupName,
            resourceName: identity.name,
            federatedIdentityCredentialResourceName: account,
            issuer,
            subject: `system:serviceaccount:${namespace}:${account}`,
            audiences: ["api://AzureADTokenExchange"],
          },
          { parent: this, dependsOn: before },
        ),
      ];
    }
    for (const secret of secrets) {
      roleAssignment(
        `${this.name}-${who}-${secret}`,
        {
          role: "keyVaultSecretsUser",
          principalId: identity.principalId,
          principalType: PrincipalType.ServicePrincipal,
          scope: pulumi.interpolate`${vaultId}/secrets/${secret}`,
        },
        { parent: this },
      );
    }
    return identity.clientId;
  }
}
