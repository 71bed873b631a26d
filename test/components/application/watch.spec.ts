import assert from "node:assert";
import { APPLICATION_ALERTS } from "../../../components/application/alerts";
import { watch } from "../../../components/application/watch";
import type { QueryAlert, VaultAlert } from "../../../components/platform/alerts";
import { MockProgram, type Registration } from "../../../mocks/mocks";
import { GROUP_ID, platformScope } from "../../support/platformScope";

const WORKSPACE = `${GROUP_ID}/providers/Microsoft.OperationalInsights/workspaces/log-app-test`;
const ACTION_GROUP = `${GROUP_ID}/providers/Microsoft.Insights/actionGroups/ag-app-test`;
const TOKEN = {
  query: "azure-native:monitor:ScheduledQueryRule",
  subscription: "azure-native:eventgrid:SystemTopicEventSubscription",
} as const;

async function watched(eventEndpoint?: string): Promise<MockProgram> {
  const program = await MockProgram.start();
  watch(
    "watch",
    {
      scope: platformScope("prod"),
      workspaceId: WORKSPACE,
      actionGroupId: ACTION_GROUP,
      eventTopicName: "evgt-app-test",
      hasHost: true,
      namespace: "app",
      watched: {
        readers: {
          blue: "blue-client",
          green: "green-client",
          proofs: "proofs-client",
          retired: "retired-client",
          deployer: "deployer-object",
        },
        productionHost: "app.example.com",
      },
      eventEndpoint,
    },
    {},
  );
  await program.drained();
  return program;
}

describe("what watches an application", () => {
  let program: MockProgram;

  before(async () => (program = await watched()));

  function rule(key: keyof typeof APPLICATION_ALERTS): Registration {
    return APPLICATION_ALERTS[key].kind === "vault"
      ? program.find(TOKEN.subscription, `watch-events-${key}`)
      : program.find(TOKEN.query, `watch-${key}`);
  }

  for (const [key, alert] of Object.entries<QueryAlert | VaultAlert>(APPLICATION_ALERTS)) {
    it(`makes the alert ${key}, which tells people and names its place in the runbook`, () => {
      const { inputs } = rule(key as keyof typeof APPLICATION_ALERTS);
      const told = inputs["actions"] ?? inputs["destination"];
      assert.ok(JSON.stringify(told).includes(`${ACTION_GROUP}"`));
      const { description, severity } = (
        alert.kind === "vault" ? inputs["destination"] : inputs
      ) as Record<string, unknown>;
      assert.ok(String(description).endsWith(`docs/runbook.md#${key}`));
      assert.strictEqual(String(severity).replace("Sev", ""), String(alert.severity));
    });
  }

  it("asks the workspace, whose logs they are about", () => {
    for (const { inputs } of program.ofType(TOKEN.query)) {
      assert.deepStrictEqual(inputs["scopes"], [WORKSPACE]);
    }
  });

  it("knows who may read each credential", () => {
    const [{ query }] = (
      rule("unexpected-reader").inputs["criteria"] as {
        allOf: [{ query: string }];
      }
    ).allOf;
    assert.match(query, /Secret == "app-blue", "blue-client"/);
    assert.match(query, /Secret == "app-green", "green-client"/);
    assert.match(query, /Secret == "app-rotator", "proofs-client"/);
    assert.match(query, /Secret == "app-retired", "retired-client"/);
    assert.match(query, /IsDeployer = tostring\(Identity\.claim\.oid\) =~ "deployer-object"/);
  });

  it("resolves every alert on logs when its condition is over", () => {
    const rules = program.ofType(TOKEN.query);
    assert.ok(rules.length > 0);
    for (const { inputs } of rules) {
      assert.strictEqual(inputs["autoMitigate"], true);
      assert.strictEqual(inputs["enabled"], true);
    }
  });

  it("makes no alert that is not in the table", () => {
    const made = [TOKEN.query, TOKEN.subscription].flatMap((type) =>
      program.ofType(type).map(({ name }) => name.replace(/^watch-(events-)?/, "")),
    );
    assert.deepStrictEqual(made.sort(), Object.keys(APPLICATION_ALERTS).sort());
  });

  it("hears of an expiring credential without an address of one's own", () => {
    const { destination, filter, eventDeliverySchema, systemTopicName } =
      rule("credential-age").inputs;
    assert.strictEqual(systemTopicName, "evgt-app-test");
    assert.strictEqual((destination as { endpointType: string }).endpointType, "MonitorAlert");
    assert.strictEqual(eventDeliverySchema, "CloudEventSchemaV1_0");
    const { includedEventTypes, advancedFilters } = filter as Record<string, unknown>;
    assert.deepStrictEqual(includedEventTypes, [
      "Microsoft.KeyVault.SecretNearExpiry",
      "Microsoft.KeyVault.SecretExpired",
    ]);
    assert.deepStrictEqual(advancedFilters, [
      { operatorType: "StringIn", key: "data.ObjectName", values: ["app-blue", "app-green"] },
    ]);
  });

  it("sends the vault's events to the address that is set", async () => {
    const withEndpoint = await watched("https://events.example.com/vault?code=x");
    const { inputs, options } = withEndpoint.find(TOKEN.subscription, "watch-events-events");
    assert.deepStrictEqual(options.hooks, { onError: ["watch-events-handshake"] });
    const { includedEventTypes } = inputs["filter"] as Record<string, unknown>;
    assert.deepStrictEqual(includedEventTypes, [
      "Microsoft.KeyVault.SecretNearExpiry",
      "Microsoft.KeyVault.SecretNewVersionCreated",
      "Microsoft.KeyVault.SecretExpired",
    ]);
    assert.deepStrictEqual(inputs["retryPolicy"], {
      maxDeliveryAttempts: 30,
      eventTimeToLiveInMinutes: 1440,
    });
    assert.strictEqual(inputs["eventDeliverySchema"], "CloudEventSchemaV1_0");
  });
});
