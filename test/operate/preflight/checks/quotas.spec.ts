import assert from "node:assert";
import { DATABASE_SIZES } from "../../../../azure";
import { databaseFamily } from "../../../../operate/preflight/checks/quotas";

describe("the quota of a flexible server's size", () => {
  it("is that of its family, as Azure's answers call it", () => {
    for (const [size, family] of [
      ["Standard_B1ms", "standardBSFamily"],
      ["Standard_B2s", "standardBSFamily"],
      ["Standard_D2s_v3", "standardDSv3Family"],
      ["Standard_D4ds_v4", "standardDDSv4Family"],
      ["Standard_D2ds_v5", "standardDDSv5Family"],
      ["Standard_D2ads_v5", "standardDADSv5Family"],
      ["Standard_E20ds_v5", "standardEDSv5Family"],
    ] as const) {
      assert.strictEqual(databaseFamily(size), family);
    }
  });

  it("has a name for every size of Microsoft's table", () => {
    for (const size of Object.keys(DATABASE_SIZES)) {
      assert.match(databaseFamily(size), /^standard[BDE][ADS]*S(v[345])?Family$/, size);
    }
  });
});
