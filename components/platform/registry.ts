import * as containerregistry from "@pulumi/azure-native/containerregistry";
import * as pulumi from "@pulumi/pulumi";
import { grant } from "./access";
import { resourceName } from "./names";
import type { Network } from "./network";
import { type PlatformScope, shared } from "./scope";

export interface RegistryArgs {
  readonly scope: PlatformScope;
  readonly network: Network;
  /** Makes the name unique in Azure. */
  readonly suffix: pulumi.Input<string>;
  /** Object id of the identity that pulls images. */
  readonly kubeletId: pulumi.Input<string>;
}

/** The registry of the two images; only the cluster's nodes may pull. */
export class Registry extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** Host name that images are tagged with. */
  readonly loginServer: pulumi.Output<string>;

  constructor(name: string, args: RegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rotation:platform:Registry", name, {}, opts);
    const { scope } = args;
    const registry = new containerregistry.Registry(
      name,
      {
        ...shared(scope),
        registryName: pulumi
          .output(args.suffix)
          .apply((suffix) => resourceName("registry", scope.naming, suffix)),
        sku: { name: scope.profile.registry.sku },
        adminUserEnabled: false,
      },
      { parent: this },
    );
    grant(
      "kubelet-registry",
      { principalId: args.kubeletId, scope: registry.id },
      { parent: this },
    );
    this.id = registry.id;
    this.loginServer = registry.loginServer;
    this.registerOutputs({ loginServer: this.loginServer });
  }
}
