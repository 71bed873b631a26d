import * as assert from "node:assert/strict";
import type { Properties } from "../../../../twin/plugin/provider";
import { AzureBench, GROUP, type Refusal } from "../../../support/azureCloud";
import { GoodInputs, makePlatform } from "../../../support/azurePlatform";

const MAINTENANCE = "containerservice:MaintenanceConfiguration";

describe("maintenance windows of a cluster in the twin", () => {
  let bench: AzureBench;
  const window = (configName: string, change: Properties = {}) => ({
    resourceGroupName: GROUP,
    resourceName: "aks",
    configName,
    maintenanceWindow: {
      durationHours: 4,
      startTime: "01:00",
      utcOffset: "+00:00",
      schedule: { weekly: { dayOfWeek: "Sunday", intervalWeeks: 1 } },
      ...change,
    },
  });

  before(async () => {
    bench = await AzureBench.start();
    await makePlatform(bench, new GoodInputs(bench.cloud.subscriptionId));
  });

  after(() => bench.stop());

  const refusals: readonly Refusal[] = [
    [
      "a name of its own",
      MAINTENANCE,
      () => window("sunday"),
      /Only 'default', 'aksManagedAutoUpgradeSchedule' and 'aksManagedNodeOSUpgradeSchedule' are allowed/,
    ],
    [
      "less than four hours",
      MAINTENANCE,
      () => window("aksManagedAutoUpgradeSchedule", { durationHours: 3 }),
      /durationHours of aksManagedAutoUpgradeSchedule is 3, allowed are 4 to 24/,
    ],
    [
      "an hour of one digit",
      MAINTENANCE,
      () => window("aksManagedAutoUpgradeSchedule", { startTime: "1:00" }),
      /format is HH:mm/,
    ],
    [
      "two schedules",
      MAINTENANCE,
      () =>
        window("aksManagedNodeOSUpgradeSchedule", {
          schedule: {
            daily: { intervalDays: 1 },
            weekly: { dayOfWeek: "Sunday", intervalWeeks: 1 },
          },
        }),
      /exactly one of daily, weekly/,
    ],
    [
      "daily upgrades of Kubernetes",
      MAINTENANCE,
      () => window("aksManagedAutoUpgradeSchedule", { schedule: { daily: { intervalDays: 1 } } }),
      /daily schedule is allowed for aksManagedNodeOSUpgradeSchedule only/,
    ],
    [
      "a day that is none",
      MAINTENANCE,
      () =>
        window("aksManagedAutoUpgradeSchedule", {
          schedule: { weekly: { dayOfWeek: "Sun", intervalWeeks: 1 } },
        }),
      /schedule of aksManagedAutoUpgradeSchedule is invalid/,
    ],
  ];
  for (const [what, type, inputs, error] of refusals) {
    it(`refuse ${what}`, async () => {
      await assert.rejects(bench.create(type, inputs()), error);
    });
  }

  it("exist for Kubernetes and for nodes", async () => {
    for (const name of ["aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"]) {
      const { outputs } = await bench.create(MAINTENANCE, window(name));
      assert.equal(outputs["name"], name);
    }
  });
});
