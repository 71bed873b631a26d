import * as containerregistry from "@pulumi/azure-native/containerregistry";
import * as pulumi from "@pulumi/pulumi";
import { grant } from "./access";
import { resourceName } from "./azureNames";
import type { Network } from "./network";
import { privateEndpoint } from "./privateEndpoint";
import { type PlatformScope, shared } from "./scope";

export interface RegistryArgs {
  /** Where it is made, how it is named, and how much of it there is. */
  readonly scope: PlatformScope;
  /** Where its private endpoint and its private name are. */
  readonly network: Network;
  /** Makes the name unique in Azure. A change replaces the registry with its images. */
  readonly suffix: pulumi.Input<string>;
  /** Object id of the identity that pulls images. */
  readonly kubeletId: pulumi.Input<string>;
}

/** Days after which an image that lost its tag is deleted; more than a credential lives. */
const RETENTION_DAYS = 365;

/** The registry of the two images; only the cluster's nodes may pull. */
export class Registry extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** Host name that images are tagged with. */
  readonly loginServer: pulumi.Output<string>;

  constructor(name: string, args: RegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rotation:platform:Registry", name, {}, opts);
    const { scope, network } = args;
    const { sku } = scope.profile.registry;
    const registry = new containerregistry.Registry(
      name,
      {
        ...shared(scope),
        registryName: pulumi
          .output(args.suffix)
          .apply((suffix) => resourceName("registry", scope.naming, suffix)),
        sku: { name: sku },
        adminUserEnabled: false,
        anonymousPullEnabled: false,
        ...(sku === "Premium" && premium()),
      },
      { parent: this },
    );
    if (network.zones.registry !== undefined) {
      privateEndpoint(
        `${name}-endpoint`,
        {
          scope,
          network,
          zone: network.zones.registry,
          service: { id: registry.id, groupId: "registry" },
        },
        { parent: this },
      );
    }
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

/**
 * What other SKUs do not have. No quarantine: nothing would ever release an image from it. No
 * content trust: Azure gives it to no new registry.
 */
function premium() {
  return {
    publicNetworkAccess: containerregistry.PublicNetworkAccess.Disabled,
    // Microsoft Defender scans the images.
    networkRuleBypassOptions: containerregistry.NetworkRuleBypassOptions.AzureServices,
    dataEndpointEnabled: true,
    zoneRedundancy: containerregistry.ZoneRedundancy.Enabled,
    policies: {
      exportPolicy: { status: containerregistry.ExportPolicyStatus.Disabled },
      retentionPolicy: {
        status: containerregistry.PolicyStatus.Enabled,
        days: RETENTION_DAYS,
      },
    },
  };
}
