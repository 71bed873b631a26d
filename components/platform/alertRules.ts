import * as monitor from "@pulumi/azure-native/monitor";
import * as pulumi from "@pulumi/pulumi";
import { alertText, type Asked, type MetricAlert } from "./alerts";
import { resourceName } from "./azureNames";
import { type ResourceScope, shared } from "./scope";

export interface AlertRuleArgs {
  /** Where the rule is made, and how it is named. */
  readonly scope: ResourceScope;
  /** Key in the table of alerts, e.g. `proof-failed`. */
  readonly key: string;
  /** Resource id of what is asked: the workspace for logs, the gateway for a metric. */
  readonly targetId: pulumi.Input<string>;
  /** Resource id of the action group that is notified. */
  readonly actionGroupId: pulumi.Input<string>;
}

/** An alert on what the logs say. */
export function queryRule(
  name: string,
  args: AlertRuleArgs & { readonly alert: Asked; readonly query: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): monitor.ScheduledQueryRule {
  const { alert, scope } = args;
  return new monitor.ScheduledQueryRule(
    name,
    {
      ...shared(scope),
      ruleName: resourceName("alert", scope.naming, args.key),
      displayName: args.key,
      description: alertText(args.key, alert),
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
            query: args.query,
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
      description: alertText(args.key, alert),
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
            operator: monitor.Operator.GreaterThanOrEqual,
            threshold: alert.atLeast,
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
