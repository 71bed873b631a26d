import * as assert from "node:assert/strict";
import type { Properties } from "../../../../twin/plugin/provider";
import { AzureBench, GROUP, LOCATION, type Refusal } from "../../../support/azureCloud";

const SETTING = "monitor:DiagnosticSetting";
const ACTION_GROUP = "monitor:ActionGroup";
const METRIC_ALERT = "monitor:MetricAlert";
const QUERY_RULE = "monitor:ScheduledQueryRule";
const COLLECTION = "monitor:DataCollectionRule";
const ASSOCIATION = "monitor:DataCollectionRuleAssociation";
const WORKSPACE = "operationalinsights:Workspace";
const WORKBOOK = "applicationinsights:Workbook";

describe("rules for monitoring in the twin", () => {
  let bench: AzureBench;
  let vaultId: string;
  let workspaceId: string;
  let actionGroupId: string;

  const workspace = (change: Properties = {}) => ({
    resourceGroupName: GROUP,
    workspaceName: "logs",
    ...change,
  });
  const actionGroup = (change: Properties = {}) => ({
    resourceGroupName: GROUP,
    actionGroupName: "people",
    groupShortName: "people",
    enabled: true,
    location: "Global",
    emailReceivers: [{ name: "team", emailAddress: "team@example.com" }],
    ...change,
  });

  before(async () => {
    bench = await AzureBench.start();
    vaultId = (await bench.vault("kv-watched")).id;
    workspaceId = (await bench.create(WORKSPACE, workspace())).id;
    actionGroupId = (await bench.create(ACTION_GROUP, actionGroup())).id;
  });

  after(() => bench.stop());

  function refuses(table: readonly Refusal[]): void {
    for (const [what, type, inputs, error] of table) {
      it(`refuses ${what}`, async () => {
        await assert.rejects(bench.create(type, inputs()), error);
      });
    }
  }

  describe("for diagnostic settings", () => {
    const setting = (change: Properties) => () => ({
      resourceUri: vaultId,
      name: "wrong",
      workspaceId,
      logs: [{ category: "AuditEvent", enabled: true }],
      ...change,
    });
    refuses([
      [
        "a category that resources of the type do not have",
        SETTING,
        setting({ logs: [{ category: "kube-audit", enabled: true }] }),
        /Category 'kube-audit' is not supported, supported categories are: 'AuditEvent/,
      ],
      [
        "metrics of another kind",
        SETTING,
        setting({ metrics: [{ category: "Gateway Requests", enabled: true }] }),
        /Metric category 'Gateway Requests' is not supported, supported categories are: 'AllMetrics'/,
      ],
      [
        "a setting that sends nowhere",
        SETTING,
        setting({ workspaceId: null }),
        /At least one data sink needs to be specified/,
      ],
      [
        "a retention, which settings have no more",
        SETTING,
        setting({
          logs: [
            {
              category: "AuditEvent",
              enabled: true,
              retentionPolicy: { enabled: true, days: 30 },
            },
          ],
        }),
        /does not support retention for new diagnostic settings/,
      ],
      [
        "a setting of something that has none",
        SETTING,
        () => setting({ resourceUri: actionGroupId })(),
        /'microsoft.insights\/actiongroups' does not support diagnostic settings/,
      ],
      [
        "a setting of what does not exist",
        SETTING,
        () => setting({ resourceUri: `${vaultId}x` })(),
        /ResourceNotFound.*kv-watchedx/,
      ],
    ]);

    it("sends a category to one place once, and takes five settings per resource", async () => {
      const other = await bench.create(WORKSPACE, workspace({ workspaceName: "more-logs" }));
      const made = await bench.create(SETTING, setting({ name: "first" })());
      assert.equal(made.id, `${vaultId}/providers/Microsoft.Insights/diagnosticSettings/first`);
      await assert.rejects(
        bench.create(SETTING, setting({ name: "second" })()),
        /Conflict.*already used in diagnostic setting 'first' for category 'AuditEvent'/,
      );
      await bench.create(SETTING, setting({ name: "second", workspaceId: other.id })());
      const quiet = [{ category: "AuditEvent", enabled: false }];
      for (const name of ["third", "fourth", "fifth"]) {
        await bench.create(SETTING, setting({ name, logs: quiet })());
      }
      await assert.rejects(
        bench.create(SETTING, setting({ name: "sixth", logs: quiet })()),
        /limit of 5 diagnostic settings was reached/,
      );
    });
  });

  describe("for action groups", () => {
    const group = (change: Properties) => () =>
      actionGroup({ actionGroupName: "others", ...change });
    refuses([
      [
        "a short name that is too long for a message",
        ACTION_GROUP,
        group({ groupShortName: "rotation-prod" }),
        /'rotation-prod' of action group others has 13 characters, allowed are 1 to 12/,
      ],
      [
        "two receivers of one name",
        ACTION_GROUP,
        group({ webhookReceivers: [{ name: "team", serviceUri: "https://example.com" }] }),
        /needs a name of its own/,
      ],
      [
        "an address that is none",
        ACTION_GROUP,
        group({ emailReceivers: [{ name: "a", emailAddress: "team" }] }),
        /'team' of action group others is not a valid email address/,
      ],
      [
        "a region without the service",
        ACTION_GROUP,
        group({ location: "uksouth" }),
        /LocationNotAvailableForResourceType.*'uksouth'/,
      ],
    ]);
  });

  describe("for metric alerts", () => {
    const criterion = {
      name: "failures",
      criterionType: "StaticThresholdCriterion",
      metricName: "ServiceApiResult",
      operator: "GreaterThan",
      threshold: 0,
      timeAggregation: "Count",
      dimensions: [{ name: "StatusCode", operator: "Include", values: ["403"] }],
    };
    const criteria = (change: Properties) => ({
      criteria: {
        odataType: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
        allOf: [{ ...criterion, ...change }],
      },
    });
    const alert = (change: Properties) => () => ({
      resourceGroupName: GROUP,
      ruleName: "alert",
      location: "global",
      enabled: true,
      severity: 1,
      scopes: [vaultId],
      windowSize: "PT5M",
      evaluationFrequency: "PT1M",
      actions: [{ actionGroupId }],
      ...criteria({}),
      ...change,
    });
    refuses([
      [
        "an alert in a region",
        METRIC_ALERT,
        alert({ location: LOCATION }),
        /LocationNotAvailableForResourceType.*'global'/,
      ],
      [
        "a metric that the resource does not have",
        METRIC_ALERT,
        alert(criteria({ metricName: "UnhealthyHostCount" })),
        /Couldn't find a metric named UnhealthyHostCount/,
      ],
      [
        "an aggregation that the metric does not have",
        METRIC_ALERT,
        alert(criteria({ timeAggregation: "Minimum" })),
        /Time aggregation must be one of \[Count\]/,
      ],
      [
        "a dimension that the metric does not have",
        METRIC_ALERT,
        alert(criteria({ dimensions: [{ name: "Caller", operator: "Include", values: ["*"] }] })),
        /dimension Caller does not exist for metric ServiceApiResult/,
      ],
      ["an odd window", METRIC_ALERT, alert({ windowSize: "PT10M" }), /'PT10M' of windowSize/],
      [
        "a window that is shorter than the pause between two looks",
        METRIC_ALERT,
        alert({ evaluationFrequency: "PT15M" }),
        /must not be longer than the window size PT5M/,
      ],
      ["a severity of its own", METRIC_ALERT, alert({ severity: 5 }), /severity 5 is invalid/],
      [
        "an action group that does not exist",
        METRIC_ALERT,
        () => alert({ actions: [{ actionGroupId: `${actionGroupId}x` }] })(),
        /InvalidResourceReference/,
      ],
    ]);

    it("takes an alert on a metric and a dimension of the resource", async () => {
      const { outputs } = await bench.create(METRIC_ALERT, alert({})());
      assert.equal(outputs["autoMitigate"], true);
    });
  });

  describe("for log search alerts", () => {
    const condition = {
      query: "AzureDiagnostics | where httpStatusCode_d == 403",
      timeAggregation: "Count",
      operator: "GreaterThan",
      threshold: 0,
    };
    const criteria = (change: Properties) => ({
      criteria: { allOf: [{ ...condition, ...change }] },
    });
    const rule = (change: Properties) => () => ({
      resourceGroupName: GROUP,
      ruleName: "rule",
      severity: 2,
      scopes: [workspaceId],
      windowSize: "PT15M",
      evaluationFrequency: "PT5M",
      actions: { actionGroups: [actionGroupId] },
      ...criteria({}),
      ...change,
    });
    refuses([
      [
        "a window that the service does not have",
        QUERY_RULE,
        rule({ windowSize: "P3D" }),
        /Supported granularities are: 1, 5, 10/,
      ],
      [
        "looking less often than the window is long",
        QUERY_RULE,
        rule({ evaluationFrequency: "PT1H" }),
        /frequency 60 must not be above the window size 15/,
      ],
      [
        "a query over more than two days",
        QUERY_RULE,
        rule({ overrideQueryTimeRange: "P30D" }),
        /looks back P30D.*cannot exceed 2880/,
      ],
      [
        "windows that add up to more than two days",
        QUERY_RULE,
        rule({
          windowSize: "P1D",
          ...criteria({
            failingPeriods: { numberOfEvaluationPeriods: 3, minFailingPeriodsToAlert: 1 },
          }),
        }),
        /looks back 4320 minutes/,
      ],
      [
        "silence in a rule that resolves by itself",
        QUERY_RULE,
        rule({ muteActionsDuration: "PT1H" }),
        /cannot be used together with autoMitigate/,
      ],
      [
        "silence that ends before the next look",
        QUERY_RULE,
        rule({ autoMitigate: false, muteActionsDuration: "PT1M" }),
        /EvaluationFrequency cannot be greater than MuteActionsDuration/,
      ],
      [
        "a sum of nothing",
        QUERY_RULE,
        rule(criteria({ timeAggregation: "Total" })),
        /with a metricMeasureColumn exactly when it is not Count/,
      ],
      [
        "a rule in another region than its logs",
        QUERY_RULE,
        rule({ location: "northeurope" }),
        /must be in the location of its scope, westeurope/,
      ],
    ]);

    it("takes a rule that looks back two days", async () => {
      const { outputs } = await bench.create(
        QUERY_RULE,
        rule({ windowSize: "P1D", evaluationFrequency: "PT1H", overrideQueryTimeRange: "P2D" })(),
      );
      assert.equal(outputs["isLegacyLogAnalyticsRule"], false);
    });
  });

  describe("for data collection", () => {
    const stream = "Microsoft-ContainerInsights-Group-Default";
    const collection = (change: Properties) => () => ({
      resourceGroupName: GROUP,
      dataCollectionRuleName: "containers",
      kind: "Linux",
      dataSources: {
        extensions: [{ name: "insights", extensionName: "ContainerInsights", streams: [stream] }],
      },
      destinations: { logAnalytics: [{ name: "logs", workspaceResourceId: workspaceId }] },
      dataFlows: [{ streams: [stream], destinations: ["logs"] }],
      ...change,
    });
    refuses([
      [
        "a flow to a destination that is not there",
        COLLECTION,
        collection({ dataFlows: [{ streams: [stream], destinations: ["elsewhere"] }] }),
        /destination 'elsewhere', which is not in 'destinations'/,
      ],
      [
        "a flow of a stream that no source gives",
        COLLECTION,
        collection({ dataFlows: [{ streams: ["Microsoft-Perf"], destinations: ["logs"] }] }),
        /use the streams 'Microsoft-Perf'/,
      ],
    ]);

    it("keeps a rule that something is associated with", async () => {
      const rule = await bench.create(COLLECTION, collection({})());
      const association = await bench.create(ASSOCIATION, {
        resourceUri: vaultId,
        associationName: "ContainerInsightsExtension",
        dataCollectionRuleId: rule.id,
      });
      await assert.rejects(bench.delete(COLLECTION, rule), /AssociationsExist/);
      await bench.delete(ASSOCIATION, association);
      await bench.delete(COLLECTION, rule);
    });
  });

  describe("for workbooks", () => {
    const workbook = (change: Properties) => () => ({
      resourceGroupName: GROUP,
      resourceName: "11111111-2222-5333-8444-555555555555",
      kind: "shared",
      category: "workbook",
      displayName: "Rotation",
      description: "What to look at during a rotation.",
      location: LOCATION,
      tags: { stack: "test" },
      serializedData: '{"version":"Notebook/1.0","items":[]}',
      sourceId: workspaceId,
      ...change,
    });

    it("answers with the source in small letters", async () => {
      const resourceName = "11111111-2222-5333-8444-666666666666";
      const made = await bench.create(WORKBOOK, workbook({ resourceName })());
      assert.equal(made.outputs["sourceId"], workspaceId.toLowerCase());
    });

    refuses([
      [
        "a name that is no UUID",
        WORKBOOK,
        workbook({ resourceName: "rotation" }),
        /The name of a workbook must be a UUID, not 'rotation'/,
      ],
      [
        "content that is no notebook",
        WORKBOOK,
        workbook({ serializedData: '{"items":[]}' }),
        /is not the JSON of a notebook of version Notebook\/1.0/,
      ],
      [
        "a workbook of one user, which there are no more",
        WORKBOOK,
        workbook({ kind: "user" }),
        /'user', allowed is 'shared'/,
      ],
    ]);
  });

  describe("for workspaces", () => {
    it("brings a deleted workspace back under its name, and only where it was", async () => {
      const inputs = workspace({ workspaceName: "logs-again" });
      const first = await bench.create(WORKSPACE, inputs);
      await bench.delete(WORKSPACE, first);
      await assert.rejects(
        bench.create(WORKSPACE, { ...inputs, location: "northeurope" }),
        /'logs-again' is held by a soft-deleted workspace in westeurope/,
      );
      const again = await bench.create(WORKSPACE, inputs);
      assert.equal(again.outputs["customerId"], first.outputs["customerId"]);
    });

    refuses([
      [
        "a retention that the plan does not have",
        WORKSPACE,
        () => workspace({ workspaceName: "short", retentionInDays: 7 }),
        /doesn't match the SKU limits: 7 days/,
      ],
    ]);
  });
});
