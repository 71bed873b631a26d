import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assertBounded, type Left } from "../../../../rehearsal/scenarios/longRun/longRun";
import { ROOT } from "../../../../twin/world/scripts";

const FIRST: Left = {
  jobs: 3,
  secretProviderClasses: 4,
  replicaSets: 3,
  helmRevisions: 4,
  objects: 45,
  vaultVersions: 5,
};

describe("what a long run leaves", () => {
  it("may fill the histories of a stack that was new, and no more than that", () => {
    const full = { ...FIRST, replicaSets: 6, helmRevisions: 10, vaultVersions: 90 };
    assert.doesNotThrow(() => assertBounded(FIRST, full));
    for (const [what, text] of [
      ["replicaSets", /There are 7 ReplicaSets of two Deployments\./],
      ["helmRevisions", /There are 11 revisions of two Helm releases\./],
    ] as const) {
      assert.throws(() => assertBounded(FIRST, { ...full, [what]: full[what] + 1 }), text);
    }
  });

  it("is nothing else", () => {
    for (const what of ["jobs", "secretProviderClasses", "objects"] as const) {
      const more = { ...FIRST, [what]: FIRST[what] + 1 };
      assert.throws(() => assertBounded(FIRST, more), new RegExp(`^.*${what} after the last`, "m"));
    }
  });

  it("counts the old ReplicaSets that the chart keeps", () => {
    const template = readFileSync(join(ROOT, "charts/app/templates/deployment.yaml"), "utf8");
    assert.match(template, /^ {2}revisionHistoryLimit: 2$/m);
  });
});
