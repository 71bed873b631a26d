import * as eventgrid from "@pulumi/azure-native/eventgrid";
import * as pulumi from "@pulumi/pulumi";
import { VAULT_EVENTS, type VaultAlert } from "../platform/alerts";
import { resourceName } from "../platform/azureNames";
import { type PlatformScope, shared } from "../platform/scope";

export interface VaultEventsArgs {
  readonly scope: PlatformScope;
  readonly vaultId: pulumi.Input<string>;
  readonly actionGroupId: pulumi.Input<string>;
  /** Alerts that the vault's events raise, by key. */
  readonly alerts: Readonly<Record<string, VaultAlert>>;
  /** Address that gets the vault's events; none when not set. */
  readonly endpoint: string | undefined;
}

/** Longest that Event Grid tries ("Event Grid message delivery and retry"). */
const RETRY = { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 };

/**
 * The vault's events: some are alerts, and all of a secret's go to an address of one's own. Event
 * Grid delivers at least once, so whoever listens has to stand repetition.
 *
 * The vault tells of versions only that were made after the first subscription ("Monitoring Key
 * Vault with Azure Event Grid"), so that of the alerts exists always.
 */
export class VaultEvents extends pulumi.ComponentResource {
  constructor(
    private readonly name: string,
    private readonly args: VaultEventsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("rotation:platform:VaultEvents", name, {}, opts);
    const { scope, vaultId, alerts, endpoint } = args;
    const topic = new eventgrid.SystemTopic(
      name,
      {
        ...shared(scope),
        systemTopicName: resourceName("systemTopic", scope.naming),
        source: vaultId,
        topicType: "Microsoft.KeyVault.vaults",
      },
      { parent: this },
    );
    for (const [key, alert] of Object.entries(alerts)) {
      this.alert(topic, key, alert);
    }
    if (endpoint !== undefined) {
      this.subscribe("events", topic, {
        filter: { includedEventTypes: Object.values(VAULT_EVENTS) },
        destination: { endpointType: "WebHook", endpointUrl: endpoint },
        retryPolicy: RETRY,
      });
    }
    this.registerOutputs({});
  }

  /** Events of the two slots' secrets; a renewed password of the rotator is nobody's business. */
  private alert(topic: eventgrid.SystemTopic, key: string, alert: VaultAlert): void {
    const { scope, actionGroupId } = this.args;
    const { application } = scope.naming;
    this.subscribe(key, topic, {
      filter: {
        includedEventTypes: [...alert.events],
        advancedFilters: [
          {
            operatorType: "StringIn",
            key: "data.ObjectName",
            values: [`${application}-blue`, `${application}-green`],
          },
        ],
      },
      destination: {
        endpointType: "MonitorAlert",
        severity: `Sev${alert.severity}`,
        description: `${alert.description} What to do: docs/runbook.md#${key}`,
        actionGroups: [actionGroupId],
      },
    });
  }

  private subscribe(
    key: string,
    topic: eventgrid.SystemTopic,
    args: Pick<
      eventgrid.SystemTopicEventSubscriptionArgs,
      "filter" | "destination" | "retryPolicy"
    >,
  ): void {
    new eventgrid.SystemTopicEventSubscription(
      `${this.name}-${key}`,
      {
        resourceGroupName: this.args.scope.resourceGroupName,
        systemTopicName: topic.name,
        eventSubscriptionName: key,
        // The only schema that alerts take ("How to send events to Azure Monitor alerts").
        eventDeliverySchema: eventgrid.EventDeliverySchema.CloudEventSchemaV1_0,
        ...args,
      },
      { parent: this },
    );
  }
}
