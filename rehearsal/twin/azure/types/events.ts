import { createHash } from "node:crypto";
import { ArmError } from "../armError";
import { asGuid } from "../check";
import { normalizedLocation } from "../difference";
import { numberAt, objectAt, textAt, textsAt } from "../plain";
import { IN_GROUP, type Put } from "../resourceType";
import { parentOf } from "../resourceManager";
import { demand, resourceType } from "./common";
import { targetOf } from "./targets";

const API_VERSION = "2025-02-15";
const TOPIC = "Microsoft.EventGrid/systemTopics";
const path = `${IN_GROUP}/providers/${TOPIC}/{systemTopicName}`;
const TOPIC_NAME = { pattern: /^[a-zA-Z0-9-]+$/, minLength: 3, maxLength: 50 };

/** "Azure Key Vault as Event Grid source". */
const VAULT_EVENTS = ["Certificate", "Key", "Secret"]
  .flatMap((item) => ["NewVersionCreated", "NearExpiry", "Expired"].map((what) => item + what))
  .concat("VaultAccessPolicyChanged")
  .map((name) => `Microsoft.KeyVault.${name}`);

const TOPIC_TYPES: Readonly<Record<string, { source: string; events: readonly string[] }>> = {
  "microsoft.keyvault.vaults": { source: "Microsoft.KeyVault/vaults", events: VAULT_EVENTS },
};

const systemTopic = resourceType({
  token: "azure-native:eventgrid:SystemTopic",
  armType: TOPIC,
  apiVersion: API_VERSION,
  path,
  names: { systemTopicName: TOPIC_NAME },
  locationRequired: true,
  replaceOn: ["location"],
  put(put) {
    requireSource(put);
    return {
      ...put.echo,
      metricResourceId: asGuid(createHash("sha256").update(put.id).digest("hex")),
    };
  },
});

function requireSource({ cloud, id, inputs, previous, name }: Put): void {
  const source = textAt(inputs, "source");
  const topicType = textAt(inputs, "topicType");
  const kind = TOPIC_TYPES[topicType.toLowerCase()];
  demand(
    kind !== undefined,
    "InvalidRequest",
    `Invalid topic type '${topicType}': the twin knows Microsoft.KeyVault.vaults.`,
  );
  const target = targetOf(cloud, source);
  demand(
    target.type.armType === kind.source,
    "InvalidRequest",
    `The source ${source} does not match the topic type ${topicType}.`,
  );
  demand(
    previous === undefined || sameId(textAt(previous.inputs, "source"), source),
    "InvalidRequest",
    "System topic source cannot be modified.",
  );
  demand(
    target.outputs["location"] === normalizedLocation(textAt(inputs, "location")),
    "InvalidRequest",
    `The location '${textAt(inputs, "location")}' of system topic ${name} must be the location of ` +
      `its source, ${textAt(target.outputs, "location")}.`,
  );
  const other = cloud.resources
    .all(TOPIC)
    .find((topic) => !sameId(topic.id, id) && sameId(textAt(topic.inputs, "source"), source));
  demand(
    other === undefined,
    "InvalidRequest",
    `There is an existing tracked system topic for the given source ${source}. Only one system ` +
      "topic is allowed per source.",
  );
}

/** Event Grid asks a webhook whether it wants the events; the twin has no way out to ask. */
const eventSubscription = resourceType({
  token: "azure-native:eventgrid:SystemTopicEventSubscription",
  armType: `${TOPIC}/eventSubscriptions`,
  apiVersion: API_VERSION,
  path: `${path}/eventSubscriptions/{eventSubscriptionName}`,
  names: {
    systemTopicName: TOPIC_NAME,
    eventSubscriptionName: { ...TOPIC_NAME, maxLength: 64 },
  },
  secrets: ["destination.endpointUrl"],
  put(put) {
    const { cloud, id, inputs, echo, name } = put;
    const url = requireDestination(put);
    requireFilter(put);
    requireRetries(put);
    cloud.world.journal.write("azure-native", "webhook not validated", {
      subscription: name,
      host: url.host,
    });
    return {
      ...echo,
      topic: cloud.resources.find(parentOf(id))!.id,
      destination: {
        ...objectAt(echo, "destination"),
        endpointBaseUrl: `${url.origin}${url.pathname}`,
      },
      eventDeliverySchema: echo["eventDeliverySchema"] ?? "EventGridSchema",
      retryPolicy: {
        maxDeliveryAttempts: 30,
        eventTimeToLiveInMinutes: 1440,
        ...objectAt(inputs, "retryPolicy"),
      },
    };
  },
});

function requireDestination({ inputs, name }: Put): URL {
  const type = textAt(inputs, "destination.endpointType");
  demand(
    type === "WebHook",
    "InvalidRequest",
    `The destination of event subscription ${name} must have endpointType WebHook: the twin knows ` +
      `no '${type}'.`,
  );
  const url = textAt(inputs, "destination.endpointUrl");
  if (!URL.canParse(url) || !url.startsWith("https://")) {
    throw new ArmError(
      400,
      "InvalidRequest",
      `Webhook endpoint of event subscription ${name} must be an https URL.`,
    );
  }
  return new URL(url);
}

function requireFilter({ cloud, id, inputs }: Put): void {
  const topicType = textAt(cloud.resources.find(parentOf(id))?.inputs, "topicType");
  const known = TOPIC_TYPES[topicType.toLowerCase()]!.events;
  for (const event of textsAt(inputs, "filter.includedEventTypes[]")) {
    demand(
      known.includes(event),
      "InvalidRequest",
      `The event type ${event} is not supported by the topic type ${topicType}, allowed are ` +
        `${known.join(", ")}.`,
    );
  }
}

function requireRetries({ inputs, name }: Put): void {
  const attempts = numberAt(inputs, "retryPolicy.maxDeliveryAttempts") ?? 30;
  const minutes = numberAt(inputs, "retryPolicy.eventTimeToLiveInMinutes") ?? 1440;
  demand(
    attempts >= 1 && attempts <= 30 && minutes >= 1 && minutes <= 1440,
    "InvalidRequest",
    `The retryPolicy of event subscription ${name} needs maxDeliveryAttempts from 1 to 30 and ` +
      "eventTimeToLiveInMinutes from 1 to 1440.",
  );
}

function sameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

export const eventTypes = [systemTopic, eventSubscription];
