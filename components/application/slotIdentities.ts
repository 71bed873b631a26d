import * as managedidentity from "@pulumi/azure-native/managedidentity";
import * as pulumi from "@pulumi/pulumi";
import { type ACCESS, type Assignment, assignment, grant, type GrantsBy } from "../platform/access";
import { applicationNameProblem, namesOf, podNames, type SlotName, type Strategy } from "../plan";
import { resourceName } from "../platform/azureNames";
import { refuseInputs } from "../arguments/inputProblems";
import { type ResourceScope, shared } from "../platform/scope";

export interface SlotIdentitiesArgs {
  /** Where the identities are created, and how they are named. */
  readonly scope: ResourceScope;
  /** Issuer of the cluster's service account tokens: `oidcIssuerProfile.issuerURL` of AKS. */
  readonly issuer: pulumi.Input<string>;
  /** Namespace of the service accounts; plain, because it is part of what is trusted. */
  readonly namespace: string;
  /** Resource id of the vault with the secrets. */
  readonly vaultId: pulumi.Input<string>;
  /**
   * Who grants them their secrets; somebody else goes by the list in `grants`.
   * @default program
   */
  readonly grants?: GrantsBy;
  /**
   * Whether one release has the pods of both slots, which then have service accounts outside of it.
   * @default "blueGreen", in which each slot's release has its own
   */
  readonly strategy?: Strategy | undefined;
  /**
   * A strategy that is left: pods of both act as the slots' identities meanwhile.
   * @default none
   */
  readonly leaving?: Strategy | undefined;
  /**
   * Whether pods of their own hold the slots' Secrets, for the vault's driver to write.
   * @default none does
   */
  readonly isHeld?: boolean | undefined;
}

/** A DNS label, as Kubernetes requires. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** `proofs` reads the rotator's secret. */
type Who = "blue" | "green" | "proofs" | "retired";

interface Access {
  /** Vault secrets that the identity may read, by the row of the access table. */
  readonly secrets: Readonly<Partial<Record<keyof typeof ACCESS, string>>>;
  /** Service accounts that may act as the identity. */
  readonly accounts: readonly string[];
}

/** What each identity may read, and who may act as it. */
function identitiesOf(
  application: string,
  {
    isHeld = false,
    leaving,
    strategy = "blueGreen",
  }: Pick<SlotIdentitiesArgs, "isHeld" | "leaving" | "strategy">,
): Readonly<Record<Who, Access>> {
  const { proofAccounts, secrets, slot } = namesOf(application);
  const [blue, green] = [slot("blue"), slot("green")];
  const podsOf = (which: SlotName) =>
    [...new Set([leaving ?? strategy, strategy])].map(
      (each) => podNames(application, which, each).account,
    );
  const holders = (account: string) => (isHeld ? [account] : []);
  return {
    blue: {
      secrets: { "blue-secret": blue.secret },
      accounts: [
        ...[...podsOf("blue"), blue.proofAccount, blue.answersAccount],
        ...holders(blue.holderAccount),
      ],
    },
    green: {
      secrets: { "green-secret": green.secret },
      accounts: [
        ...[...podsOf("green"), green.proofAccount, green.answersAccount],
        ...holders(green.holderAccount),
      ],
    },
    proofs: {
      secrets: { "proofs-rotator": secrets.rotator },
      accounts: [
        blue.proofAccount,
        green.proofAccount,
        proofAccounts.drained,
        proofAccounts.refused,
      ],
    },
    retired: {
      secrets: { "retired-secret": secrets.retired },
      accounts: [proofAccounts.refused],
    },
  };
}

/**
 * One identity per vault secret, which may read that one and no other: those of the slots, of the
 * rotator and of the retired credential. A proof's account may act as those that it needs. They
 * belong to no rotation because a grant takes minutes to work.
 */
export class SlotIdentities extends pulumi.ComponentResource {
  readonly clientIds: Readonly<Record<Who, pulumi.Output<string>>>;
  /** The roles that they need. */
  readonly grants: readonly Assignment[];
  private readonly assignments: Assignment[] = [];

  constructor(
    private readonly name: string,
    private readonly args: SlotIdentitiesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("rotation:platform:SlotIdentities", name, {}, opts);
    refuseInputs(name, [
      ["scope.naming.application", applicationNameProblem(args.scope.naming.application)],
      ["namespace", namespaceProblem(args.namespace)],
    ]);
    this.clientIds = {
      blue: this.identity("blue"),
      green: this.identity("green"),
      proofs: this.identity("proofs"),
      retired: this.identity("retired"),
    };
    this.grants = this.assignments;
    this.registerOutputs({ clientIds: this.clientIds });
  }

  private identity(who: Who): pulumi.Output<string> {
    const { grants = "program", scope, issuer, namespace, vaultId } = this.args;
    const { secrets, accounts } = identitiesOf(scope.naming.application, this.args)[who];
    const identity = new managedidentity.UserAssignedIdentity(
      `${this.name}-${who}`,
      { ...shared(scope), resourceName: resourceName("identity", scope.naming, who) },
      { parent: this },
    );
    let before: pulumi.Resource[] = [];
    for (const account of accounts) {
      // Sequential: Azure refuses concurrent writes under one identity.
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
    for (const [row, secret] of Object.entries(secrets)) {
      const needed = assignment(row as keyof typeof secrets, {
        principalId: identity.principalId,
        scope: pulumi.interpolate`${vaultId}/secrets/${secret}`,
      });
      this.assignments.push(needed);
      if (grants === "program") {
        grant(needed.key, needed.args, { parent: this });
      }
    }
    return identity.clientId;
  }
}

function namespaceProblem(namespace: string): string | undefined {
  return NAMESPACE.test(namespace)
    ? undefined
    : `must be up to 63 lowercase letters, digits and inner hyphens, not "${namespace}".`;
}
