import { CLUSTER } from "./cluster";
import type { Rule } from "./rule";
import { ofType, text } from "./values";

const WINDOW = "azure-native:containerservice:MaintenanceConfiguration";

/** The two schedules, each for one kind of upgrade. */
const SCHEDULES = ["aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"] as const;

/** Rules about when a cluster is upgraded. */
export const MAINTENANCE_RULES: readonly Rule[] = [
  {
    id: "AZR-000446",
    title: "Both kinds of upgrade have a maintenance window.",
    appliesTo: [CLUSTER],
    needsStack: true,
    check: (_props, { all }) => {
      const known = ofType(all, WINDOW).map(({ props }) => text(props["configName"]));
      const missing = SCHEDULES.filter((schedule) => !known.includes(schedule));
      return missing.length === 0 ? undefined : `it has no ${missing.join(" and no ")}.`;
    },
  },
];
