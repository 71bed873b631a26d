import assert from "node:assert";
import { keptFrom, type Trial } from "../../../components/plan/keptFrom";
import type { Run } from "../../../components/plan/moves";
import type { Plan } from "../../../components/plan/rotationPlan";

const plan = (counter: number, live = counter, retired = -1): Plan => ({ counter, live, retired });
const run = (of: Plan, more: Partial<Run> = {}): Run => ({
  plan: of,
  settings: "s",
  attempt: "a",
  template: "old",
  ...more,
});
const asked = (of: Plan, template = "old", trial: Trial = "pod") => ({ plan: of, template, trial });

describe("keptFrom", () => {
  it("tries a template that is not the completed run's, whatever the plan", () => {
    for (const completed of [run(plan(5)), run(plan(5), { tried: true })]) {
      for (const to of [plan(5), plan(5, 5, 4), plan(6)]) {
        assert.deepStrictEqual(keptFrom(completed, asked(to, "new")).trial, {
          template: "new",
          isSettled: false,
        });
      }
    }
  });

  it("tries whatever is asked for after a run of a version that recorded no template", () => {
    const older: Run = { plan: plan(5), settings: "s", attempt: "a" };
    assert.deepStrictEqual(keptFrom(older, asked(plan(5))).trial, {
      template: "old",
      isSettled: false,
    });
  });

  it("keeps a trial that is in the state, settled, in a move and in an `up` without changes", () => {
    const completed = run(plan(5), { tried: true });
    for (const to of [plan(5), plan(5, 5, 4), plan(6)]) {
      assert.deepStrictEqual(keptFrom(completed, asked(to)).trial, {
        template: "old",
        isSettled: true,
      });
    }
  });

  it("makes none of a template that serves untried, as after the first deployment", () => {
    for (const tried of [undefined, false]) {
      const completed = run(plan(5), tried === undefined ? {} : { tried });
      assert.strictEqual(keptFrom(completed, asked(plan(6))).trial, undefined);
    }
  });

  it("tries nothing in the first deployment, nor where nothing may be tried", () => {
    assert.strictEqual(keptFrom(undefined, asked(plan(0), "new")).trial, undefined);
    const completed = run(plan(5), { tried: true });
    for (const template of ["old", "new"]) {
      assert.strictEqual(keptFrom(completed, asked(plan(5), template, "none")).trial, undefined);
    }
  });

  it("empties the slot of a new generation exactly where its last one was not retired", () => {
    const vacates = (from: Plan, to: Plan) => keptFrom(run(from), asked(to)).vacates;
    assert.ok(vacates(plan(5, 5, 3), plan(6, 6, 3)));
    assert.ok(vacates(plan(5, 5, 3), plan(6, 5, 3)), "staged");
    assert.ok(vacates(plan(5, 5, 3), plan(6, 6, 5)), "an emergency");
    assert.ok(!vacates(plan(5, 5, 4), plan(6, 6, 4)));
    assert.ok(!vacates(plan(5, 4, 3), plan(4, 4, 3)), "a withdraw");
    assert.ok(!keptFrom(undefined, asked(plan(7))).vacates);
  });

  it("keeps what emptied a slot as long as the counter stays", () => {
    for (const vacated of [true, false, undefined]) {
      const completed = run(plan(6, 6, 3), vacated === undefined ? {} : { vacated });
      for (const to of [plan(6, 6, 3), plan(6, 5, 3), plan(6, 6, 5)]) {
        assert.strictEqual(keptFrom(completed, asked(to)).vacates, vacated === true);
      }
    }
  });

  const rolling = { strategy: "rolling" } as const;
  const leaving = { strategy: "blueGreen", marker: "green.example" } as const;
  const left = run(plan(5), { ...rolling, leaving: leaving.strategy, marker: leaving.marker });

  it("looks for holders before every re-key where both slots have one release", () => {
    const completed = run(plan(5, 5, 4), rolling);
    assert.strictEqual(keptFrom(completed, { ...asked(plan(6, 6, 4)), ...rolling }).vacates, true);
    assert.strictEqual(keptFrom(completed, asked(plan(6, 6, 4))).vacates, false);
    // What another strategy looked at is another Job.
    const looked = run(plan(5), { vacated: true });
    assert.strictEqual(keptFrom(looked, asked(plan(5))).vacates, true);
    assert.strictEqual(keptFrom(looked, { ...asked(plan(5)), ...rolling }).vacates, false);
  });

  it("cuts holders off in an emergency, and where that is accepted, and says so as long as the plan", () => {
    const cutsOff = (to: Plan, acceptsSessions = false, before: Partial<Run> = {}) =>
      keptFrom(run(plan(5, 5, 4), { ...rolling, ...before }), {
        ...asked(to),
        ...rolling,
        acceptsSessions,
      }).cutsOff;
    assert.strictEqual(cutsOff(plan(6, 6, 5)), true);
    assert.strictEqual(cutsOff(plan(6, 6, 4)), false);
    assert.strictEqual(cutsOff(plan(6, 6, 4), true), true);
    assert.strictEqual(cutsOff(plan(5, 5, 4), false, { cutsOff: true }), true);
    assert.strictEqual(cutsOff(plan(5, 5, 4), true), false);
    // With two slots such pods have no traffic.
    assert.strictEqual(keptFrom(run(plan(5)), asked(plan(6, 6, 5))).cutsOff, false);
  });

  it("keeps the marker of a strategy that was left as long as the plan", () => {
    const gone = (before: Run, more: object = {}, to = plan(5)) =>
      keptFrom(before, { ...asked(to), ...rolling, ...more }).gone;
    assert.strictEqual(gone(run(plan(5)), { leaving }), undefined);
    assert.strictEqual(gone(left, { leaving }), undefined);
    assert.strictEqual(gone(left), leaving.marker);
    const after = run(plan(5), { ...rolling, gone: leaving.marker });
    assert.strictEqual(gone(after), leaving.marker);
    assert.strictEqual(gone(after, {}, plan(6)), undefined);
  });

  it("tries no template of a strategy that is entered: its pods have no traffic", () => {
    const other = { ...asked(plan(5), "new"), ...rolling };
    assert.strictEqual(keptFrom(run(plan(5)), { ...other, leaving }).trial, undefined);
    assert.strictEqual(keptFrom(left, other).trial, undefined);
  });
});
