import assert from "node:assert";
import { isDeepStrictEqual } from "node:util";
import {
  commandsFor,
  planInWords as inWords,
  judge,
  judgeBeforePlanning,
  type Move,
  movesFrom,
  type Run,
  samePlan,
  waysOn,
} from "../../../components/plan/moves";
import {
  type Plan,
  planProblems,
  rotationPlan,
  slotOf,
} from "../../../components/plan/rotationPlan";

/** Counters up to this one; the rules look at differences only, so more would repeat them. */
const HIGHEST = 7;

const plan = (counter: number, live = counter, retired = -1): Plan => ({ counter, live, retired });
const run = (of: Plan, attempt = "a", settings = "s"): Run => ({ plan: of, attempt, settings });

function moveOf(
  completed: Run | undefined,
  started: Run | undefined,
  target: Plan,
  settings = "s",
) {
  const verdict = judge(completed, started, { plan: target, settings });
  return "move" in verdict ? verdict.move : verdict.refusal;
}

function refusalOf(completed: Run, started: Run, target: Plan, settings = "s") {
  const verdict = moveOf(completed, started, target, settings);
  assert.ok(
    typeof verdict === "object",
    `${inWords(target)} was accepted as ${JSON.stringify(verdict)}`,
  );
  return verdict;
}

/** Every plan with a counter up to the highest. */
function allPlans(): Plan[] {
  const plans: Plan[] = [];
  for (let counter = 0; counter <= HIGHEST; counter++) {
    for (const live of [counter - 1, counter]) {
      for (let retired = -1; retired < live; retired++) {
        plans.push(plan(counter, live, retired));
      }
    }
  }
  return plans.filter((candidate) => planProblems(candidate).length === 0);
}

/** What can be the case: the records, and every generation that may have the traffic. */
interface Situation {
  readonly completed: Plan;
  readonly started: Plan;
  readonly finished: boolean;
  /** Live generations of the completed plan and of all that started since. */
  readonly serving: readonly number[];
}

function accepted(situation: Situation): Plan[] {
  const ways = situation.finished
    ? movesFrom(situation.completed)
    : waysOn(situation.completed, situation.started);
  return [...ways.values()];
}

/** Every situation that moves, failures and ways on can lead to. */
function reachable(): Situation[] {
  const key = (s: Situation) => JSON.stringify(s);
  const begin: Situation = {
    completed: plan(0),
    started: plan(0),
    finished: true,
    serving: [0],
  };
  const found = new Map([[key(begin), begin]]);
  for (const situation of found.values()) {
    for (const target of accepted(situation)) {
      if (target.counter > HIGHEST) {
        continue;
      }
      const serving = [...new Set([...situation.serving, target.live])].sort((a, b) => a - b);
      const outcomes: Situation[] = [
        { completed: target, started: target, finished: true, serving: [target.live] },
        { completed: situation.completed, started: target, finished: false, serving },
      ];
      for (const outcome of outcomes) {
        found.set(key(outcome), found.get(key(outcome)) ?? outcome);
      }
    }
  }
  return [...found.values()];
}

describe("moves", () => {
  it("knows the table of moves and nothing else", () => {
    const expected: [Move, Plan, Plan][] = [
      ["nothing", plan(5), plan(5)],
      ["rotate", plan(5, 5, 2), plan(6, 6, 2)],
      ["stage", plan(5, 5, 2), plan(6, 5, 2)],
      ["promote", plan(6, 5, 2), plan(6, 6, 2)],
      ["roll back", plan(6, 6, 2), plan(6, 5, 2)],
      ["withdraw", plan(6, 5, 2), plan(5, 5, 4)],
      ["retire", plan(6, 6, 2), plan(6, 6, 5)],
      ["emergency", plan(5, 5, 2), plan(6, 6, 5)],
    ];
    for (const [move, from, to] of expected) {
      assert.strictEqual(moveOf(run(from), run(from), to), move);
    }
    // From one plan the accepted targets are exactly those, among all plans there are.
    const staged = plan(6, 5, 2);
    const targets = allPlans().filter(
      (target) => typeof moveOf(run(staged), run(staged), target) === "string",
    );
    assert.deepStrictEqual(
      targets.map(inWords).sort(),
      [inWords(plan(5, 5, 4)), inWords(staged), inWords(plan(6, 6, 2))].sort(),
    );
  });

  it("leads only to plans, and from every situation to a completed one", () => {
    const situations = reachable();
    assert.ok(situations.length > 500, `only ${situations.length} situations were walked`);
    for (const situation of situations) {
      const targets = accepted(situation);
      assert.ok(targets.length > 0, JSON.stringify(situation));
      for (const target of targets) {
        assert.deepStrictEqual(planProblems(target), [], JSON.stringify({ situation, target }));
      }
    }
  });

  it("always leaves a way on that needs no new pod in the slot that does not serve", () => {
    for (const situation of reachable().filter(({ finished }) => !finished)) {
      // Every way on is tried, then every way on from there when it fails too, and so on. The end
      // is a live generation that was up before all this, and nothing wanted of the other slot.
      const { counter, live, retired } = situation.completed;
      const { slots: proven } = rotationPlan({ counter, live, retired });
      const seen = new Set<string>();
      const waiting = [situation];
      let ended = false;
      for (const next of waiting) {
        for (const target of accepted(next)) {
          const { standbySlot, liveSlot } = rotationPlan(target);
          ended ||=
            standbySlot.state === "retired" && isDeepStrictEqual(proven[liveSlot.slot], liveSlot);
          const id = inWords(target);
          if (!seen.has(id)) {
            seen.add(id);
            waiting.push({ ...next, started: target });
          }
        }
      }
      assert.ok(ended, `dead end: ${JSON.stringify(situation)}`);
    }
  });

  it("leaves the way back from an emergency, too, without the generation that it leads to", () => {
    // An emergency that stopped may have ended the login, the pods and the secret of that one.
    const back = reachable().filter(
      ({ completed, started, finished, serving }) =>
        !finished &&
        started.counter > completed.counter &&
        started.live === completed.live &&
        serving.includes(started.counter),
    );
    assert.ok(back.length > 10, `only ${back.length} situations were walked`);
    for (const situation of back) {
      const without = accepted(situation).filter(({ counter, live, retired }) => {
        const { standbySlot } = rotationPlan({ counter, live, retired });
        return live === situation.started.counter && standbySlot.state === "retired";
      });
      assert.ok(without.length > 0, JSON.stringify(situation));
    }
  });

  it("never changes what may serve before production has been asked", () => {
    for (const situation of reachable()) {
      for (const target of accepted(situation)) {
        // Only the target's live slot is touched before the switch is proved.
        for (const generation of situation.serving) {
          if (slotOf(generation) === slotOf(target.live)) {
            assert.strictEqual(
              generation,
              target.live,
              `generation ${generation} may serve and would be re-keyed: ` +
                JSON.stringify({ situation, target }),
            );
          }
        }
      }
    }
  });

  it("accepts any plan on a new stack, and only that plan until it is deployed", () => {
    assert.strictEqual(moveOf(undefined, undefined, plan(41, 41, 12)), "deploy");
    assert.strictEqual(moveOf(undefined, run(plan(3)), plan(3), "other"), "finish");
    const verdict = moveOf(undefined, run(plan(3)), plan(4));
    assert.ok(typeof verdict === "object");
    assert.match(verdict.reason, /first deployment/);
  });

  it("refuses what is not one move away, with keys, values and the command that helps", () => {
    const completed = run(plan(5, 5, 2));
    const cases: [Plan, RegExp][] = [
      [plan(7, 7, 2), /counter may rise by one, from 5 to 6, not to 7/],
      [plan(4, 4, 2), /counter cannot go down from 5 to 4/],
      [plan(5, 5, 1), /retired cannot go down from 2 to 1/],
      [plan(5, 5, 3), /counter 5, live 5, retired 3 is not one move away/],
      [plan(6, 6, 4), /is not one move away/],
    ];
    for (const [target, reason] of cases) {
      const refusal = refusalOf(completed, completed, target);
      assert.match(refusal.reason, reason);
      assert.match(refusal.help, /rotate .*: pulumi config set rotation:counter -- 6 &&/);
      assert.deepStrictEqual(
        judgeBeforePlanning(completed, { plan: target, settings: "s" }),
        refusal,
      );
    }
  });

  it("refuses to raise the counter while the previous generation is live", () => {
    const staged = run(plan(6, 5, 2));
    const refusal = refusalOf(staged, staged, plan(7, 6, 2));
    assert.match(refusal.reason, /while generation 5 is live: generation 7 would take the slot/);
    assert.match(refusal.help, /promote .*\n.*withdraw/);
  });

  it("refuses a move that changes settings too, and allows each of them alone", () => {
    const completed = run(plan(5));
    assert.match(
      refusalOf(completed, completed, plan(6), "other").reason,
      /would rotate and change/,
    );
    assert.strictEqual(moveOf(completed, completed, plan(5), "other"), "nothing");
    assert.ok(judgeBeforePlanning(completed, { plan: plan(6), settings: "other" }));
    assert.strictEqual(
      judgeBeforePlanning(completed, { plan: plan(5), settings: "other" }),
      undefined,
    );
  });

  it("names the settings that differ, and offers an emergency to take both at once", () => {
    const completed = run(plan(5, 5, 4), "a", "x charts/app=1 rotation:appImage=2");
    const other = "y charts/app=1 rotation:appImage=3";
    const rotate = refusalOf(completed, completed, plan(6, 6, 4), other);
    assert.match(rotate.reason, /change other settings \(rotation:appImage\) at the same time/);
    assert.doesNotMatch(rotate.help, /rotation:accept/);
    const emergency = plan(6, 6, 5);
    const { help } = refusalOf(completed, completed, emergency, other);
    assert.match(
      help,
      /in an emergency only:\n {2}pulumi config set rotation:accept settings && .*rotation:counter -- 6 && .* pulumi up && pulumi config rm rotation:accept$/,
    );
    const legacy = refusalOf(run(plan(5)), run(plan(5)), plan(6), other);
    assert.match(legacy.reason, /other settings \(the last run was of a version that did not/);
  });

  it("never has a dead end for an emergency: accepted, it takes settings along, and can be finished", () => {
    const completed = run(plan(5, 5, 4), "a", "old");
    const emergency = plan(6, 6, 5);
    const accepted = (started: Run, to: Plan, settings: string) => {
      const target = { plan: to, settings, acceptsSettings: true };
      const early = judgeBeforePlanning(completed, target);
      return early ?? judge(completed, started, target);
    };
    const halfChanged = { ...completed, settings: "half" };
    for (const started of [completed, halfChanged]) {
      assert.deepStrictEqual(accepted(started, emergency, "new"), { move: "emergency" });
      assert.ok("refusal" in judge(completed, started, { plan: emergency, settings: "new" }));
      assert.ok(!("move" in accepted(started, plan(6, 6, 4), "new")));
    }
    const begun = run(emergency, "b", "new");
    assert.deepStrictEqual(accepted(begun, emergency, "new"), { move: "finish" });
    assert.deepStrictEqual(accepted(begun, plan(6, 5, 4), "new"), { move: "go back" });
    assert.deepStrictEqual(accepted(begun, plan(6, 5, 4), "old"), { move: "go back" });
    assert.ok("refusal" in accepted(begun, emergency, "third"));
  });

  it("has a half-finished change of settings finished before any move", () => {
    const completed = run(plan(5));
    const started = { ...completed, settings: "half" };
    assert.match(
      refusalOf(completed, started, plan(6)).reason,
      /did not complete, so rotate has to wait/,
    );
    assert.strictEqual(moveOf(completed, started, plan(5), "half"), "nothing");
    assert.strictEqual(moveOf(completed, started, plan(5), "s"), "nothing");
  });

  it("leaves a half-finished rotation by finishing it or by the way back", () => {
    const completed = run(plan(5, 5, 2));
    const started = run(plan(6, 6, 2), "b");
    assert.strictEqual(moveOf(completed, started, plan(6, 6, 2)), "finish");
    assert.strictEqual(moveOf(completed, started, plan(6, 5, 2)), "go back");
    const refusal = refusalOf(completed, started, plan(5, 5, 2));
    assert.match(refusal.reason, /Which slot has the traffic is not certain/);
    assert.match(refusal.help, /finish.*\n.*go back/);
    assert.match(
      refusalOf(completed, started, plan(6, 5, 2), "other").help,
      /set back what differs/,
    );
  });

  it("tells a way back that did not complete from the completed plan it leads to", () => {
    const completed = run(plan(5, 5, 2), "a");
    const halfBack = run(plan(5, 5, 2), "c");
    const refusal = refusalOf(completed, halfBack, plan(6, 6, 2));
    assert.match(refusal.reason, /started and did not complete/);
    assert.strictEqual(moveOf(completed, halfBack, plan(5, 5, 4)), "retire");
  });

  it("does not go back from a started withdraw", () => {
    const ways = waysOn(plan(6, 5, 2), plan(5, 5, 4));
    assert.deepStrictEqual([...ways.keys()], ["finish"]);
  });

  it("lets every target pass the early check that some started run could justify", () => {
    for (const situation of reachable()) {
      for (const target of accepted(situation)) {
        assert.strictEqual(
          judgeBeforePlanning(run(situation.completed), { plan: target, settings: "s" }),
          undefined,
          JSON.stringify({ situation, target }),
        );
      }
    }
  });

  it("judges a situation as its table says, for all plans there are", () => {
    for (const situation of reachable().filter((_, index) => index % 7 === 0)) {
      const completed = run(situation.completed, "a");
      const started = run(situation.started, situation.finished ? "a" : "b");
      const targets = accepted(situation);
      for (const target of allPlans()) {
        assert.strictEqual(
          typeof moveOf(completed, started, target) === "string",
          targets.some((other) => samePlan(other, target)),
          JSON.stringify({ situation, target }),
        );
      }
    }
  });

  it("writes commands that set exactly the keys of a plan", () => {
    assert.strictEqual(
      commandsFor(plan(8, 7, -1)),
      "pulumi config set rotation:counter -- 8 && pulumi config set rotation:live -- 7 && " +
        "pulumi config rm rotation:retired && pulumi up",
    );
  });
});
