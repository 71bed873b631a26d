import * as assert from "node:assert/strict";
import type { Properties } from "../../../../twin/plugin/provider";
import { AzureBench, GROUP } from "../../../support/azureCloud";

const TOPIC = "eventgrid:SystemTopic";
const SUBSCRIPTION = "eventgrid:SystemTopicEventSubscription";

describe("events of vaults in the twin", () => {
  let bench: AzureBench;
  let topic: Properties;
  const subscription = (change: Properties = {}) => ({
    resourceGroupName: GROUP,
    systemTopicName: "secrets",
    eventSubscriptionName: "rotation",
    destination: { endpointType: "WebHook", endpointUrl: "https://example.com/hook?code=key" },
    filter: { includedEventTypes: ["Microsoft.KeyVault.SecretNearExpiry"] },
    ...change,
  });

  before(async () => {
    bench = await AzureBench.start();
    topic = {
      resourceGroupName: GROUP,
      systemTopicName: "secrets",
      source: (await bench.vault("kv-events")).id,
      topicType: "Microsoft.KeyVault.vaults",
    };
    await bench.create(TOPIC, topic);
  });

  after(() => bench.stop());

  it("come from one topic per vault", async () => {
    await assert.rejects(
      bench.create(TOPIC, { ...topic, systemTopicName: "second" }),
      /Only one system topic is allowed per source/,
    );
  });

  it("come from a topic where the vault is", async () => {
    const { id } = await bench.vault("kv-elsewhere");
    await assert.rejects(
      bench.create(TOPIC, {
        ...topic,
        systemTopicName: "elsewhere",
        source: id,
        location: "northeurope",
      }),
      /must be the location of its source, westeurope/,
    );
  });

  it("are those that vaults have", async () => {
    await assert.rejects(
      bench.create(
        SUBSCRIPTION,
        subscription({ filter: { includedEventTypes: ["Microsoft.KeyVault.SecretRead"] } }),
      ),
      /SecretRead is not supported by the topic type Microsoft.KeyVault.vaults/,
    );
  });

  it("become alerts as CloudEvents, for an action group that exists", async () => {
    const group = await bench.create("monitor:ActionGroup", {
      resourceGroupName: GROUP,
      actionGroupName: "people",
      groupShortName: "people",
      location: "Global",
      enabled: true,
    });
    const alert = subscription({
      eventSubscriptionName: "alert",
      eventDeliverySchema: "CloudEventSchemaV1_0",
      destination: { endpointType: "MonitorAlert", severity: "Sev1", actionGroups: [group.id] },
    });
    await assert.rejects(
      bench.create(SUBSCRIPTION, { ...alert, eventDeliverySchema: "EventGridSchema" }),
      /must be CloudEventSchemaV1_0 for a MonitorAlert destination/,
    );
    await assert.rejects(
      bench.create(SUBSCRIPTION, {
        ...alert,
        destination: { ...alert.destination, severity: "High", endpointType: "MonitorAlert" },
      }),
      /The severity 'High' of event subscription alert must be one of Sev0/,
    );
    await bench.create(SUBSCRIPTION, alert);
  });

  it("go to https only", async () => {
    await assert.rejects(
      bench.create(
        SUBSCRIPTION,
        subscription({
          destination: { endpointType: "WebHook", endpointUrl: "http://example.com" },
        }),
      ),
      /must be an https URL/,
    );
  });

  const unwilling = [
    [{ status: 405 }, /OPTIONS request failed with response code 405\./],
    [{ status: 200 }, /OPTIONS request retuned 2XX response without WebHook-Allowed-Origin\./],
    [{ status: 200, allowedOrigin: "example.org" }, /without WebHook-Allowed-Origin\./],
  ] as const;
  for (const [answer, error] of unwilling) {
    it(`do not go to an endpoint that answers the handshake with ${JSON.stringify(answer)}`, async () => {
      const before = bench.cloud.situation.handshake;
      bench.cloud.situation.handshake = answer;
      try {
        const refused = bench.create(SUBSCRIPTION, subscription());
        await assert.rejects(refused, error);
        await assert.rejects(
          refused,
          /"Url validation" Message="Webhook validation handshake failed for https:\/\/example\.com\/hook\. /,
        );
      } finally {
        bench.cloud.situation.handshake = before;
      }
    });
  }

  it("are subscribed to after the handshake, and the key is never said again", async () => {
    const { outputs } = await bench.create(SUBSCRIPTION, subscription());
    assert.equal(JSON.stringify(outputs).includes("code=key"), false);
    const [entry] = bench.journal.filter(({ event }) => event === "webhook validated");
    assert.deepEqual(entry?.detail, { subscription: "rotation", host: "example.com" });
  });
});
