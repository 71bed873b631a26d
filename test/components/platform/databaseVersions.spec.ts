import assert from "node:assert";
import {
  DATABASE_VERSIONS,
  databaseVersionProblem,
} from "../../../components/platform/databaseVersions";
import { says } from "../../support/says";

describe("databaseVersionProblem", () => {
  it("has nothing against the versions that Azure supports for years to come", () => {
    for (const version of DATABASE_VERSIONS) {
      assert.strictEqual(databaseVersionProblem(version), undefined);
    }
  });

  it("says of a retired version that it is retired, and which to use", () => {
    for (const version of ["11", "12", "13"]) {
      says(
        databaseVersionProblem(version) ?? "",
        `"${version}" is retired`,
        "use 17 or 18",
        "`pulumi config set rotation:databaseVersion 18`",
      );
    }
  });

  it("says of a version that is about to retire when that is", () => {
    assert.match(
      databaseVersionProblem("14") ?? "",
      /retires in Azure in December 2026: use 17 or 18/,
    );
    assert.match(
      databaseVersionProblem("16") ?? "",
      /retires in Azure in November 2028: use 17 or 18/,
    );
  });

  it("says of everything else what is allowed", () => {
    for (const version of ["9.6", "19", "18.4", "latest"]) {
      assert.match(
        databaseVersionProblem(version) ?? "",
        new RegExp(`must be one of 17, 18, not "${version}"`),
      );
    }
  });
});
