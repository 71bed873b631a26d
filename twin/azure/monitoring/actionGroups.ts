import { normalizedLocation } from "../arm/difference";
import { objectsAt, textAt, type PlainObject } from "../arm/plain";
import { IN_GROUP } from "../arm/resourceType";
import { demand, resourceType } from "../arm/common";

export const ACTION_GROUP = "Microsoft.Insights/actionGroups";

/** "Action groups": where the service of an action group can be. */
const LOCATIONS = [
  "global",
  "swedencentral",
  "germanywestcentral",
  "northcentralus",
  "southcentralus",
  "eastus2euap",
  "northeurope",
  "westeurope",
];
const MOST_EMAILS = 1000;
const SHORT_NAME_LENGTH = 12;

const actionGroup = resourceType({
  token: "azure-native:monitor:ActionGroup",
  armType: ACTION_GROUP,
  apiVersion: "2024-10-01-preview",
  path: `${IN_GROUP}/providers/${ACTION_GROUP}/{actionGroupName}`,
  names: { actionGroupName: { pattern: /^[^:<>+/&%\\?|]*[^:<>+/&%\\?|. ]$/, maxLength: 260 } },
  locationRequired: true,
  replaceOn: ["location"],
  put({ inputs, echo, name }) {
    requireLocation(inputs, ACTION_GROUP, LOCATIONS);
    const short = textAt(inputs, "groupShortName");
    demand(
      short.length >= 1 && short.length <= SHORT_NAME_LENGTH,
      "InvalidRequest",
      `The groupShortName '${short}' of action group ${name} has ${short.length} characters, ` +
        `allowed are 1 to ${SHORT_NAME_LENGTH}.`,
    );
    requireReceivers(inputs, name);
    return {
      ...echo,
      emailReceivers: objectsAt(inputs, "emailReceivers").map((receiver) => ({
        ...receiver,
        status: "Enabled",
      })),
    };
  },
});

function requireReceivers(inputs: PlainObject, group: string): void {
  const names = Object.keys(inputs)
    .filter((key) => key.endsWith("Receivers"))
    .flatMap((key) => objectsAt(inputs, key))
    .map((receiver) => textAt(receiver, "name").toLowerCase());
  demand(
    names.every((name, index) => name !== "" && names.indexOf(name) === index),
    "InvalidRequest",
    `Every receiver of action group ${group} needs a name of its own.`,
  );
  const emails = objectsAt(inputs, "emailReceivers");
  demand(
    emails.length <= MOST_EMAILS,
    "InvalidRequest",
    `Action group ${group} has ${emails.length} email receivers, at most ${MOST_EMAILS} are allowed.`,
  );
  for (const address of emails.map((receiver) => textAt(receiver, "emailAddress"))) {
    demand(
      /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(address),
      "InvalidRequest",
      `The emailAddress '${address}' of action group ${group} is not a valid email address.`,
    );
  }
}

/** ARM's refusal of a location that a type does not have. */
export function requireLocation(
  inputs: PlainObject,
  armType: string,
  locations: readonly string[],
): void {
  const location = textAt(inputs, "location");
  demand(
    locations.includes(normalizedLocation(location)),
    "LocationNotAvailableForResourceType",
    `The provided location '${location}' is not available for resource type '${armType}'. List of ` +
      `available regions for the resource type is '${locations.join(",")}'.`,
  );
}

export const actionGroupTypes = [actionGroup];
