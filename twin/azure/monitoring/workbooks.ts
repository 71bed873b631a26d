import { randomUUID } from "node:crypto";
import { textAt } from "../arm/plain";
import { IN_GROUP, type Put } from "../arm/resourceType";
import { demand, isGuid, resourceType } from "../arm/common";

export const WORKBOOK = "Microsoft.Insights/workbooks";

const workbook = resourceType({
  token: "azure-native:applicationinsights:Workbook",
  armType: WORKBOOK,
  apiVersion: "2023-06-01",
  path: `${IN_GROUP}/providers/${WORKBOOK}/{resourceName}`,
  names: {},
  autoName: "uuid",
  locationRequired: true,
  replaceOn: ["location"],
  put(put) {
    requireContent(put);
    const { cloud, inputs, echo } = put;
    return {
      ...echo,
      sourceId: (textAt(inputs, "sourceId") || "azure monitor").toLowerCase(),
      revision: randomUUID().replaceAll("-", ""),
      timeModified: new Date().toISOString(),
      userId: cloud.deployer.objectId,
    };
  },
});

/** "Programmatically manage workbooks": a UUID as name, a kind, and a notebook as content. */
function requireContent({ inputs, name }: Put): void {
  demand(isGuid(name), "BadRequest", `The name of a workbook must be a UUID, not '${name}'.`);
  for (const key of ["displayName", "category", "serializedData"]) {
    demand(textAt(inputs, key) !== "", "BadRequest", `Workbook ${name} has no ${key}.`);
  }
  const kind = textAt(inputs, "kind");
  demand(
    kind === "shared",
    "BadRequest",
    `The kind of workbook ${name} is '${kind}', allowed is 'shared'.`,
  );
  demand(
    versionOf(textAt(inputs, "serializedData")) === "Notebook/1.0",
    "BadRequest",
    `The serializedData of workbook ${name} is not the JSON of a notebook of version Notebook/1.0.`,
  );
}

function versionOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { version?: unknown } | null)?.version;
  } catch {
    return undefined;
  }
}

export const workbookTypes = [workbook];
