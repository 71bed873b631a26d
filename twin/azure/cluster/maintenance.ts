import { numberAt, objectAt, textAt } from "../arm/plain";
import type { Put } from "../arm/resourceType";
import { CLUSTER, CLUSTER_NAME, CLUSTER_PATH, CLUSTERS_API_VERSION } from "./clusterNames";
import { demand, resourceType } from "../arm/common";

const NODE_SCHEDULE = "aksManagedNodeOSUpgradeSchedule";
const NAMES = ["default", "aksManagedAutoUpgradeSchedule", NODE_SCHEDULE];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const WEEKS = ["First", "Second", "Third", "Fourth", "Last"];

/** "Use planned maintenance to schedule and control upgrades for your AKS cluster". */
const maintenanceConfiguration = resourceType({
  token: "azure-native:containerservice:MaintenanceConfiguration",
  armType: `${CLUSTER}/maintenanceConfigurations`,
  apiVersion: CLUSTERS_API_VERSION,
  path: `${CLUSTER_PATH}/maintenanceConfigurations/{configName}`,
  names: { resourceName: CLUSTER_NAME },
  put(put) {
    demand(
      NAMES.includes(put.name),
      "InvalidParameter",
      "Only 'default', 'aksManagedAutoUpgradeSchedule' and 'aksManagedNodeOSUpgradeSchedule' are " +
        "allowed configNames for maintenance configuration.",
    );
    const window = objectAt(put.inputs, "maintenanceWindow");
    demand(
      (window === undefined) === (put.name === "default"),
      "InvalidParameter",
      `Maintenance configuration ${put.name}: 'default' has timeInWeek and notAllowedTime, the others ` +
        "need a maintenanceWindow.",
    );
    if (window) {
      requireWindow(put);
    }
    return put.echo;
  },
});

function requireWindow({ inputs, name }: Put): void {
  const window = objectAt(inputs, "maintenanceWindow")!;
  const hours = numberAt(window, "durationHours");
  demand(
    hours !== undefined && hours >= 4 && hours <= 24,
    "InvalidParameter",
    `maintenanceWindow.durationHours of ${name} is ${hours}, allowed are 4 to 24.`,
  );
  demand(
    /^([01]\d|2[0-3]):[0-5]\d$/.test(textAt(window, "startTime")),
    "InvalidParameter",
    `maintenanceWindow.startTime of ${name} is '${textAt(window, "startTime")}', the format is HH:mm.`,
  );
  demand(
    /^([+-](0\d|1[0-4]):[0-5]\d)?$/.test(textAt(window, "utcOffset")),
    "InvalidParameter",
    `maintenanceWindow.utcOffset of ${name} is '${textAt(window, "utcOffset")}', the format is +/-HH:mm.`,
  );
  const schedule = objectAt(window, "schedule") ?? {};
  demand(
    Object.keys(schedule).length === 1,
    "InvalidParameter",
    `maintenanceWindow.schedule of ${name} needs exactly one of daily, weekly, absoluteMonthly and ` +
      "relativeMonthly.",
  );
  demand(
    schedule["daily"] === undefined || name === NODE_SCHEDULE,
    "InvalidParameter",
    `A daily schedule is allowed for ${NODE_SCHEDULE} only, not for ${name}.`,
  );
  const fits: readonly boolean[] = [
    within(schedule, "daily.intervalDays", 1, 7),
    within(schedule, "weekly.intervalWeeks", 1, 4),
    within(schedule, "absoluteMonthly.intervalMonths", 1, 6),
    within(schedule, "absoluteMonthly.dayOfMonth", 1, 31),
    within(schedule, "relativeMonthly.intervalMonths", 1, 6),
    oneOf(textAt(schedule, "weekly.dayOfWeek"), DAYS),
    oneOf(textAt(schedule, "relativeMonthly.dayOfWeek"), DAYS),
    oneOf(textAt(schedule, "relativeMonthly.weekIndex"), WEEKS),
  ];
  demand(
    fits.every(Boolean),
    "InvalidParameter",
    `maintenanceWindow.schedule of ${name} is invalid: intervals are 1 to 7 days, 1 to 4 weeks or 1 to ` +
      `6 months, days ${DAYS.join(", ")}, weeks ${WEEKS.join(", ")}.`,
  );
}

function within(
  schedule: Parameters<typeof numberAt>[0],
  path: string,
  least: number,
  most: number,
): boolean {
  const value = numberAt(schedule, path) ?? least;
  return value >= least && value <= most;
}

function oneOf(value: string, allowed: readonly string[]): boolean {
  return value === "" || allowed.includes(value);
}

export const maintenanceTypes = [maintenanceConfiguration];
