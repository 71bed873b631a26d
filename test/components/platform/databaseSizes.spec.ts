import assert from "node:assert";
import { databaseSize } from "../../../components/platform/databaseSizes";
import { PROFILES } from "../../../components/platform/profiles";

describe("databaseSize", () => {
  it("knows tier and connections of a size", () => {
    for (const [name, tier, maxConnections] of [
      ["Standard_B1ms", "Burstable", 50],
      ["Standard_B2s", "Burstable", 429],
      ["Standard_B20ms", "Burstable", 5000],
      ["Standard_D2ds_v5", "GeneralPurpose", 859],
      ["Standard_D4ads_v5", "GeneralPurpose", 1718],
      ["Standard_D8s_v3", "GeneralPurpose", 3437],
      ["Standard_D96ds_v5", "GeneralPurpose", 5000],
      ["Standard_E2ds_v4", "MemoryOptimized", 1718],
      ["Standard_E20ds_v5", "MemoryOptimized", 5000],
    ] as const) {
      assert.deepStrictEqual(databaseSize(name), { tier, maxConnections }, name);
    }
  });

  it("knows nothing that Azure does not sell as a server", () => {
    const names = ["Standard_B2s_v2", "Standard_B3ms", "Standard_D3ds_v5", "Standard_D2_v2"];
    for (const name of [
      ...names,
      "Standard_D20ds_v5",
      "Standard_D96s_v3",
      "Standard_F2s_v2",
      "D2ds_v5",
      "",
    ]) {
      assert.strictEqual(databaseSize(name), undefined, name);
    }
  });

  it("makes both profiles possible: what is zone redundant is not burstable", () => {
    for (const [name, { database }] of Object.entries(PROFILES)) {
      const size = databaseSize(database.size);
      assert.ok(size, name);
      assert.ok(!(database.zoneRedundant && size.tier === "Burstable"), name);
    }
  });
});
