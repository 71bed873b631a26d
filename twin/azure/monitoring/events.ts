import { createHash } from "node:crypto";
import { ArmError } from "../arm/armError";
import { asGuid } from "../arm/check";
import { normalizedLocation } from "../arm/difference";
import { numberAt, objectAt, textAt, textsAt } from "../arm/plain";
import { IN_GROUP, type Put } from "../arm/resourceType";
import type { Handshake } from "../arm/situation";
import { parentOf } from "../arm/resourceManager";
import { ACTION_GROUP } from "./actionGroups";
import { demand, resourceType } from "../arm/common";
import { targetOf } from "./targets";

const API_VERSION = "2025-02-15";
const TOPIC = "Microsoft.EventGrid/systemTopics";
const path = `${IN_GROUP}/providers/${TOPIC}/{systemTopicName}`;
/** Who asks for the events. */
const EVENT_GRID = "eventgrid.azure.net";
const SEVERITIES = ["Sev0", "Sev1", "Sev2", "Sev3", "Sev4"];
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
  references: [{ path: "destination.actionGroups[]", type: ACTION_GROUP }],
  put(put) {
    const { cloud, id, inputs, echo } = put;
    const endpointBaseUrl = requireDestination(put);
    requireFilter(put);
    requireRetries(put);
    return {
      ...echo,
      topic: cloud.resources.find(parentOf(id))!.id,
      destination: {
        ...objectAt(echo, "destination"),
        ...(endpointBaseUrl !== undefined && { endpointBaseUrl }),
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

/** @returns the part of a webhook's address that Azure shows */
function requireDestination(put: Put): string | undefined {
  const type = textAt(put.inputs, "destination.endpointType");
  switch (type) {
    case "MonitorAlert":
      requireAlert(put);
      return undefined;
    case "WebHook":
      return requireWebhook(put);
    default:
      throw new ArmError(
        400,
        "InvalidRequest",
        `The destination of event subscription ${put.name} must have endpointType WebHook or ` +
          `MonitorAlert: the twin knows no '${type}'.`,
      );
  }
}

function requireWebhook({ cloud, inputs, name }: Put): string {
  const address = textAt(inputs, "destination.endpointUrl");
  if (!URL.canParse(address) || !address.startsWith("https://")) {
    throw new ArmError(
      400,
      "InvalidRequest",
      `Webhook endpoint of event subscription ${name} must be an https URL.`,
    );
  }
  const url = new URL(address);
  const shown = `${url.origin}${url.pathname}`;
  requireHandshake(cloud.situation.handshake, shown);
  cloud.world.journal.write("azure-native", "webhook validated", {
    subscription: name,
    host: url.host,
  });
  return shown;
}

/** "Endpoint validation with CloudEvents schema"; Event Grid misspells two words. */
function requireHandshake({ status, allowedOrigin = "" }: Handshake, shown: string): void {
  const isAnswered = status >= 200 && status < 300;
  demand(
    isAnswered && ["*", EVENT_GRID].includes(allowedOrigin),
    "Url validation",
    `Webhook validation handshake failed for ${shown}. Http OPTIONS request ` +
      (isAnswered
        ? "retuned 2XX response without WebHook-Allowed-Origin."
        : `failed with response code ${status}.`) +
      " For troublehooting, visit https://aka.ms/esvalidation.",
  );
}

/** "How to send events to Azure Monitor alerts": events of vaults only, as CloudEvents. */
function requireAlert({ inputs, name }: Put): void {
  const severity = textAt(inputs, "destination.severity");
  demand(
    SEVERITIES.includes(severity),
    "InvalidRequest",
    `The severity '${severity}' of event subscription ${name} must be one of ` +
      `${SEVERITIES.join(", ")}.`,
  );
  const schema = textAt(inputs, "eventDeliverySchema");
  demand(
    schema === "CloudEventSchemaV1_0",
    "InvalidRequest",
    `The eventDeliverySchema '${schema}' of event subscription ${name} must be ` +
      "CloudEventSchemaV1_0 for a MonitorAlert destination.",
  );
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
