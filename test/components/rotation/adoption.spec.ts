import assert from "node:assert";
import type { Adopted, Plan, Run } from "../../../components/plan";
import { adoptionProblem } from "../../../components/rotation/adoption";
import { settingsRecord } from "../../../components/rotation/digests";
import { says } from "../../support/says";
import { ADOPTED } from "../../support/adopted";

const plan = (counter: number, live = counter, retired = -1): Plan => ({ counter, live, retired });

/** A run that completed with these keys set. */
const ran = (keys: Readonly<Record<string, string>>): Run => ({
  plan: plan(0),
  attempt: "a",
  settings: settingsRecord(
    {},
    Object.fromEntries(Object.entries(keys).map(([key, value]) => [`rotation:${key}`, value])),
  ),
});

describe("what a stack takes over", () => {
  it("is left alone by the first run, whose plan is the one before any generation", () => {
    assert.strictEqual(
      adoptionProblem({ adopted: ADOPTED, application: "app", plan: plan(-1, -1, -2) }, undefined),
      undefined,
    );
    for (const other of [plan(0, -1, -2), plan(0, 0, -2), plan(0), plan(3)]) {
      says(
        adoptionProblem({ adopted: ADOPTED, application: "app", plan: other }, undefined)!,
        "rotation:legacyRole",
        "pulumi config set rotation:counter -- -1",
        "pulumi config rm rotation:live",
        "pulumi config set rotation:retired -- -2",
      );
    }
    assert.strictEqual(
      adoptionProblem({ adopted: undefined, application: "app", plan: plan(0) }, undefined),
      undefined,
    );
  });

  it("cannot change, appear or go once a run has completed", () => {
    const before = ran({
      application: "app",
      legacyRole: "Shop-App.Legacy",
      databaseName: "Shop-DB",
    });
    const problem = (adopted: Adopted | undefined, last: Run, application = "app") =>
      adoptionProblem({ adopted, application, plan: plan(0) }, last);
    assert.strictEqual(problem(ADOPTED, before), undefined);
    assert.strictEqual(
      problem(undefined, ran({ application: "app", appImage: "app:1" })),
      undefined,
    );
    says(problem({ ...ADOPTED, databaseName: "other" }, before)!, /^rotation:databaseName cannot/);
    says(problem({ ...ADOPTED, ownerRole: "other" }, before)!, /^rotation:ownerRole cannot/);
    says(problem(ADOPTED, before, "renamed")!, /^rotation:application cannot/);
    says(problem(undefined, before)!, "rotation:legacyRole", "git log -p -- stacks");
    says(problem(ADOPTED, ran({ application: "app", appImage: "app:1" }))!, "rotation:legacyRole");
  });

  it("is the same owner whether the configuration names it or not", () => {
    const named = ran({
      application: "app",
      legacyRole: "Shop-App.Legacy",
      ownerRole: "Shop-App.Legacy",
      databaseName: "Shop-DB",
    });
    assert.strictEqual(
      adoptionProblem({ adopted: ADOPTED, application: "app", plan: plan(0) }, named),
      undefined,
    );
  });
});
