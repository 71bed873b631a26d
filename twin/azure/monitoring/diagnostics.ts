import { ArmError } from "../arm/armError";
import { flagAt, numberAt, objectsAt, textAt, type PlainObject } from "../arm/plain";
import { parentOf } from "../arm/resourceManager";
import type { ArmResource, Put } from "../arm/resourceType";
import { demand, resourceType } from "../arm/common";
import { categoriesOf } from "./diagnosticCategories";
import { targetOf } from "./targets";
import { WORKSPACE } from "./workspaces";

const DIAGNOSTIC_SETTING = "Microsoft.Insights/diagnosticSettings";
const MOST_SETTINGS = 5;
const SINKS = [
  "workspaceId",
  "storageAccountId",
  "eventHubAuthorizationRuleId",
  "marketplacePartnerId",
];

/** "Diagnostic settings in Azure Monitor". */
const diagnosticSetting = resourceType({
  token: "azure-native:monitor:DiagnosticSetting",
  armType: DIAGNOSTIC_SETTING,
  apiVersion: "2021-05-01-preview",
  path: `/{resourceUri}/providers/${DIAGNOSTIC_SETTING}/{name}`,
  names: { name: { pattern: /^[^<>*%&:\\?+/]+$/, minLength: 1, maxLength: 260 } },
  references: [{ path: "workspaceId", type: WORKSPACE }],
  put(put) {
    const { cloud, id, inputs, echo } = put;
    const target = targetOf(cloud, textAt(inputs, "resourceUri"));
    requireSinks(inputs);
    requireCategories(put, target);
    const others = cloud.resources
      .all(DIAGNOSTIC_SETTING)
      .filter(
        (other) =>
          settingOn(other) === settingOn(put) && other.id.toLowerCase() !== id.toLowerCase(),
      );
    demand(
      others.length < MOST_SETTINGS,
      "BadRequest",
      `The limit of ${MOST_SETTINGS} diagnostic settings was reached. To create a new one delete an ` +
        "existing setting.",
    );
    requireOwnSinks(put, others);
    return {
      ...echo,
      logs: objectsAt(inputs, "logs").map(withRetention),
      metrics: objectsAt(inputs, "metrics").map(withRetention),
    };
  },
});

function settingOn({ id }: { id: string }): string {
  return parentOf(parentOf(id)).toLowerCase();
}

function withRetention(item: PlainObject): PlainObject {
  return { retentionPolicy: { enabled: false, days: 0 }, ...item };
}

function requireSinks(inputs: PlainObject): void {
  demand(
    SINKS.some((sink) => textAt(inputs, sink) !== ""),
    "BadRequest",
    "At least one data sink needs to be specified.",
  );
  const type = textAt(inputs, "logAnalyticsDestinationType");
  demand(
    ["", "Dedicated", "AzureDiagnostics"].includes(type),
    "BadRequest",
    `The logAnalyticsDestinationType '${type}' is neither 'Dedicated' nor 'AzureDiagnostics'.`,
  );
}

function requireCategories({ inputs, previous }: Put, target: ArmResource): void {
  const known = categoriesOf(target.type.armType);
  demand(
    known !== undefined,
    "ResourceTypeNotSupported",
    `The resource type '${target.type.armType.toLowerCase()}' does not support diagnostic settings.`,
  );
  const logs = objectsAt(inputs, "logs");
  const metrics = objectsAt(inputs, "metrics");
  demand(
    logs.length + metrics.length > 0,
    "BadRequest",
    "At least one log or metric category needs to be specified.",
  );
  for (const item of logs) {
    const [category, group] = [textAt(item, "category"), textAt(item, "categoryGroup")];
    demand(
      (category === "") !== (group === ""),
      "BadRequest",
      "Each entry of logs needs either a category or a categoryGroup.",
    );
    requireKnown("Category", category, known.logs);
    requireKnown("Category group", group, known.groups);
  }
  metrics.forEach((item) =>
    requireKnown("Metric category", textAt(item, "category"), known.metrics),
  );
  demand(
    new Set(logs.map((item) => textAt(item, "category") === "")).size < 2,
    "BadRequest",
    "Log categories and log category groups cannot be mixed in one diagnostic setting.",
  );
  demand(
    previous !== undefined ||
      [...logs, ...metrics].every(
        (item) =>
          !flagAt(item, "retentionPolicy.enabled") &&
          (numberAt(item, "retentionPolicy.days") ?? 0) === 0,
      ),
    "BadRequest",
    "Diagnostic settings does not support retention for new diagnostic settings.",
  );
}

function requireKnown(what: string, name: string, known: readonly string[]): void {
  demand(
    name === "" || known.includes(name),
    "BadRequest",
    `${what} '${name}' is not supported, supported categories are: '${known.join(", ")}'.`,
  );
}

/** A category of a resource goes to a sink once. */
function requireOwnSinks({ inputs }: Put, others: readonly ArmResource[]): void {
  for (const other of others) {
    const taken = enabledCategories(other.inputs);
    const category = enabledCategories(inputs).find((name) => taken.includes(name));
    const sink = SINKS.map((name) => textAt(inputs, name)).find(
      (id) => id !== "" && SINKS.some((name) => sameId(textAt(other.inputs, name), id)),
    );
    if (category !== undefined && sink !== undefined) {
      throw new ArmError(
        409,
        "Conflict",
        `Data sink '${sink}' is already used in diagnostic setting '${other.name}' for category ` +
          `'${category}'. Data sinks can't be reused in different settings on the same category for ` +
          "the same resource.",
      );
    }
  }
}

function enabledCategories(inputs: PlainObject): string[] {
  return ["logs", "metrics"]
    .flatMap((list) => objectsAt(inputs, list))
    .filter((item) => flagAt(item, "enabled"))
    .map((item) => textAt(item, "category") || textAt(item, "categoryGroup"));
}

function sameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

export const diagnosticTypes = [diagnosticSetting];
