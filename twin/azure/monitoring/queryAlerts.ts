import { normalizedLocation } from "../arm/difference";
import { flagAt, numberAt, objectsAt, textAt, textsAt, type PlainObject } from "../arm/plain";
import { IN_GROUP, type Put } from "../arm/resourceType";
import { ACTION_GROUP } from "./actionGroups";
import { demand, resourceType } from "../arm/common";
import { minutesOf } from "./durations";
import { requireSeverity } from "./metricAlerts";
import { targetOf } from "./targets";
import { WORKSPACE } from "./workspaces";

const QUERY_RULE = "Microsoft.Insights/scheduledQueryRules";
/** Azure's own list, from its answer in Azure/azure-rest-api-specs issue 21258; 1 minute came later. */
const WINDOWS = [1, 5, 10, 15, 30, 45, 60, 120, 180, 240, 300, 360, 1440, 2880];
const FREQUENCIES = [1, 5, 10, 15, 30, 45, 60, 120, 180, 240, 300, 360, 1440];
/** "Create or edit a log search alert rule": a query looks back two days and no further. */
const LONGEST_LOOK_BACK = 2880;
const MOST_PERIODS = 6;
const AGGREGATIONS = ["Count", "Average", "Minimum", "Maximum", "Total"];
const OPERATORS = ["Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"];

const queryRule = resourceType({
  token: "azure-native:monitor:ScheduledQueryRule",
  armType: QUERY_RULE,
  apiVersion: "2025-01-01-preview",
  path: `${IN_GROUP}/providers/${QUERY_RULE}/{ruleName}`,
  names: { ruleName: { pattern: /^[^*<>%{}&:\\?/#|]*[^*<>%{}&:\\?/#|. ]$/, maxLength: 260 } },
  locationRequired: true,
  replaceOn: ["location", "kind"],
  references: [{ path: "actions.actionGroups[]", type: ACTION_GROUP }],
  put(put) {
    const { inputs, echo, previous } = put;
    requireScope(put);
    requireSeverity(inputs);
    requireTimes(inputs);
    requireCriteria(put);
    return {
      ...echo,
      enabled: echo["enabled"] ?? true,
      autoMitigate: echo["autoMitigate"] ?? true,
      createdWithApiVersion: previous?.outputs["createdWithApiVersion"] ?? "2025-01-01-preview",
      isLegacyLogAnalyticsRule: false,
      isWorkspaceAlertsStorageConfigured: false,
    };
  },
});

function requireScope({ cloud, inputs, name }: Put): void {
  const scopes = textsAt(inputs, "scopes[]");
  demand(
    scopes.length === 1,
    "BadRequest",
    `The rule ${name} needs exactly one scope, it has ${scopes.length}.`,
  );
  const { type, outputs } = targetOf(cloud, scopes[0]!);
  const location = textAt(outputs, "location");
  demand(
    type.armType !== WORKSPACE || location === normalizedLocation(textAt(inputs, "location")),
    "BadRequest",
    `The rule ${name} must be in the location of its scope, ${location}.`,
  );
}

function requireTimes(inputs: PlainObject): void {
  const window = minutesAt(inputs, "windowSize");
  const frequency = minutesAt(inputs, "evaluationFrequency");
  demand(
    window !== undefined && WINDOWS.includes(window),
    "BadRequest",
    `The window size ${textAt(inputs, "windowSize")} is not supported. Supported granularities are: ` +
      `${WINDOWS.join(", ")}.`,
  );
  demand(
    frequency !== undefined && FREQUENCIES.includes(frequency),
    "BadRequest",
    `The evaluation frequency ${textAt(inputs, "evaluationFrequency")} is not supported. Supported ` +
      `frequencies in minutes are: ${FREQUENCIES.join(", ")}.`,
  );
  demand(
    frequency <= window,
    "BadRequest",
    `The evaluation frequency ${frequency} must not be above the window size ${window}: records ` +
      "between two windows would be seen by none.",
  );
  const mute = minutesAt(inputs, "muteActionsDuration");
  demand(
    textAt(inputs, "muteActionsDuration") === "" || (mute !== undefined && frequency <= mute),
    "InvalidRequestContent",
    "The request content was invalid and could not be deserialized: 'EvaluationFrequency cannot be " +
      "greater than MuteActionsDuration'",
  );
  demand(
    mute === undefined || inputs["autoMitigate"] === false,
    "BadRequest",
    "The muteActionsDuration cannot be used together with autoMitigate: true, which is the default.",
  );
}

function requireCriteria({ inputs, name }: Put): void {
  const criteria = objectsAt(inputs, "criteria.allOf");
  demand(
    criteria.length === 1,
    "BadRequest",
    `The rule ${name} needs exactly one condition, it has ${criteria.length}.`,
  );
  const [condition] = criteria as [PlainObject];
  demand(
    textAt(condition, "query").trim() !== "" || flagAt(inputs, "skipQueryValidation"),
    "BadRequest",
    `The query of rule ${name} is empty.`,
  );
  const aggregation = textAt(condition, "timeAggregation");
  demand(
    AGGREGATIONS.includes(aggregation) &&
      (aggregation === "Count") === (textAt(condition, "metricMeasureColumn") === ""),
    "BadRequest",
    `The timeAggregation '${aggregation}' of rule ${name} must be one of ${AGGREGATIONS.join(", ")}, ` +
      "with a metricMeasureColumn exactly when it is not Count.",
  );
  demand(
    OPERATORS.includes(textAt(condition, "operator")) &&
      numberAt(condition, "threshold") !== undefined,
    "BadRequest",
    `The condition of rule ${name} needs a threshold and an operator of ${OPERATORS.join(", ")}.`,
  );
  requireLookBack(inputs, condition, name);
}

function requireLookBack(inputs: PlainObject, condition: PlainObject, name: string): void {
  const periods = numberAt(condition, "failingPeriods.numberOfEvaluationPeriods") ?? 1;
  const failing = numberAt(condition, "failingPeriods.minFailingPeriodsToAlert") ?? 1;
  demand(
    periods >= 1 && periods <= MOST_PERIODS && failing >= 1 && failing <= periods,
    "BadRequest",
    `Rule ${name}: numberOfEvaluationPeriods must be from 1 to ${MOST_PERIODS}, ` +
      "minFailingPeriodsToAlert from 1 to that.",
  );
  const needed = minutesAt(inputs, "windowSize")! * periods;
  const text = textAt(inputs, "overrideQueryTimeRange");
  const range = text === "" ? needed : minutesOf(text);
  demand(
    range !== undefined && range >= needed && range <= LONGEST_LOOK_BACK,
    "BadRequest",
    `The query of rule ${name} looks back ${text || `${needed} minutes`}: it must cover windowSize x ` +
      `numberOfEvaluationPeriods, ${needed} minutes, and cannot exceed ${LONGEST_LOOK_BACK}.`,
  );
}

function minutesAt(inputs: PlainObject, property: string): number | undefined {
  return minutesOf(textAt(inputs, property));
}

export const queryAlertTypes = [queryRule];
