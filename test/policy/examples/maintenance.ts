import type { Examples } from "./example";

const WINDOW = "azure-native:containerservice:MaintenanceConfiguration";
const SCHEDULES = ["aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"] as const;

export const MAINTENANCE_EXAMPLES: Examples = {
  "AZR-000446": {
    good: {
      props: {},
      others: SCHEDULES.map((configName) => ({
        type: WINDOW,
        name: configName,
        props: { configName },
      })),
    },
    bad: {
      props: {},
      others: [{ type: WINDOW, name: "one", props: { configName: SCHEDULES[0] } }],
    },
  },
};
