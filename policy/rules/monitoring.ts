import type { Rule, Values } from "./rule";
import { like, oneOf, settings } from "./setting";
import { at } from "./values";

const WORKSPACE = "azure-native:operationalinsights:Workspace";
const METRIC_ALERT = "azure-native:monitor:MetricAlert";
const QUERY_ALERT = "azure-native:monitor:ScheduledQueryRule";
const SUBSCRIPTION = "azure-native:eventgrid:SystemTopicEventSubscription";

/** Minutes as Azure writes them; an alert that looks rarely comes late. */
const MINUTES = /^PT(?:5M|10M|15M|30M|45M|1H)$/;

/** Rules about logs, alerts and events. */
export const MONITORING_RULES: readonly Rule[] = [
  ...settings(
    WORKSPACE,
    {
      id: "AZR-000425",
      title: "Logs are replicated to another region.",
      path: "replication.enabled",
      must: oneOf(true),
    },
    {
      id: "AZR-000486",
      title: "The workspace's name is valid in Azure.",
      path: "workspaceName",
      must: like(/^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/),
    },
    {
      id: "ROT-LOG-4",
      title: "Logs cannot be written with a workspace key.",
      reference: "Microsoft Entra authentication for Azure Monitor Logs",
      path: "features.disableLocalAuth",
      must: oneOf(true),
    },
  ),
  ...settings(METRIC_ALERT, {
    id: "AZR-000491",
    title: "An alert resolves itself.",
    path: "autoMitigate",
    must: oneOf(true),
  }),
  ...settings(QUERY_ALERT, {
    id: "AZR-000492",
    title: "A billed query does not run every minute.",
    path: "evaluationFrequency",
    must: like(MINUTES),
  }),
  ...settings(SUBSCRIPTION, {
    id: "ROT-EVENT-3",
    title: "Events go to an HTTPS endpoint.",
    reference: "Event Grid: webhook event delivery",
    path: "destination.endpointUrl",
    must: like(/^https:\/\//),
    where: isWebHook,
  }),
];

function isWebHook(props: Values): boolean {
  return at(props, "destination.endpointType") === "WebHook";
}
