import { createHash } from "node:crypto";
import { objectAt, objectsAt, textAt, textsAt, type PlainObject } from "../arm/plain";
import { IN_GROUP } from "../arm/resourceType";
import { demand, resourceType } from "../arm/common";
import { targetOf } from "./targets";
import { WORKSPACE } from "./workspaces";

const API_VERSION = "2022-06-01";
const RULE = "Microsoft.Insights/dataCollectionRules";
const ASSOCIATION = "Microsoft.Insights/dataCollectionRuleAssociations";
const NAME = { pattern: /^[a-zA-Z0-9][\w.-]*$/, minLength: 3, maxLength: 64 };

const dataCollectionRule = resourceType({
  token: "azure-native:monitor:DataCollectionRule",
  armType: RULE,
  apiVersion: API_VERSION,
  path: `${IN_GROUP}/providers/${RULE}/{dataCollectionRuleName}`,
  names: { dataCollectionRuleName: NAME },
  locationRequired: true,
  replaceOn: ["location", "kind"],
  references: [{ path: "destinations.logAnalytics[].workspaceResourceId", type: WORKSPACE }],
  inUse: "AssociationsExist",
  put({ id, inputs, echo, name }) {
    requireFlows(inputs, name);
    return {
      ...echo,
      immutableId: `dcr-${createHash("sha256").update(id.toLowerCase()).digest("hex").slice(0, 32)}`,
      metadata: {},
    };
  },
});

/** "Structure of a data collection rule": flows lead from streams to named destinations. */
function requireFlows(inputs: PlainObject, name: string): void {
  const flows = objectsAt(inputs, "dataFlows");
  const destinations = Object.keys(objectAt(inputs, "destinations") ?? {}).flatMap((kind) => [
    ...textsAt(inputs, `destinations.${kind}[].name`),
    ...textsAt(inputs, `destinations.${kind}.name`),
  ]);
  demand(
    flows.length > 0 && destinations.length > 0,
    "InvalidPayload",
    `Data collection rule is invalid: ${name} needs 'dataFlows' and 'destinations'.`,
  );
  demand(
    new Set(destinations).size === destinations.length,
    "InvalidPayload",
    `Data collection rule is invalid: the destinations of ${name} need names of their own.`,
  );
  const sources = Object.keys(objectAt(inputs, "dataSources") ?? {}).flatMap((kind) =>
    textsAt(inputs, `dataSources.${kind}[].streams[]`),
  );
  for (const flow of flows) {
    for (const destination of textsAt(flow, "destinations[]")) {
      demand(
        destinations.includes(destination),
        "InvalidPayload",
        `Data collection rule is invalid: 'dataFlows' of ${name} refer to the destination ` +
          `'${destination}', which is not in 'destinations'.`,
      );
    }
    const streams = textsAt(flow, "streams[]");
    demand(
      streams.length > 0 &&
        streams.every((stream) => stream.startsWith("Custom-") || sources.includes(stream)),
      "InvalidPayload",
      `Data collection rule is invalid: 'dataFlows' of ${name} use the streams ` +
        `'${streams.join(", ")}', 'dataSources' give '${sources.join(", ")}'.`,
    );
  }
}

const dataCollectionRuleAssociation = resourceType({
  token: "azure-native:monitor:DataCollectionRuleAssociation",
  armType: ASSOCIATION,
  apiVersion: API_VERSION,
  path: `/{resourceUri}/providers/${ASSOCIATION}/{associationName}`,
  names: { associationName: NAME },
  references: [{ path: "dataCollectionRuleId", type: RULE }],
  put({ cloud, inputs, echo, name }) {
    targetOf(cloud, textAt(inputs, "resourceUri"));
    const [rule, endpoint] = ["dataCollectionRuleId", "dataCollectionEndpointId"].map((key) =>
      textAt(inputs, key),
    );
    demand(
      (rule === "") !== (endpoint === ""),
      "InvalidPayload",
      `Data collection rule association ${name} needs either a dataCollectionRuleId or a ` +
        "dataCollectionEndpointId.",
    );
    demand(
      (endpoint !== "") === (name === "configurationAccessEndpoint"),
      "InvalidPayload",
      "The association with a dataCollectionEndpointId must be named 'configurationAccessEndpoint', " +
        `and no other: ${name}.`,
    );
    return { ...echo, metadata: {} };
  },
});

export const dataCollectionTypes = [dataCollectionRule, dataCollectionRuleAssociation];
