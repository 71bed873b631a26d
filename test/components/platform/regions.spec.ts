import assert from "node:assert";
import {
  newDatabaseProblem,
  regionProblem,
  type RegionNeeds,
} from "../../../components/platform/regions";

const LEAST: RegionNeeds = {
  size: "Standard_B2s",
  zoneRedundant: false,
  geoRedundantBackup: false,
};
const ALL: RegionNeeds = {
  size: "Standard_D2ds_v5",
  zoneRedundant: true,
  geoRedundantBackup: true,
};

describe("regionProblem", () => {
  it("has nothing against a region that has all of it", () => {
    for (const location of ["swedencentral", "francecentral", "uksouth"]) {
      assert.strictEqual(regionProblem(location, ALL), undefined);
      assert.strictEqual(newDatabaseProblem(platform(location, ALL), undefined), undefined);
    }
  });

  it("refuses a region without availability zones and lists those that have them", () => {
    for (const location of ["westus", "northcentralus", "ukwest", "nowhere"]) {
      for (const needs of [LEAST, undefined]) {
        const problem = regionProblem(location, needs) ?? "";
        assert.ok(
          problem.includes(`rotation:location "${location}" has no availability zones`),
          problem,
        );
        assert.match(problem, /swedencentral/);
      }
    }
  });

  it("refuses what a region does not have, and only what is asked for", () => {
    const rows: [location: string, needs: Partial<RegionNeeds>, lacks: RegExp][] = [
      ["japanwest", { zoneRedundant: true }, /does not offer a standby in another zone, according/],
      [
        "polandcentral",
        { geoRedundantBackup: true },
        /does not offer geo-redundant backup, according/,
      ],
      // It has a paired region, and no such backup all the same.
      ["westus3", { geoRedundantBackup: true }, /does not offer geo-redundant backup/],
      ["eastus2", { size: "Standard_D2ds_v5" }, /does not offer the size Standard_D2ds_v5/],
      ["swedencentral", { size: "Standard_E4ads_v5" }, /does not offer the size Standard_E4ads_v5/],
    ];
    for (const [location, needs, lacks] of rows) {
      assert.strictEqual(regionProblem(location, LEAST), undefined, location);
      assert.match(regionProblem(location, { ...LEAST, ...needs }) ?? "", lacks, location);
    }
    assert.match(
      regionProblem("polandcentral", ALL) ?? "",
      /does not offer geo-redundant backup or the size Standard_D2ds_v5/,
    );
  });

  it("names the regions that have all of it, the table's day, and how to ask the subscription", () => {
    const problem = regionProblem("westus3", ALL) ?? "";
    assert.match(problem, /Microsoft's table of 20\d\d-\d\d-\d\d/);
    assert.match(
      problem,
      /offer everything configured: .*swedencentral, switzerlandnorth, .*uksouth\./,
    );
    assert.doesNotMatch(problem, /westeurope/);
    assert.match(problem, /list-skus --location westus3.*rotation:regionChecked true/);
  });

  it("asks for nothing but zones once somebody asked the subscription", () => {
    assert.strictEqual(regionProblem("westus3", undefined), undefined);
  });
});

describe("newDatabaseProblem", () => {
  it("refuses a new database where there are no more standbys, which those that exist keep", () => {
    assert.strictEqual(regionProblem("westeurope", ALL), undefined);
    assert.match(
      newDatabaseProblem(platform("westeurope", ALL), undefined) ?? "",
      /"westeurope" does not offer a standby in another zone for a new database \(Azure .*refuses/,
    );
    const host = "psql-app-prod-abcdef.postgres.database.azure.com";
    assert.strictEqual(newDatabaseProblem(platform("westeurope", ALL), host), undefined);
  });

  it("has nothing against it without a standby, or once somebody asked the subscription", () => {
    assert.strictEqual(newDatabaseProblem(platform("westeurope", LEAST), undefined), undefined);
    const checked = { ...platform("westeurope", ALL), regionChecked: true };
    assert.strictEqual(newDatabaseProblem(checked, undefined), undefined);
  });
});

function platform(location: string, { size, ...database }: RegionNeeds) {
  return { location, profile: { database }, database: { size } };
}
