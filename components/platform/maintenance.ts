import * as containerservice from "@pulumi/azure-native/containerservice";
import type * as pulumi from "@pulumi/pulumi";

/** When Azure may upgrade; names are Azure's ("Use planned maintenance for AKS"). */
const NIGHTS = {
  aksManagedAutoUpgradeSchedule: containerservice.WeekDay.Sunday,
  aksManagedNodeOSUpgradeSchedule: containerservice.WeekDay.Saturday,
} as const;

/** Weekly windows for upgrades of the cluster and of its nodes, each in a night of its own. */
export function maintenanceWindows(
  name: string,
  args: Pick<containerservice.MaintenanceConfigurationArgs, "resourceGroupName" | "resourceName">,
  opts: pulumi.CustomResourceOptions,
): void {
  for (const [configName, dayOfWeek] of Object.entries(NIGHTS)) {
    new containerservice.MaintenanceConfiguration(
      `${name}-${configName}`,
      {
        ...args,
        configName,
        maintenanceWindow: {
          durationHours: 4,
          startTime: "01:00",
          utcOffset: "+00:00",
          schedule: { weekly: { dayOfWeek, intervalWeeks: 1 } },
        },
      },
      opts,
    );
  }
}
