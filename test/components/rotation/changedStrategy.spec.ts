import assert from "node:assert";
import type { Plan, Run, Strategy } from "../../../components/plan";
import {
  changedStrategyProblem,
  leavingProblems,
  markerSlot,
} from "../../../components/rotation/changedStrategy";
import { SHAPE } from "../../support/rotationEnvironment";
import { says } from "../../support/says";

const RETIRED: Plan = { counter: 8, live: 8, retired: 7 };

const asked = (strategy: Strategy, leaving?: Strategy, plan = RETIRED) => ({
  plan,
  strategy,
  leaving: leaving && { strategy: leaving },
});

const completed = (strategy: Strategy, leaving?: Strategy, plan = RETIRED): Run => ({
  plan,
  settings: "s",
  attempt: "a",
  ...(strategy !== "blueGreen" && { strategy }),
  ...(leaving && { leaving }),
});

const OTHER = { blueGreen: "rolling", rolling: "blueGreen" } as const;

describe("another strategy than the last run's", () => {
  for (const from of ["blueGreen", "rolling"] as const) {
    const to = OTHER[from];

    it(`takes two runs from ${from} to ${to}, and may be gone back on until the second`, () => {
      const none = (...[target, before]: Parameters<typeof changedStrategyProblem>) =>
        assert.strictEqual(changedStrategyProblem(target, before), undefined);
      none(asked(from), completed(from));
      none(asked(to, from), completed(from));
      // The first run again, the second one, and back.
      none(asked(to, from), completed(to, from));
      none(asked(to), completed(to, from));
      none(asked(from), completed(to, from));
      // The second one was completed: back in two runs.
      none(asked(to), completed(to));
      none(asked(from, to), completed(to));
    });

    it(`is refused at once, from ${from} to ${to}, with both runs`, () => {
      says(
        changedStrategyProblem(asked(to), completed(from)) ?? "",
        `Production is served by ${from}`,
        `pulumi config set rotation:strategy ${to} && pulumi config set rotation:leaving ${from} && pulumi up`,
        "pulumi config rm rotation:leaving && pulumi up",
      );
    });

    it(`leaves only what serves, ${from}`, () => {
      says(
        changedStrategyProblem(asked(from, to), completed(from)) ?? "",
        `rotation:leaving must be ${from}`,
        "pulumi config rm rotation:leaving",
      );
    });
  }

  it("goes with no move, nor with a second valid credential", () => {
    const refused = (plan: Plan, before: Run) =>
      changedStrategyProblem(asked("rolling", "blueGreen", plan), before) ?? "";
    says(
      refused({ counter: 9, live: 9, retired: 7 }, completed("rolling", "blueGreen")),
      "the plan stays as it is",
      "rotation:counter -- 8",
    );
    const both: Plan = { counter: 8, live: 8, retired: 6 };
    says(
      refused(both, completed("blueGreen", undefined, both)),
      "retire the previous one first",
      "rotation:retired -- 7",
    );
    const staged: Plan = { counter: 8, live: 7, retired: 6 };
    says(
      refused(staged, completed("blueGreen", undefined, staged)),
      "promote the newest one",
      "rm rotation:live",
    );
  });

  it("is chosen freely before the first run, which leaves none", () => {
    assert.strictEqual(changedStrategyProblem(asked("rolling"), undefined), undefined);
    says(
      changedStrategyProblem(asked("rolling", "blueGreen"), undefined) ?? "",
      "rotation:leaving is for a stack that serves",
    );
  });

  it("has the retired slot's stage host as its marker", () => {
    const slots = [RETIRED, { counter: 9, live: 9, retired: 8 }].map(markerSlot);
    assert.deepStrictEqual(slots, ["green", "blue"]);
  });

  it("needs pods that one policy and one probe reach, in a namespace of the program's own", () => {
    const release = { shape: SHAPE };
    assert.deepStrictEqual(leavingProblems({ left: SHAPE, release }), []);
    const left = { ...SHAPE, port: 9090, podLabels: { app: "other" } };
    const [shared, differing] = leavingProblems({ left, release, namespace: "team" });
    says(shared!, "rotation:leaving does not go with rotation:namespace");
    says(differing!, "rotation:leavingValues", "podLabels, port");
  });
});
