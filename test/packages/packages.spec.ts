import assert from "node:assert";
import { join } from "node:path";
import { advisoriesOf, advisoryProblems, type Snapshot } from "../../packages/advisories";
import snapshot from "../../packages/snapshot.json";
import { LICENCE_EXCEPTIONS, licenceProblems } from "../../packages/licences";
import { lockedPackages } from "../../packages/lock";

const ROOT = join(__dirname, "..", "..");
const TODAY = "2026-11-29";

const packages = ["", "images/app", "images/recipes/node", "images/tools"].flatMap((folder) =>
  lockedPackages(join(ROOT, folder, "package-lock.json")),
);

const licensed = (license?: string) => ({
  ...{ name: "planted", version: "1.0.0" },
  ...(license !== undefined && { license }),
});

const advisory = {
  url: "https://github.com/advisories/GHSA-plan-ted0-0000",
  package: "pg",
  range: ">=8.0.0 <9.0.0",
  severity: "high",
  title: "Planted",
};

describe("The check of packages", () => {
  it("has nothing against those of the lock files", () => {
    assert.ok(packages.length > 700);
    assert.deepStrictEqual(licenceProblems(packages), []);
    const { advisories } = snapshot as Snapshot;
    assert.deepStrictEqual(advisoryProblems(packages, advisories, TODAY), []);
  });

  it("finds a licence that asks for more than a notice, one that says nothing, and one that is unclear", () => {
    for (const license of [
      "GPL-3.0-only",
      "MIT AND GPL-3.0-only",
      "(MIT OR GPL-3.0-only) AND SSPL-1.0",
      "UNLICENSED",
      undefined,
    ]) {
      const found = licenceProblems([licensed(license)], {});
      assert.strictEqual(found.length, 1, license);
      assert.match(found[0]!, /^planted 1\.0\.0 has /);
    }
    for (const license of ["MIT", "(MIT OR GPL-3.0-only)", "Apache-2.0 AND MIT"]) {
      assert.deepStrictEqual(licenceProblems([licensed(license)], {}), []);
    }
  });

  it("excepts a package with a reason, and as long as it is needed", () => {
    assert.deepStrictEqual(
      licenceProblems([licensed("GPL-3.0-only")], { planted: "a reason" }),
      [],
    );
    assert.match(licenceProblems([licensed("MIT")], { planted: "a reason" })[0]!, /no exception/);
    assert.ok(Object.values(LICENCE_EXCEPTIONS).every((reason) => reason.length > 10));
  });

  it("finds a package with a known vulnerability, until it is accepted or the day is over", () => {
    const found = (...accepted: Parameters<typeof advisoryProblems>[3] & object) =>
      advisoryProblems(packages, [advisory], TODAY, accepted);
    assert.match(found()[0]!, /^pg 8\.\S+ \(high\): Planted\. https:/);
    const accepted = { url: advisory.url, reason: "not reached" };
    assert.deepStrictEqual(found({ ...accepted, until: TODAY }), []);
    assert.ok(found({ ...accepted, until: "2026-11-28" }).length > 0);
    assert.deepStrictEqual(advisoryProblems(packages, [{ ...advisory, range: "<8" }], TODAY), []);
  });

  it("reads what npm audit answers, and knows when nobody did", () => {
    const answer = {
      vulnerabilities: {
        pg: { via: [{ ...advisory, name: "pg", source: 1 }] },
        "pg-pool": { via: ["pg"] },
      },
    };
    assert.deepStrictEqual(advisoriesOf(JSON.stringify(answer)), [advisory]);
    assert.deepStrictEqual(advisoriesOf('{"vulnerabilities":{}}'), []);
    assert.strictEqual(advisoriesOf('{"message":"405 Method Not Allowed"}'), undefined);
    assert.strictEqual(advisoriesOf(""), undefined);
  });
});
