import assert from "node:assert";
import { regionProblem } from "../../../components/platform/regions";

const [GEO, LOCAL] = [{ geoRedundantBackup: true }, { geoRedundantBackup: false }];

describe("regionProblem", () => {
  it("has nothing against a region with zones and a pair", () => {
    for (const location of ["westeurope", "eastus2", "southeastasia"]) {
      assert.strictEqual(regionProblem(location, GEO), undefined);
    }
  });

  it("refuses a region without availability zones and lists those that have them", () => {
    for (const location of ["westus", "northcentralus", "ukwest", "nowhere"]) {
      const problem = regionProblem(location, LOCAL) ?? "";
      assert.ok(problem.includes(`rotation:location "${location}" is no region with`), problem);
      assert.match(problem, /westeurope/);
    }
  });

  it("refuses a region without a pair only where backups are to be geo-redundant", () => {
    assert.match(regionProblem("polandcentral", GEO) ?? "", /no paired region.*geo-redundant/);
    assert.strictEqual(regionProblem("polandcentral", LOCAL), undefined);
  });
});
