import type { Rule, Values } from "./rule";
import {
  between,
  type Demand,
  like,
  listOf,
  oneOf,
  problem,
  SET,
  settings,
  unsetOr,
} from "./setting";
import { at, list, text, words } from "./values";

const WORKSPACE = "azure-native:operationalinsights:Workspace";
const METRIC_ALERT = "azure-native:monitor:MetricAlert";
const QUERY_ALERT = "azure-native:monitor:ScheduledQueryRule";
const ACTION_GROUP = "azure-native:monitor:ActionGroup";
const TOPIC = "azure-native:eventgrid:SystemTopic";
const SUBSCRIPTION = "azure-native:eventgrid:SystemTopicEventSubscription";

/** Minutes as Azure writes them; an alert that looks rarely comes late. */
const MINUTES = /^PT(?:5M|10M|15M|30M|45M|1H)$/;

const GROUP_ID = "/subscriptions/x/providers/Microsoft.Insights/actionGroups/y";

/** Conditions of the examples. */
const HOSTS = {
  metricName: "UnhealthyHostCount",
  metricNamespace: "Microsoft.Network/applicationGateways",
  criterionType: "StaticThresholdCriterion",
  operator: "GreaterThan",
  threshold: 0,
  timeAggregation: "Minimum",
};
const RESPONSES = {
  ...HOSTS,
  metricName: "ResponseStatus",
  threshold: 10,
  timeAggregation: "Total",
  dimensions: [{ name: "HttpStatusGroup", operator: "Include", values: ["5xx"] }],
};
const ROWS = {
  query: "AZKVAuditLogs\n| where HttpStatusCode == 403",
  operator: "GreaterThan",
  threshold: 0,
  timeAggregation: "Count",
  failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
};

const BEGINS = "Microsoft.KeyVault.SecretNewVersionCreated";
const ENDS = ["Microsoft.KeyVault.SecretNearExpiry", "Microsoft.KeyVault.SecretExpired"];

/** Rules about logs, alerts and events. */
export const MONITORING_RULES: readonly Rule[] = [
  ...settings(
    WORKSPACE,
    {
      id: "AZR-000425",
      title: "Logs are in another region too.",
      path: "replication.enabled",
      must: oneOf(true),
      good: true,
      bad: false,
    },
    {
      id: "AZR-000486",
      title: "The name of the workspace is one that Azure takes.",
      path: "workspaceName",
      must: like(/^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/),
      good: "log-app-prod",
      bad: "-",
    },
    {
      id: "ROT-LOG-3",
      title: "Logs are kept for a month at least.",
      reference: "Manage data retention in a Log Analytics workspace",
      path: "retentionInDays",
      must: between(30, 730),
      good: 90,
      bad: 7,
    },
    {
      id: "ROT-LOG-4",
      title: "Nobody writes logs with a key.",
      reference: "Microsoft Entra authentication for Azure Monitor Logs",
      path: "features.disableLocalAuth",
      must: oneOf(true),
      good: true,
      bad: false,
    },
    {
      id: "ROT-LOG-5",
      title: "The workspace is paid by what it takes in.",
      reference: "Change pricing tier for a Log Analytics workspace",
      path: "sku.name",
      must: oneOf("PerGB2018", "CapacityReservation"),
      good: "PerGB2018",
      bad: "Free",
    },
  ),
  ...settings(METRIC_ALERT, {
    id: "AZR-000491",
    title: "An alert ends by itself.",
    path: "autoMitigate",
    must: oneOf(true),
    good: true,
    bad: false,
  }),
  ...settings(
    QUERY_ALERT,
    {
      id: "ROT-ALERT-QUERY-1",
      title: "An alert on rows is one on rows.",
      reference: "Log search alert rules REST API: kind",
      path: "kind",
      must: unsetOr("LogAlert"),
      good: "LogAlert",
      bad: "LogToMetric",
    },
    {
      id: "ROT-ALERT-QUERY-2",
      title: "An alert on rows ends by itself.",
      reference: "Create or edit a log search alert rule: automatically resolve alerts",
      path: "autoMitigate",
      must: oneOf(true),
      good: true,
      bad: false,
    },
    {
      id: "ROT-ALERT-QUERY-3",
      title: "An alert can be made before the first row of its table is.",
      reference: "Log search alert rules REST API: skipQueryValidation",
      path: "skipQueryValidation",
      must: oneOf(true),
      good: true,
      bad: false,
    },
  ),
  ...settings(QUERY_ALERT, {
    id: "AZR-000492",
    title: "A query that costs does not run every minute.",
    path: "evaluationFrequency",
    must: like(MINUTES),
    good: "PT5M",
    bad: "PT1M",
  }),
  ...[METRIC_ALERT, QUERY_ALERT].flatMap((type) => alertRules(type)),
  ...settings(
    METRIC_ALERT,
    {
      id: "ROT-ALERT-METRIC-1",
      title: "A metric is looked at every few minutes.",
      reference: "Create or edit a metric alert rule: when to evaluate",
      path: "evaluationFrequency",
      must: like(/^PT(?:1M|5M|15M|30M|1H)$/),
      good: "PT1M",
      bad: "P1D",
    },
    {
      id: "ROT-ALERT-METRIC-2",
      title: "A metric is looked at in one resource that exists.",
      reference: "Create or edit a metric alert rule: scope",
      path: "scopes",
      must: { met: (value) => words(value).length === 1, wanted: "one resource" },
      good: ["/subscriptions/x/applicationGateways/y"],
      bad: [],
    },
    {
      id: "ROT-ALERT-METRIC-3",
      title: "An alert says by which kind of criteria it goes.",
      reference: "Metric alerts REST API: criteria odata.type",
      path: "criteria.odataType",
      must: like(/^Microsoft\.Azure\.Monitor\.SingleResourceM\w+$/),
      good: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
      bad: "other",
    },
  ),
  ...criteria(METRIC_ALERT, {
    metricName: like(/^\w+$/),
    metricNamespace: like(/^Microsoft\.\w+\/\w+$/),
    criterionType: oneOf("StaticThresholdCriterion"),
    operator: oneOf("GreaterThan", "GreaterThanOrEqual"),
    threshold: between(0),
    timeAggregation: oneOf("Minimum", "Maximum", "Total", "Count"),
  }),
  ...criteria(QUERY_ALERT, {
    query: like(/^(?:let |\w+\n?\s*\|)[\s\S]*\bwhere\b/),
    operator: oneOf("GreaterThan", "GreaterThanOrEqual"),
    threshold: oneOf(0),
    timeAggregation: oneOf("Count"),
    "failingPeriods.numberOfEvaluationPeriods": oneOf(1),
    "failingPeriods.minFailingPeriodsToAlert": oneOf(1),
  }),
  {
    id: "ROT-ALERT-METRIC-5",
    title: "An alert on answers counts those that failed, and more than a stray one.",
    reference: "Application Gateway metrics: Response Status",
    appliesTo: [METRIC_ALERT],
    check: (props) => {
      const answers = list(at(props, "criteria.allOf")).filter(
        ({ metricName }) => metricName === "ResponseStatus",
      );
      const wrong = answers.filter(
        ({ dimensions, threshold, timeAggregation }) =>
          Number(threshold) < 1 ||
          timeAggregation !== "Total" ||
          !list(dimensions).some(
            ({ operator, values }) => operator === "Include" && words(values).join() === "5xx",
          ),
      );
      return wrong.length === 0
        ? undefined
        : "criteria.allOf must be the Total of HttpStatusGroup 5xx, above 1 or more.";
    },
    good: { props: { criteria: { allOf: [RESPONSES] } } },
    bad: { props: { criteria: { allOf: [{ ...RESPONSES, dimensions: [] }] } } },
  },
  {
    id: "ROT-ALERT-METRIC-10",
    title: "An alert on hosts rises at the first one that stays unhealthy.",
    reference: "Application Gateway metrics: Unhealthy Host Count",
    appliesTo: [METRIC_ALERT],
    check: (props) =>
      list(at(props, "criteria.allOf"))
        .filter(({ metricName }) => metricName === "UnhealthyHostCount")
        .every(({ threshold, timeAggregation }) => threshold === 0 && timeAggregation === "Minimum")
        ? undefined
        : "criteria.allOf must be the Minimum of UnhealthyHostCount above 0.",
    good: { props: { criteria: { allOf: [HOSTS] } } },
    bad: { props: { criteria: { allOf: [{ ...HOSTS, threshold: 1 }] } } },
  },
  {
    id: "ROT-ALERT-QUERY-5",
    title: "A query looks at no less time than lies between two of its runs.",
    reference: "Create or edit a log search alert rule: frequency and window",
    appliesTo: [QUERY_ALERT],
    check: (props) => {
      const [frequency, window] = ["evaluationFrequency", "windowSize"].map((key) =>
        minutes(props[key]),
      ) as [number, number];
      return window >= frequency ? undefined : "windowSize is shorter than evaluationFrequency.";
    },
    good: { props: { evaluationFrequency: "PT5M", windowSize: "PT10M" } },
    bad: { props: { evaluationFrequency: "PT30M", windowSize: "PT10M" } },
  },
  ...settings(
    ACTION_GROUP,
    {
      id: "ROT-ALERT-5",
      title: "Alerts are sent.",
      reference: "Action groups",
      path: "enabled",
      must: oneOf(true),
      good: true,
      bad: false,
    },
    {
      id: "ROT-ALERT-6",
      title: "Somebody gets the alerts.",
      reference: "Action groups",
      path: "emailReceivers",
      must: {
        met: (value) =>
          list(value).length > 0 &&
          list(value).every(({ emailAddress }) =>
            /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(text(emailAddress)),
          ),
        wanted: "addresses",
      },
      good: [{ emailAddress: "platform@example.com", useCommonAlertSchema: true }],
      bad: [],
    },
    {
      id: "ROT-ALERT-7",
      title: "All alerts look the same to whoever reads them.",
      reference: "Common alert schema",
      path: "emailReceivers",
      must: {
        met: (value) =>
          list(value).every(({ useCommonAlertSchema }) => useCommonAlertSchema === true),
        wanted: "with useCommonAlertSchema true",
      },
      good: [{ useCommonAlertSchema: true }],
      bad: [{ useCommonAlertSchema: false }],
    },
    {
      id: "ROT-ALERT-8",
      title: "The sender of alerts has a short name.",
      reference: "Action groups: display name",
      path: "groupShortName",
      must: like(/^.{1,12}$/),
      good: "rotation",
      bad: "a name that is too long",
    },
  ),
  ...settings(TOPIC, {
    id: "ROT-EVENT-1",
    title: "The events are those of a vault.",
    reference: "Azure Key Vault as Event Grid source",
    path: "topicType",
    must: {
      met: (value) => text(value).toLowerCase() === "microsoft.keyvault.vaults",
      wanted: "Microsoft.KeyVault.vaults",
    },
    good: "Microsoft.KeyVault.vaults",
    bad: "Microsoft.Storage.StorageAccounts",
  }),
  ...settings(
    SUBSCRIPTION,
    {
      id: "ROT-EVENT-2",
      title: "Whoever listens hears of secrets that end soon and that have ended.",
      reference: "Azure Key Vault as Event Grid source",
      path: "filter.includedEventTypes",
      must: listOf(...ENDS),
      good: ENDS,
      bad: ["Microsoft.KeyVault.SecretExpired"],
    },
    {
      id: "ROT-EVENT-8",
      title: "A system that listens hears of new secrets too.",
      reference: "Azure Key Vault as Event Grid source",
      path: "filter.includedEventTypes",
      must: listOf(BEGINS),
      good: [BEGINS],
      bad: ENDS,
      where: isWebHook,
      given: { destination: { endpointType: "WebHook" } },
    },
    {
      id: "ROT-EVENT-3",
      title: "Events go to an address over HTTPS.",
      reference: "Event Grid: webhook event delivery",
      path: "destination.endpointUrl",
      must: like(/^https:\/\//),
      good: "https://events.example.com/rotation",
      bad: "http://events.example.com/rotation",
      where: isWebHook,
      given: { destination: { endpointType: "WebHook" } },
    },
    {
      id: "ROT-EVENT-4",
      title: "Events go to a system or to people.",
      reference: "Event Grid: event handlers",
      path: "destination.endpointType",
      must: oneOf("WebHook", "MonitorAlert"),
      good: "WebHook",
      bad: "StorageQueue",
    },
    {
      id: "ROT-EVENT-11",
      title: "People hear of the credentials of the slots, and of no other secret.",
      reference: "Event Grid: advanced filtering",
      path: "filter.advancedFilters",
      must: {
        met: (value) =>
          list(value).length === 1 &&
          list(value).every(
            ({ key, operatorType, values }) =>
              key === "data.ObjectName" &&
              operatorType === "StringIn" &&
              words(values).length === 2 &&
              words(values).every((name) => /^[a-z0-9-]+-(?:blue|green)$/.test(name)),
          ),
        wanted: "data.ObjectName in the names of two secrets",
      },
      good: [
        { key: "data.ObjectName", operatorType: "StringIn", values: ["app-blue", "app-green"] },
      ],
      bad: [],
      where: (props) => !isWebHook(props),
    },
    {
      id: "ROT-EVENT-9",
      title: "Events for people reach those whom alerts reach.",
      reference: "Send Event Grid events to Azure Monitor alerts",
      path: "destination.actionGroups",
      must: SET,
      good: [GROUP_ID],
      bad: [],
      where: (props) => !isWebHook(props),
    },
    {
      id: "ROT-EVENT-10",
      title: "Events for people are as bad as an alert.",
      reference: "Send Event Grid events to Azure Monitor alerts",
      path: "destination.severity",
      must: oneOf("Sev1", "Sev2"),
      good: "Sev1",
      bad: "Sev4",
      where: (props) => !isWebHook(props),
    },
    {
      id: "ROT-EVENT-5",
      title: "Events are sent again for hours when nobody takes them.",
      reference: "Event Grid message delivery and retry",
      path: "retryPolicy.eventTimeToLiveInMinutes",
      must: between(60, 1440),
      where: isWebHook,
      given: { destination: { endpointType: "WebHook" } },
      good: 1440,
      bad: 1,
    },
    {
      id: "ROT-EVENT-6",
      title: "Events are sent again many times when nobody takes them.",
      reference: "Event Grid message delivery and retry",
      path: "retryPolicy.maxDeliveryAttempts",
      must: between(10, 30),
      where: isWebHook,
      given: { destination: { endpointType: "WebHook" } },
      good: 30,
      bad: 1,
    },
    {
      id: "ROT-EVENT-7",
      title: "Events are written the way that is a standard.",
      reference: "CloudEvents v1.0 schema with Azure Event Grid",
      path: "eventDeliverySchema",
      must: oneOf("CloudEventSchemaV1_0"),
      good: "CloudEventSchemaV1_0",
      bad: "CustomInputSchema",
    },
  ),
];

/** What holds for alerts on metrics and on queries alike. */
function alertRules(type: string): Rule[] {
  const kind = type === METRIC_ALERT ? "METRIC" : "QUERY";
  return settings(
    type,
    {
      id: `ROT-ALERT-${kind}-6`,
      title: "An alert is on.",
      reference: "Create or edit an alert rule",
      path: "enabled",
      must: oneOf(true),
      good: true,
      bad: false,
    },
    {
      id: `ROT-ALERT-${kind}-7`,
      title: "An alert is told to somebody.",
      reference: "Create or edit an alert rule: actions",
      path: "actions",
      must: {
        met: (value) =>
          [
            ...list(value).map(({ actionGroupId }) => actionGroupId),
            ...words(at(value, "actionGroups")),
          ].some(Boolean),
        wanted: "an action group",
      },
      good: type === METRIC_ALERT ? [{ actionGroupId: GROUP_ID }] : { actionGroups: [GROUP_ID] },
      bad: [],
    },
    {
      id: `ROT-ALERT-${kind}-8`,
      title: "An alert says how bad it is; 0 is for what no alert can know, that all is down.",
      reference: "Create or edit an alert rule: severity",
      path: "severity",
      must: oneOf(1, 2, 3),
      good: 1,
      bad: 4,
    },
    {
      id: `ROT-ALERT-${kind}-9`,
      title: "An alert looks at some minutes up to two days.",
      reference: "Create or edit an alert rule: window size",
      path: "windowSize",
      must: {
        met: (value) => minutes(value) >= 5 && minutes(value) <= 2 * 24 * 60,
        wanted: "PT5M to P2D",
      },
      good: "PT15M",
      bad: "PT0M",
    },
  );
}

/** What an alert compares: every part of it has to be there. */
function criteria(type: string, parts: Readonly<Record<string, Demand>>): Rule[] {
  const kind = type === METRIC_ALERT ? "METRIC" : "QUERY";
  return [
    {
      id: `ROT-ALERT-${kind}-4`,
      title: "An alert compares something with a number.",
      reference: "Create or edit an alert rule: condition",
      appliesTo: [type],
      check: (props) => {
        const all = list(at(props, "criteria.allOf"));
        const problems = all.flatMap((criterion) =>
          Object.entries(parts).flatMap(([path, must]) => problem(criterion, path, must) ?? []),
        );
        return all.length > 0 && problems.length === 0
          ? undefined
          : `criteria.allOf: ${problems.join(" ") || "is empty."}`;
      },
      good: { props: { criteria: { allOf: [type === METRIC_ALERT ? HOSTS : ROWS] } } },
      bad: { props: { criteria: { allOf: [] } } },
    },
  ];
}

function isWebHook(props: Values): boolean {
  return at(props, "destination.endpointType") === "WebHook";
}

/** Minutes of `PT15M`, `PT1H` or `P1D`; NaN for anything else. */
function minutes(duration: unknown): number {
  const [, days = 0, hours = 0, rest = 0] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(text(duration)) ?? [];
  return text(duration) === "" ? NaN : Number(days) * 1440 + Number(hours) * 60 + Number(rest);
}
