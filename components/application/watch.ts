import * as eventgrid from "@pulumi/azure-native/eventgrid";
import * as pulumi from "@pulumi/pulumi";
import { namesOf, SLOTS } from "../plan";
import { queryRule } from "../platform/alertRules";
import { alertText, type QueryAlert, type VaultAlert, type Watched } from "../platform/alerts";
import type { ResourceScope } from "../platform/scope";
import { APPLICATION_ALERTS, VAULT_EVENTS } from "./alerts";
import { eventEndpointHook } from "./eventEndpoint";
import { workbook } from "./workbook";

export interface WatchArgs {
  /** Where alerts and workbook are created, and how they are named. */
  readonly scope: ResourceScope;
  /** Resource id of the workspace that the alerts and the workbook query. */
  readonly workspaceId: pulumi.Input<string>;
  /** Resource id of the action group that is notified. */
  readonly actionGroupId: pulumi.Input<string>;
  /**
   * Name of the topic of the vault's events.
   * @default none: what rests on them is left out
   */
  readonly eventTopicName?: pulumi.Input<string>;
  /** Namespace of the application's pods and of the proofs. */
  readonly namespace: string;
  /** Whether clients ask it over the gateway. */
  readonly hasHost: boolean;
  /** Who may read the application's secrets, any other reader raises an alert; and its host name. */
  readonly watched: pulumi.Input<Omit<Watched, "namespace">>;
  /**
   * Address that receives all events of the vault, e.g. `https://events.example.com/vault`.
   * @default none
   */
  readonly eventEndpoint: string | undefined;
}

/** The alert about what clients get, where they ask over the gateway. */
const OF_THE_GATEWAY: keyof typeof APPLICATION_ALERTS = "gateway-errors";

/** The longest that Event Grid retries ("Event Grid message delivery and retry"). */
const RETRY = { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 };

/**
 * What watches one application: its alerts, its events and the page to look at during a rotation.
 * Event Grid delivers at least once, so whoever listens has to stand repetition.
 *
 * The vault tells of versions only that were made after the first subscription ("Monitoring Key
 * Vault with Azure Event Grid"), so that of the alerts exists always.
 */
export function watch(name: string, args: WatchArgs, opts: pulumi.CustomResourceOptions): void {
  const { scope, workspaceId, actionGroupId, eventTopicName, namespace, watched, eventEndpoint } =
    args;
  for (const [key, alert] of Object.entries<QueryAlert | VaultAlert>(APPLICATION_ALERTS)) {
    if (key === OF_THE_GATEWAY && !args.hasHost) {
      continue;
    }
    if (alert.kind === "query") {
      const query = pulumi
        .output(watched)
        .apply((asked) => alert.query(scope.naming.application, { ...asked, namespace }));
      queryRule(
        `${name}-${key}`,
        { scope, key, alert, query, targetId: workspaceId, actionGroupId },
        opts,
      );
    } else if (eventTopicName !== undefined) {
      subscription(name, key, { scope, eventTopicName }, secretEvents(key, alert, args), opts);
    }
  }
  if (eventEndpoint !== undefined && eventTopicName !== undefined) {
    const all = {
      filter: { includedEventTypes: Object.values(VAULT_EVENTS) },
      destination: { endpointType: "WebHook", endpointUrl: eventEndpoint } as const,
      retryPolicy: RETRY,
    };
    const explained = { hooks: { onError: [eventEndpointHook(`${name}-events`)] } };
    // Ours first: the SDK adds to the hooks of the first in place, and these are not the caller's.
    subscription(
      name,
      "events",
      { scope, eventTopicName },
      all,
      pulumi.mergeOptions(explained, opts),
    );
  }
  workbook(`${name}-workbook`, { scope, workspaceId, namespace }, opts);
}

type Subscription = Pick<
  eventgrid.SystemTopicEventSubscriptionArgs,
  "filter" | "destination" | "retryPolicy"
>;

/** Events of the two slots' secrets; a renewed password of the rotator is nobody's business. */
function secretEvents(
  key: string,
  alert: VaultAlert,
  { scope: { naming }, actionGroupId }: WatchArgs,
): Subscription {
  return {
    filter: {
      includedEventTypes: [...alert.events],
      advancedFilters: [
        {
          operatorType: "StringIn",
          key: "data.ObjectName",
          values: SLOTS.map((slot) => namesOf(naming.application).slot(slot).secret),
        },
      ],
    },
    destination: {
      endpointType: "MonitorAlert",
      severity: `Sev${alert.severity}`,
      description: alertText(key, alert),
      actionGroups: [actionGroupId],
    },
  };
}

function subscription(
  name: string,
  key: string,
  { scope, eventTopicName }: Required<Pick<WatchArgs, "scope" | "eventTopicName">>,
  args: Subscription,
  opts: pulumi.CustomResourceOptions,
): void {
  new eventgrid.SystemTopicEventSubscription(
    `${name}-events-${key}`,
    {
      resourceGroupName: scope.resourceGroupName,
      systemTopicName: eventTopicName,
      eventSubscriptionName: key,
      // The only schema that alerts take ("How to send events to Azure Monitor alerts").
      eventDeliverySchema: eventgrid.EventDeliverySchema.CloudEventSchemaV1_0,
      ...args,
    },
    opts,
  );
}
