import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { type Alert, ALERTS } from "../../../components/platform/alerts";
import type { Cluster } from "../../../components/platform/cluster";
import type { Database } from "../../../components/platform/database";
import { DIAGNOSTICS } from "../../../components/platform/diagnosticSettings";
import type { Gateway } from "../../../components/platform/gateway";
import type { Logs } from "../../../components/platform/logs";
import { Monitoring } from "../../../components/platform/monitoring";
import { PROFILES } from "../../../components/platform/profiles";
import type { Registry } from "../../../components/platform/registry";
import type { SlotIdentities } from "../../../components/application/slotIdentities";
import type { Vault } from "../../../components/platform/vault";
import { categoriesOf } from "../../../twin/azure/monitoring/diagnosticCategories";
import { MockProgram, type Registration } from "../../../mocks/mocks";

const GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app-dev";

const IDS = {
  cluster: `${GROUP}/providers/Microsoft.ContainerService/managedClusters/aks-app-dev`,
  gateway: `${GROUP}/providers/Microsoft.Network/applicationGateways/agw-app-dev`,
  vault: `${GROUP}/providers/Microsoft.KeyVault/vaults/kv-app-abcdef`,
  database: `${GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql-app-dev-abcdef`,
  registry: `${GROUP}/providers/Microsoft.ContainerRegistry/registries/crappabcdef`,
} as const;

const WORKSPACE = `${GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-app-dev`;
const ACTION_GROUP =
  "/resourceGroups/rg-app-dev/providers/Microsoft.Insights/actionGroups/ag-app-dev";
const TOKEN = {
  actionGroup: "azure-native:monitor:ActionGroup",
  diagnostics: "azure-native:monitor:DiagnosticSetting",
  metric: "azure-native:monitor:MetricAlert",
  query: "azure-native:monitor:ScheduledQueryRule",
  subscription: "azure-native:eventgrid:SystemTopicEventSubscription",
  topic: "azure-native:eventgrid:SystemTopic",
} as const;

async function monitored(eventEndpoint?: string): Promise<MockProgram> {
  const program = await MockProgram.start();
  const thing = (id: string) => ({ id: pulumi.output(id) });
  new Monitoring("monitoring", {
    scope: {
      naming: { application: "app", stack: "dev" },
      profile: PROFILES.prod,
      resourceGroupName: "rg-app-dev",
      resourceGroupId: GROUP,
      location: "westeurope",
      tags: { application: "app" },
      deployer: { objectId: "deployer-object", tenantId: "", type: "User", ranges: [] },
      administrators: { groupId: "", groupName: "" },
    },
    logs: { workspaceId: pulumi.output(WORKSPACE) } as unknown as Logs,
    cluster: thing(IDS.cluster) as unknown as Cluster,
    gateway: thing(IDS.gateway) as unknown as Gateway,
    vault: thing(IDS.vault) as unknown as Vault,
    database: thing(IDS.database) as unknown as Database,
    registry: thing(IDS.registry) as unknown as Registry,
    identities: {
      clientIds: {
        blue: pulumi.output("blue-client"),
        green: pulumi.output("green-client"),
        proofs: pulumi.output("proofs-client"),
      },
    } as unknown as SlotIdentities,
    email: "people@example.com",
    eventEndpoint,
  });
  await program.drained();
  return program;
}

describe("Monitoring", () => {
  let program: MockProgram;

  before(async () => (program = await monitored()));

  function rule(key: string): Registration {
    const alert: Alert = ALERTS[key as keyof typeof ALERTS];
    const token = { query: TOKEN.query, metric: TOKEN.metric, vault: TOKEN.subscription };
    const name = alert.kind === "vault" ? `monitoring-events-${key}` : `monitoring-${key}`;
    return program.find(token[alert.kind], name);
  }

  for (const key of Object.keys(DIAGNOSTICS) as (keyof typeof DIAGNOSTICS)[]) {
    it(`sends logs and metrics of the ${key} to the workspace, in categories that it has`, () => {
      const { inputs } = program.find(TOKEN.diagnostics, `monitoring-${key}`);
      assert.strictEqual(inputs["resourceUri"], IDS[key]);
      assert.strictEqual(inputs["workspaceId"], WORKSPACE);
      const type = IDS[key].split("/").slice(6, 8).join("/");
      for (const { category, enabled } of inputs["logs"] as Record<string, unknown>[]) {
        assert.ok(categoriesOf(type)?.logs.includes(String(category)), String(category));
        assert.strictEqual(enabled, true);
      }
      assert.deepStrictEqual(inputs["metrics"], [{ category: "AllMetrics", enabled: true }]);
    });
  }

  it("fills the tables that the queries of the alerts read", () => {
    for (const key of ["cluster", "gateway", "vault", "database"]) {
      const { inputs } = program.find(TOKEN.diagnostics, `monitoring-${key}`);
      assert.strictEqual(inputs["logAnalyticsDestinationType"], "Dedicated");
    }
  });

  it("tells people by email, under a name that fits into a text message", () => {
    const { inputs } = program.find(TOKEN.actionGroup, "monitoring-people");
    assert.strictEqual(inputs["actionGroupName"], "ag-app-dev");
    assert.ok(String(inputs["groupShortName"]).length <= 12);
    assert.deepStrictEqual(inputs["emailReceivers"], [
      { name: "people", emailAddress: "people@example.com", useCommonAlertSchema: true },
    ]);
  });

  for (const [key, alert] of Object.entries<Alert>(ALERTS)) {
    it(`makes the alert ${key}, which tells people and names its place in the runbook`, () => {
      const { inputs } = rule(key);
      const told = inputs["actions"] ?? inputs["destination"];
      assert.ok(JSON.stringify(told).includes(`${ACTION_GROUP}"`));
      const { description, severity } = (
        alert.kind === "vault" ? inputs["destination"] : inputs
      ) as Record<string, unknown>;
      assert.ok(String(description).endsWith(`docs/runbook.md#${key}`));
      assert.strictEqual(String(severity).replace("Sev", ""), String(alert.severity));
    });
  }

  it("knows who may read each credential", () => {
    const [{ query }] = (
      rule("unexpected-reader").inputs["criteria"] as {
        allOf: [{ query: string }];
      }
    ).allOf;
    assert.match(query, /Secret == "app-blue", "blue-client"/);
    assert.match(query, /Secret == "app-green", "green-client"/);
    assert.match(query, /"app-rotator", "app-retired"\), "proofs-client"/);
    assert.match(query, /Identity\.claim\.oid\) !~ "deployer-object"/);
  });

  it("resolves every alert on logs and metrics when its condition is over", () => {
    const rules = [...program.ofType(TOKEN.query), ...program.ofType(TOKEN.metric)];
    assert.ok(rules.length > 0);
    for (const { inputs } of rules) {
      assert.strictEqual(inputs["autoMitigate"], true);
      assert.strictEqual(inputs["enabled"], true);
    }
  });

  it("makes no alert that is not in the table", () => {
    const made = [TOKEN.query, TOKEN.metric, TOKEN.subscription].flatMap((type) =>
      program.ofType(type).map(({ name }) => name.replace(/^monitoring-(events-)?/, "")),
    );
    assert.deepStrictEqual(made.sort(), Object.keys(ALERTS).sort());
  });

  it("hears of an expiring credential without an address of one's own", () => {
    const { inputs } = program.find(TOKEN.topic, "monitoring-events");
    assert.strictEqual(inputs["source"], IDS.vault);
    assert.strictEqual(inputs["topicType"], "Microsoft.KeyVault.vaults");
    const { destination, filter, eventDeliverySchema } = rule("credential-age").inputs;
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
    const withEndpoint = await monitored("https://events.example.com/vault?code=x");
    const { inputs } = withEndpoint.find(TOKEN.subscription, "monitoring-events-events");
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
