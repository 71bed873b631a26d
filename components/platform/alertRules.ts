import * as monitor from "@pulumi/azure-native/monitor";
import * as pulumi from "@pulumi/pulumi";
import type { Readers } from "../application/alertQueries";
import type { MetricAlert, QueryAlert } from "./alerts";
import { resourceName } from "./azureNames";
import { type PlatformScope, shared } from "./scope";

export interface AlertRuleArgs {
  readonly scope: PlatformScope;
  /** Key in the table of alerts. */
  readonly key: string;
  /** Resource whose logs or metrics are asked. */
  readonly targetId: pulumi.Input<string>;
  readonly actionGroupId: pulumi.Input<string>;
}

/** Where people find what to do. */
function description({ key }: AlertRuleArgs, alert: QueryAlert | MetricAlert): string {
  return `${alert.description} What to do: docs/runbook.md#${key}`;
}

/** An alert on what the logs say. */
export function queryRule(
  name: string,
  args: AlertRuleArgs & { readonly alert: QueryAlert; readonly readers: pulumi.Input<Readers> },
  opts: pulumi.CustomResourceOptions,
): monitor.ScheduledQueryRule {
  const { alert, scope } = args;
  return new monitor.ScheduledQueryRule(
    name,
    {
      ...shared(scope),
      ruleName: resourceName("alert", scope.naming, args.key),
      displayName: args.key,
      description: description(args, alert),
      kind: monitor.Kind.LogAlert,
      enabled: true,
      severity: alert.severity,
      scopes: [args.targetId],
      evaluationFrequency: alert.every,
      windowSize: alert.window,
      autoMitigate: true,
      // Tables exist from their first row on, which comes after the alert.
      skipQueryValidation: true,
      criteria: {
        allOf: [
          {
            query: pulumi
              .output(args.readers)
              .apply((readers) => alert.query(scope.naming.application, readers)),
            timeAggregation: monitor.TimeAggregation.Count,
            operator: monitor.Operator.GreaterThan,
            threshold: 0,
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
          },
        ],
      },
      actions: { actionGroups: [args.actionGroupId] },
    },
    opts,
  );
}

/** An alert on a metric. */
export function metricRule(
  name: string,
  args: AlertRuleArgs & { readonly alert: MetricAlert },
  opts: pulumi.CustomResourceOptions,
): monitor.MetricAlert {
  const { alert, scope } = args;
  return new monitor.MetricAlert(
    name,
    {
      resourceGroupName: scope.resourceGroupName,
      tags: scope.tags,
      // Rules on metrics belong to no region.
      location: "global",
      ruleName: resourceName("alert", scope.naming, args.key),
      description: description(args, alert),
      enabled: true,
      severity: alert.severity,
      scopes: [args.targetId],
      evaluationFrequency: alert.every,
      windowSize: alert.window,
      autoMitigate: true,
      criteria: {
        odataType: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
        allOf: [
          {
            criterionType: "StaticThresholdCriterion",
            name: args.key,
            metricNamespace: "Microsoft.Network/applicationGateways",
            metricName: alert.metric,
            timeAggregation: alert.aggregation,
            operator: monitor.Operator.GreaterThan,
            threshold: alert.above,
            dimensions: alert.dimensions.map(({ name: dimension, values }) => ({
              name: dimension,
              operator: "Include",
              values: [...values],
            })),
          },
        ],
      },
      actions: [{ actionGroupId: args.actionGroupId }],
    },
    opts,
  );
}
