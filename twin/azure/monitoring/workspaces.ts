import { randomUUID } from "node:crypto";
import { ArmError } from "../arm/armError";
import { normalizedLocation } from "../arm/difference";
import { numberAt, textAt, type PlainObject } from "../arm/plain";
import { IN_GROUP, type Put, type Cloud } from "../arm/resourceType";
import { demand, resourceType } from "../arm/common";

export const WORKSPACE = "Microsoft.OperationalInsights/workspaces";

/** Retention that each plan allows, in days; `Free` and the others are not for new workspaces. */
const PLANS = ["PerGB2018", "CapacityReservation", "LACluster"];

/** What is left of a deleted workspace for 14 days. */
interface Remains {
  readonly customerId: string;
  readonly createdDate: string;
  readonly location: string;
}

/** Deleted workspaces of each cloud by id: making one again brings it back with its data. */
const deleted = new WeakMap<Cloud, Map<string, Remains>>();

function remainsOf(cloud: Cloud): Map<string, Remains> {
  const known = deleted.get(cloud) ?? new Map<string, Remains>();
  deleted.set(cloud, known);
  return known;
}

const workspace = resourceType({
  token: "azure-native:operationalinsights:Workspace",
  armType: WORKSPACE,
  apiVersion: "2023-09-01",
  path: `${IN_GROUP}/providers/${WORKSPACE}/{workspaceName}`,
  names: {
    workspaceName: {
      pattern: /^[A-Za-z0-9][A-Za-z0-9-]+[A-Za-z0-9]$/,
      minLength: 4,
      maxLength: 63,
    },
  },
  locationRequired: true,
  replaceOn: ["location"],
  inUse: "WorkspaceInUse",
  put(put) {
    const { inputs, echo, cloud, id } = put;
    const days = requireSettings(put);
    const remains = recovered(put);
    const now = new Date().toISOString();
    remainsOf(cloud).delete(id.toLowerCase());
    return {
      ...echo,
      sku: { name: textAt(inputs, "sku.name") || "PerGB2018", lastSkuUpdate: now },
      retentionInDays: days,
      customerId: remains?.customerId ?? randomUUID(),
      createdDate: remains?.createdDate ?? now,
      modifiedDate: now,
    };
  },
  remove(cloud, { id, outputs }) {
    remainsOf(cloud).set(id.toLowerCase(), remainsAfter(outputs));
  },
});

function requireSettings({ inputs, name }: Put): number {
  const days = numberAt(inputs, "retentionInDays") ?? 30;
  demand(
    days >= 30 && days <= 730,
    "InvalidParameter",
    `'RetentionInDays' property doesn't match the SKU limits: ${days} days for workspace ${name}, ` +
      "allowed are 30 to 730.",
  );
  const plan = textAt(inputs, "sku.name");
  demand(
    plan === "" || PLANS.includes(plan),
    "InvalidParameter",
    `Pricing tier doesn't match the subscription's billing model: sku.name of workspace ${name} is ` +
      `${plan}, allowed are ${PLANS.join(", ")}.`,
  );
  const quota = numberAt(inputs, "workspaceCapping.dailyQuotaGb");
  demand(
    quota === undefined || quota === -1 || quota > 0,
    "InvalidParameter",
    `workspaceCapping.dailyQuotaGb of workspace ${name} must be above 0, or -1 for no limit.`,
  );
  return days;
}

function remainsAfter(outputs: PlainObject): Remains {
  return {
    customerId: textAt(outputs, "customerId"),
    createdDate: textAt(outputs, "createdDate"),
    location: textAt(outputs, "location"),
  };
}

/** "Delete and recover Azure Log Analytics workspace": the same name, group and region recover it. */
function recovered({ cloud, id, name, inputs, previous }: Put): Remains | undefined {
  if (previous) {
    return remainsAfter(previous.outputs);
  }
  const remains = remainsOf(cloud).get(id.toLowerCase());
  const location = normalizedLocation(textAt(inputs, "location"));
  if (remains && remains.location !== location) {
    throw new ArmError(
      409,
      "Conflict",
      `The workspace name '${name}' is held by a soft-deleted workspace in ${remains.location}: ` +
        `recover it there or delete it for good before making one in ${location}.`,
    );
  }
  return remains;
}

export const workspaceTypes = [workspace];
