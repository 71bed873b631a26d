import * as keyvault from "@pulumi/azure-native/keyvault";
import * as pulumi from "@pulumi/pulumi";
import { grant } from "./access";
import { resourceName } from "./names";
import type { Network } from "./network";
import { type PlatformScope, shared } from "./scope";

export interface VaultArgs {
  readonly scope: PlatformScope;
  readonly network: Network;
  /** Makes the name unique in Azure and new after a destroy: a deleted name stays taken. */
  readonly suffix: pulumi.Input<string>;
}

/** The Key Vault that delivers credentials to pods; access by Azure RBAC only. */
export class Vault extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  readonly tenantId: pulumi.Output<string>;
  /** Whoever writes secrets comes after this. */
  readonly writable: pulumi.Resource;

  constructor(name: string, args: VaultArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rotation:platform:Vault", name, {}, opts);
    const { deployer, naming } = args.scope;
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
          enableRbacAuthorization: true,
          enableSoftDelete: true,
          softDeleteRetentionInDays: 7,
        },
      },
      { parent: this },
    );
    this.id = vault.id;
    this.name = vault.name;
    this.tenantId = pulumi.output(deployer.tenantId);
    this.writable = grant(
      "deployer-vault",
      { principalId: deployer.objectId, principalType: deployer.type, scope: vault.id },
      { parent: this },
    );
    this.registerOutputs({ vaultName: this.name });
  }
}
