import * as keyvault from "@pulumi/azure-native/keyvault";
import * as pulumi from "@pulumi/pulumi";
import { grant } from "./access";
import { deletedVaultHook } from "./deletedVault";
import { resourceName } from "./azureNames";
import type { Network } from "./network";
import { privateEndpoint } from "./privateEndpoint";
import { type PlatformScope, shared } from "./scope";

export interface VaultArgs {
  /** Where it is made, how it is named, and how much of it there is. */
  readonly scope: PlatformScope;
  /** Where its private endpoint and its private name are. */
  readonly network: Network;
  /**
   * Makes the name unique in Azure and new after a destroy: a deleted name stays taken. A change
   * replaces the vault with its secrets.
   */
  readonly suffix: pulumi.Input<string>;
}

/**
 * The Key Vault that delivers credentials to pods. Azure RBAC decides alone; nothing reaches it but
 * its private endpoint and, in profile dev, the deployer's ranges.
 */
export class Vault extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  readonly resourceGroupName: pulumi.Output<string>;
  readonly tenantId: pulumi.Output<string>;
  /** Address of its secrets. */
  readonly uri: pulumi.Output<string>;
  /** The vault itself: its secrets go with it. */
  readonly resource: pulumi.Resource;
  /** Whoever reads secrets comes after this: there is a way to the vault, and a right to read. */
  readonly readable: pulumi.Resource;

  constructor(name: string, args: VaultArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rotation:platform:Vault", name, {}, opts);
    const { deployer, naming, profile } = args.scope;
    const vault = new keyvault.Vault(
      name,
      {
        ...shared(args.scope),
        vaultName: pulumi
          .output(args.suffix)
          .apply((suffix) => resourceName("vault", naming, suffix)),
        properties: {
          tenantId: deployer.tenantId,
          sku: { family: keyvault.SkuFamily.A, name: keyvault.SkuName.Standard },
          // Said aloud, because the default of it changes with the API version 2026-02-01.
          enableRbacAuthorization: true,
          enableSoftDelete: true,
          softDeleteRetentionInDays: profile.vault.retentionDays,
          // Azure refuses `false`, because nobody can take it back: it is true or not there.
          ...(profile.vault.purgeProtection && { enablePurgeProtection: true }),
          enabledForDeployment: false,
          enabledForDiskEncryption: false,
          enabledForTemplateDeployment: false,
          ...reach(args.scope),
        },
      },
      {
        parent: this,
        protect: profile.protect,
        hooks: { onError: [deletedVaultHook(name, args.scope)] },
      },
    );
    this.resource = vault;
    this.id = vault.id;
    this.name = vault.name;
    this.resourceGroupName = pulumi.output(args.scope.resourceGroupName);
    this.tenantId = pulumi.output(deployer.tenantId);
    this.uri = vault.properties.vaultUri;
    const reachable = privateEndpoint(
      `${name}-endpoint`,
      {
        scope: args.scope,
        network: args.network,
        zone: args.network.zones.vault,
        service: { id: vault.id, groupId: "vault" },
      },
      { parent: this },
    );
    this.readable = grant(
      "deployer-vault",
      { principalId: deployer.objectId, principalType: deployer.type, scope: vault.id },
      { parent: this, dependsOn: [reachable] },
    );
    this.registerOutputs({ vaultName: this.name });
  }
}

/** Who reaches the vault besides its private endpoint; whatever is not named here is denied. */
function reach({ profile, deployer }: PlatformScope) {
  const open = profile.vault.publicAccess;
  return {
    publicNetworkAccess: open ? "Enabled" : "Disabled",
    networkAcls: {
      defaultAction: keyvault.NetworkRuleAction.Deny,
      // The control plane writes secrets as a trusted service (Azure: "Key Vault network security").
      bypass: keyvault.NetworkRuleBypassOptions.AzureServices,
      ipRules: open ? deployer.ranges.map((value) => ({ value })) : [],
      virtualNetworkRules: [],
    },
  };
}
