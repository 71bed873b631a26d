import * as eventgrid from "@pulumi/azure-native/eventgrid";
import * as pulumi from "@pulumi/pulumi";
import { resourceName } from "./azureNames";
import { type PlatformScope, shared } from "./scope";

export interface VaultEventsArgs {
  /** Where it is made, and how it is named. */
  readonly scope: PlatformScope;
  /** Resource id of the vault. A change replaces the topic, and with it every subscription. */
  readonly vaultId: pulumi.Input<string>;
}

/**
 * The topic of the vault's events, of which Azure has one for each vault; applications subscribe.
 *
 * When the counter grows nothing in here changes.
 */
export class VaultEvents extends pulumi.ComponentResource {
  /** Name of the topic. */
  readonly topicName: pulumi.Output<string>;

  constructor(
    name: string,
    { scope, vaultId }: VaultEventsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("rotation:platform:VaultEvents", name, {}, opts);
    this.topicName = new eventgrid.SystemTopic(
      name,
      {
        ...shared(scope),
        systemTopicName: resourceName("systemTopic", scope.naming),
        source: vaultId,
        topicType: "Microsoft.KeyVault.vaults",
      },
      { parent: this },
    ).name;
    this.registerOutputs({});
  }
}
