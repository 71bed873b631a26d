import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import {
  type MetricAlert,
  PLATFORM_ALERTS,
  type PlatformQueryAlert,
} from "../../../components/platform/alerts";
import type { Cluster } from "../../../components/platform/cluster";
import type { Database } from "../../../components/platform/database";
import { DIAGNOSTICS } from "../../../components/platform/diagnosticSettings";
import type { Gateway } from "../../../components/platform/gateway";
import type { Logs } from "../../../components/platform/logs";
import { Monitoring } from "../../../components/platform/monitoring";
import { PROFILES } from "../../../components/platform/profiles";
import type { Registry } from "../../../components/platform/registry";
import type { Vault } from "../../../components/platform/vault";
import { categoriesOf } from "../../../twin/azure/monitoring/diagnosticCategories";
import { MockProgram } from "../../../mocks/mocks";

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
  topic: "azure-native:eventgrid:SystemTopic",
} as const;

async function monitored(): Promise<MockProgram> {
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
      grantSeconds: 0,
      administrators: { groupId: "", groupName: "" },
    },
    logs: { workspaceId: pulumi.output(WORKSPACE) } as unknown as Logs,
    cluster: thing(IDS.cluster) as unknown as Cluster,
    gateway: thing(IDS.gateway) as unknown as Gateway,
    vault: thing(IDS.vault) as unknown as Vault,
    database: thing(IDS.database) as unknown as Database,
    registry: thing(IDS.registry) as unknown as Registry,
    email: "people@example.com",
  });
  await program.drained();
  return program;
}

describe("Monitoring", () => {
  let program: MockProgram;

  before(async () => (program = await monitored()));

  const alertRules = () => [...program.ofType(TOKEN.metric), ...program.ofType(TOKEN.query)];

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

  for (const [key, alert] of Object.entries<MetricAlert | PlatformQueryAlert>(PLATFORM_ALERTS)) {
    it(`makes the alert ${key}, which tells people and names its place in the runbook`, () => {
      const token = alert.kind === "metric" ? TOKEN.metric : TOKEN.query;
      const { inputs } = program.find(token, `monitoring-${key}`);
      assert.ok(JSON.stringify(inputs["actions"]).includes(`${ACTION_GROUP}"`));
      assert.ok(String(inputs["description"]).endsWith(`docs/runbook.md#${key}`));
      assert.strictEqual(inputs["severity"], alert.severity);
      const asked = alert.kind === "metric" ? IDS.gateway : WORKSPACE;
      assert.deepStrictEqual(inputs["scopes"], [asked]);
    });
  }

  it("resolves every alert on metrics when its condition is over", () => {
    const rules = alertRules();
    assert.ok(rules.length > 0);
    for (const { inputs } of rules) {
      assert.strictEqual(inputs["autoMitigate"], true);
      assert.strictEqual(inputs["enabled"], true);
    }
  });

  it("makes no alert that is not in the table", () => {
    const made = alertRules().map(({ name }) => name.replace(/^monitoring-/, ""));
    assert.deepStrictEqual(made.sort(), Object.keys(PLATFORM_ALERTS).sort());
  });

  it("has a topic of the vault's events, which applications subscribe to", () => {
    const { inputs } = program.find(TOKEN.topic, "monitoring-events");
    assert.strictEqual(inputs["source"], IDS.vault);
    assert.strictEqual(inputs["topicType"], "Microsoft.KeyVault.vaults");
  });
});
