import { type Metric, METRICS } from "../../../azure";
import { flagAt, numberAt, objectsAt, textAt, textsAt, type PlainObject } from "../arm/plain";
import { IN_GROUP, type Put } from "../arm/resourceType";
import { ACTION_GROUP, requireLocation } from "./actionGroups";
import { demand, resourceType } from "../arm/common";
import { minutesOf } from "./durations";
import { targetOf } from "./targets";

const METRIC_ALERT = "Microsoft.Insights/metricAlerts";
const WINDOWS = ["PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "P1D"];
const FREQUENCIES = ["PT1M", "PT5M", "PT15M", "PT30M", "PT1H"];
const OPERATORS = [
  "Equals",
  "GreaterThan",
  "GreaterThanOrEqual",
  "LessThan",
  "LessThanOrEqual",
  "GreaterOrLessThan",
];
/** A metric that nobody is asked about has everything. */
const UNKNOWN: Metric = {
  aggregations: ["Average", "Count", "Maximum", "Minimum", "Total"],
  dimensions: [],
};
const SINGLE = "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria";
const MULTIPLE = "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria";
const MOST_STATIC_CRITERIA = 5;

const metricAlert = resourceType({
  token: "azure-native:monitor:MetricAlert",
  armType: METRIC_ALERT,
  apiVersion: "2018-03-01",
  path: `${IN_GROUP}/providers/${METRIC_ALERT}/{ruleName}`,
  names: { ruleName: { pattern: /^[^#*&+:<>?@%{}\\/|]*[^#*&+:<>?@%{}\\/|. ]$/, maxLength: 260 } },
  locationRequired: true,
  replaceOn: ["location"],
  references: [{ path: "actions[].actionGroupId", type: ACTION_GROUP }],
  put(put) {
    const { inputs, echo } = put;
    requireLocation(inputs, METRIC_ALERT, ["global"]);
    requireTimes(inputs);
    requireSeverity(inputs);
    requireCriteria(put);
    return {
      ...echo,
      autoMitigate: echo["autoMitigate"] ?? true,
      lastUpdatedTime: new Date().toISOString(),
      isMigrated: false,
    };
  },
});

function requireTimes(inputs: PlainObject): void {
  const window = textAt(inputs, "windowSize");
  const frequency = textAt(inputs, "evaluationFrequency");
  requireValue("windowSize", window, WINDOWS);
  requireValue("evaluationFrequency", frequency, FREQUENCIES);
  demand(
    minutesOf(frequency)! <= minutesOf(window)!,
    "BadRequest",
    `The evaluation frequency ${frequency} must not be longer than the window size ${window}.`,
  );
}

/** Also for log search alerts. */
export function requireSeverity(inputs: PlainObject): void {
  const severity = numberAt(inputs, "severity");
  demand(
    severity !== undefined && [0, 1, 2, 3, 4].includes(severity),
    "BadRequest",
    `The severity ${severity} is invalid, allowed are 0 to 4.`,
  );
}

function requireCriteria({ cloud, inputs, name }: Put): void {
  const scopes = textsAt(inputs, "scopes[]").map((id) => targetOf(cloud, id));
  const kind = textAt(inputs, "criteria.odataType");
  requireValue("criteria.odataType", kind, [SINGLE, MULTIPLE]);
  demand(
    scopes.length > 0 && (kind === MULTIPLE || scopes.length === 1),
    "BadRequest",
    `The alert ${name} needs exactly one scope with ${SINGLE}.`,
  );
  const types = new Set(scopes.map(({ type }) => type.armType));
  demand(
    types.size === 1,
    "BadRequest",
    `Scopes for multi resource metric alert ${name} must be of the same resource type.`,
  );
  const criteria = objectsAt(inputs, "criteria.allOf");
  demand(
    criteria.length > 0 && criteria.length <= MOST_STATIC_CRITERIA,
    "BadRequest",
    `The alert ${name} needs 1 to ${MOST_STATIC_CRITERIA} criteria, it has ${criteria.length}.`,
  );
  const names = criteria.map((criterion) => textAt(criterion, "name"));
  demand(
    new Set(names).size === names.length && !names.includes(""),
    "BadRequest",
    `Each criterion of the alert ${name} needs a name of its own.`,
  );
  criteria.forEach((criterion) => requireCriterion(criterion, [...types][0]!));
}

function requireCriterion(criterion: PlainObject, armType: string): void {
  requireValue("criterionType", textAt(criterion, "criterionType"), [
    "StaticThresholdCriterion",
    "DynamicThresholdCriterion",
  ]);
  requireValue("operator", textAt(criterion, "operator"), OPERATORS);
  const metric = textAt(criterion, "metricName");
  const known = METRICS[armType.toLowerCase()]?.[metric];
  demand(
    known !== undefined || flagAt(criterion, "skipMetricValidation"),
    "BadRequest",
    `Couldn't find a metric named ${metric}. Make sure the name is correct: ${armType} does not have it.`,
  );
  const { aggregations, dimensions } = known ?? UNKNOWN;
  demand(
    aggregations.some((aggregation) => aggregation === textAt(criterion, "timeAggregation")),
    "BadRequest",
    `Time aggregation must be one of [${aggregations.join(", ")}]`,
  );
  for (const dimension of textsAt(criterion, "dimensions[].name")) {
    demand(
      known === undefined || dimensions.includes(dimension),
      "BadRequest",
      `The dimension ${dimension} does not exist for metric ${metric}, valid dimensions are: ` +
        `${dimensions.join(", ") || "none"}.`,
    );
  }
}

function requireValue(property: string, value: string, allowed: readonly string[]): void {
  demand(
    allowed.includes(value),
    "BadRequest",
    `The value '${value}' of ${property} is invalid, supported values are: ${allowed.join(", ")}.`,
  );
}

export const metricAlertTypes = [metricAlert];
