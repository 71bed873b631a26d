import assert from "node:assert";
import { judge, judgeBeforePlanning, type Whole } from "../../../components/plan/judge";
import {
  type Move,
  planInWords as inWords,
  reachableFrom,
  type Run,
  samePlan,
  waysOn,
} from "../../../components/plan/moves";
import type { Plan } from "../../../components/plan/rotationPlan";
import { accepted, allPlans, planOf as plan, reachable } from "../../support/situations";

/** Each settings make pods of a template of their own. */
const run = (of: Plan, attempt = "a", settings = "s"): Run => ({
  plan: of,
  attempt,
  settings,
  template: settings,
});

const targetOf = (plan: Plan, settings: string) => ({ plan, settings, template: settings });
const noneIsWhole: Whole = () => undefined;
const ROLLING = <T extends object>(what: T) => ({ ...what, strategy: "rolling" as const });

function moveOf(
  completed: Run | undefined,
  started: Run | undefined,
  target: Plan,
  settings = "s",
  whole: Whole = () => settings,
) {
  const verdict = judge(completed, started, targetOf(target, settings), whole);
  return "move" in verdict ? verdict.move : verdict.refusal;
}

function refusalOf(
  completed: Run,
  started: Run,
  target: Plan,
  settings = "s",
  whole: Whole = () => settings,
) {
  const verdict = moveOf(completed, started, target, settings, whole);
  assert.ok(
    typeof verdict === "object",
    `${inWords(target)} was accepted as ${JSON.stringify(verdict)}`,
  );
  return verdict;
}

describe("judge", () => {
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
    assert.match(refusal.reason, /while generation 5 is live: generation 7 would overwrite/);
    assert.match(refusal.help, /promote .*\n.*withdraw/);
  });

  it("refuses a move that changes settings too, and allows each of them alone", () => {
    const completed = run(plan(5));
    assert.match(
      refusalOf(completed, completed, plan(6), "other").reason,
      /would rotate and change/,
    );
    assert.strictEqual(moveOf(completed, completed, plan(5), "other"), "update");
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
    assert.match(legacy.reason, /other settings \(.*unknown.* version that did not record them\)/);
  });

  it("never has a dead end for an emergency: accepted, it takes settings along, and can be finished", () => {
    const completed = run(plan(5, 5, 4), "a", "old");
    const emergency = plan(6, 6, 5);
    const accepted = (started: Run, to: Plan, settings: string) => {
      const target = { ...targetOf(to, settings), acceptsSettings: true };
      const early = judgeBeforePlanning(completed, target);
      return early ?? judge(completed, started, target, noneIsWhole);
    };
    const halfChanged = { ...completed, settings: "half" };
    for (const started of [completed, halfChanged]) {
      assert.deepStrictEqual(accepted(started, emergency, "new"), { move: "emergency" });
      assert.ok("refusal" in judge(completed, started, targetOf(emergency, "new"), noneIsWhole));
      assert.ok(!("move" in accepted(started, plan(6, 6, 4), "new")));
    }
    const begun = run(emergency, "b", "new");
    assert.deepStrictEqual(accepted(begun, emergency, "new"), { move: "finish" });
    assert.deepStrictEqual(accepted(begun, plan(6, 5, 4), "new"), { move: "go back" });
    assert.deepStrictEqual(accepted(begun, plan(6, 5, 4), "old"), { move: "go back" });
    assert.ok("refusal" in accepted(begun, emergency, "third"));
  });

  describe("from an update that did not complete", () => {
    const completed = run(plan(5, 5, 3), "a", "old");
    const started = { ...completed, settings: "new", template: "new" };
    const [same, rotate, retire] = [plan(5, 5, 3), plan(6, 6, 3), plan(5, 5, 4)];
    const rollBack = plan(5, 4, 3);
    const emergency = plan(6, 6, 5);
    /** The live slot, green, has pods of these settings only, and the other one of those. */
    const pods =
      (green: string | undefined, blue?: string): Whole =>
      (slot) =>
        slot === "green" ? green : blue;

    it("accepts the same plan with any settings, whatever the pods are", () => {
      const moves = ["new", "old", "third"].map((settings) =>
        moveOf(completed, started, same, settings, noneIsWhole),
      );
      assert.deepStrictEqual(moves, ["finish", "go back", "mend"]);
    });

    it("accepts a move with the settings of the completed run, where the live slot is whole at them", () => {
      for (const [to, move] of [
        [rotate, "rotate"],
        [plan(6, 5, 3), "stage"],
        [emergency, "emergency"],
        [retire, "retire"],
      ] as const) {
        assert.strictEqual(moveOf(completed, started, to, "old", pods("old")), move);
        for (const green of ["new", undefined]) {
          const { reason } = refusalOf(completed, started, to, "old", pods(green, "old"));
          assert.match(
            reason,
            new RegExp(`not every pod of green is ready with .*, so ${move} must wait\\.$`),
          );
        }
      }
    });

    it("accepts a roll back only where both slots are whole", () => {
      const of = (whole: Whole) => moveOf(completed, started, rollBack, "old", whole);
      assert.strictEqual(of(pods("old", "old")), "roll back");
      const texts = [pods("old"), pods(undefined, "old"), noneIsWhole].map((whole) => {
        const verdict = of(whole);
        assert.ok(typeof verdict === "object");
        return /not every pod of ([a-z ]+) is ready/.exec(verdict.reason)?.[1];
      });
      assert.deepStrictEqual(texts, ["blue", "green", "green and blue"]);
    });

    it("ends the other slot with whatever settings the live one is whole at", () => {
      const staged = run(plan(6, 5, 3), "a", "old");
      const half = { ...staged, settings: "new", template: "new" };
      for (const settings of ["new", "old", "third"]) {
        const whole = pods(settings);
        assert.strictEqual(moveOf(completed, started, retire, settings, whole), "retire");
        assert.strictEqual(moveOf(staged, half, plan(5, 5, 4), settings, whole), "withdraw");
        assert.ok(refusalOf(completed, started, retire, settings, pods("another")));
      }
      assert.ok(refusalOf(completed, started, rotate, "new", pods("new")), "a rotation");
    });

    it("compares templates, so that settings which replace no pod do not matter", () => {
      const target = { plan: retire, settings: "another limit", template: "new" };
      assert.deepStrictEqual(judge(completed, started, target, pods("new")), { move: "retire" });
    });

    it("takes a slot without a template for one of a version that recorded none", () => {
      const older: Run = { plan: completed.plan, settings: "old", attempt: "a" };
      const target = { plan: rotate, settings: "old" };
      assert.deepStrictEqual(judge(older, started, target, pods("")), { move: "rotate" });
      assert.ok("refusal" in judge(older, started, target, pods("new")));
    });

    it("says what has to wait, the ways on, and with which settings the other slot could be ended", () => {
      const waiting = refusalOf(completed, started, rotate, "new", pods("new"));
      assert.match(waiting.reason, /changed settings .* did not complete, so rotate must wait/);
      assert.match(
        waiting.help,
        /^Finish it .*, fix it .*, or go back .*:\n {2}pulumi config set rotation:counter -- 5 && .* pulumi up$/,
      );
      const toRetire = refusalOf(completed, started, retire, "old", pods("new"));
      assert.match(
        toRetire.help,
        /\nOr retire with the settings of that `up` .*green.*:\n {2}.*rotation:retired -- 4 && pulumi up$/,
      );
      assert.match(
        refusalOf(completed, started, retire, "new", pods("old")).help,
        /\nOr retire with the settings of the last completed run/,
      );
      const jump = refusalOf(completed, started, plan(7, 7, 3), "new", pods("new"));
      assert.match(jump.reason, /not to 7\. .* changed settings .* and did not complete\.$/);
      assert.strictEqual(jump.help, waiting.help);
      assert.match(
        refusalOf(completed, started, emergency, "new", pods("new")).help,
        /in an emergency only:\n {2}pulumi config set rotation:accept settings/,
      );
    });

    it("lets an emergency that is accepted with other settings begin at once", () => {
      const target = { ...targetOf(emergency, "third"), acceptsSettings: true };
      assert.deepStrictEqual(judge(completed, started, target, noneIsWhole), {
        move: "emergency",
      });
    });

    it("lets pass before planning what only the started record can justify", () => {
      const early = (to: Plan, settings: string) =>
        judgeBeforePlanning(completed, targetOf(to, settings));
      assert.strictEqual(early(same, "third"), undefined);
      assert.strictEqual(early(retire, "third"), undefined);
      for (const to of [rotate, rollBack, emergency]) {
        assert.ok(early(to, "third"), inWords(to));
      }
      // Where nothing is half finished, the second judgement refuses it.
      assert.ok(refusalOf(completed, completed, retire, "third", pods("third")));
    });

    it("goes on with the settings of a retirement that began with them, and with no others", () => {
      const half = run(retire, "b", "new");
      assert.strictEqual(moveOf(completed, half, retire, "new", noneIsWhole), "finish");
      assert.strictEqual(moveOf(completed, half, same, "new", noneIsWhole), "go back");
      for (const settings of ["old", "third"]) {
        assert.match(
          refusalOf(completed, half, retire, settings).reason,
          /would finish and change other settings/,
        );
      }
    });
  });

  it("withdraws from a move that did not complete only where the slot that is left is whole", () => {
    const completed = run(plan(5, 5, 3));
    const started = run(plan(6, 5, 3), "b");
    const withdraw = plan(5, 5, 4);
    const left =
      (green: string | undefined): Whole =>
      (slot) =>
        slot === "green" ? green : "s";
    assert.strictEqual(moveOf(completed, started, withdraw, "s", left("s")), "withdraw");
    for (const green of [undefined, "other"]) {
      const { help, reason } = refusalOf(completed, started, withdraw, "s", left(green));
      assert.match(reason, /not every pod of green is ready .* must wait\.$/);
      assert.doesNotMatch(help, /withdraw/);
      assert.match(help, /^Choose one of:\n {2}finish .*\n {2}emergency /s);
    }
  });

  it("leaves a half-finished rotation by finishing it or by the way back", () => {
    const completed = run(plan(5, 5, 2));
    const started = run(plan(6, 6, 2), "b");
    assert.strictEqual(moveOf(completed, started, plan(6, 6, 2)), "finish");
    assert.strictEqual(moveOf(completed, started, plan(6, 5, 2)), "go back");
    const refusal = refusalOf(completed, started, plan(5, 5, 2));
    assert.match(refusal.reason, /not certain which slot receives traffic/);
    assert.match(refusal.help, /finish.*\n.*go back/);
    assert.match(refusalOf(completed, started, plan(6, 5, 2), "other").help, /revert what differs/);
  });

  it("tells a way back that did not complete from the completed plan it leads to", () => {
    const completed = run(plan(5, 5, 2), "a");
    const halfBack = run(plan(5, 5, 2), "c");
    const refusal = refusalOf(completed, halfBack, plan(6, 6, 2));
    assert.match(refusal.reason, /run to counter 5, live 5, .* did not complete/);
    assert.strictEqual(moveOf(completed, halfBack, plan(5, 5, 4)), "retire");
  });

  describe("with one release that rolls", () => {
    /** Judges runs of which all rolled, as the `up` is to do. */
    const rolling = (
      runs: readonly [Run, Run],
      to: Plan,
      settings: string,
      whole: Whole = () => settings,
    ) => {
      const target = ROLLING(targetOf(to, settings));
      const [completed, started] = runs.map(ROLLING) as [Run, Run];
      const early = judgeBeforePlanning(completed, target);
      const verdict = early ? { refusal: early } : judge(completed, started, target, whole);
      return "move" in verdict ? verdict.move : verdict.refusal;
    };
    const refused = (...args: Parameters<typeof rolling>) => {
      const verdict = rolling(...args);
      assert.ok(typeof verdict === "object", `accepted as ${JSON.stringify(verdict)}`);
      return verdict;
    };
    /** The release has pods of green's credential only, of these settings. */
    const green =
      (settings: string | undefined): Whole =>
      (slot) =>
        slot === "green" ? settings : undefined;

    it("finishes and goes back with other settings, from every plan to every one that started", () => {
      const half = reachable().filter(({ finished }) => !finished);
      assert.ok(half.length > 400, `only ${half.length} situations`);
      for (const { completed, started } of half) {
        const runs = [run(completed, "a", "old"), run(started, "b", "new")] as const;
        const ways = waysOn(completed, started);
        for (const to of ways.values()) {
          // A run that went back and stopped is finished by going back.
          const [way] = [...ways].find(([, plan]) => samePlan(plan, to))!;
          const mends = way === "finish" || way === "go back";
          const said = rolling(runs, to, "third");
          assert.ok(mends ? said === way : typeof said === "object", JSON.stringify([runs, to]));
          for (const settings of ["old", "new"]) {
            assert.strictEqual(rolling(runs, to, settings), way, JSON.stringify([runs, to]));
          }
          assert.ok(typeof moveOf(...runs, to, "third") === "object", "with two slots");
        }
      }
    });

    it("goes on from no run to a plan that is none of its ways, with whatever settings", () => {
      const half = reachable().filter(({ finished }) => !finished);
      for (const { completed, started } of half.filter((_, index) => index % 7 === 0)) {
        const ways = [...waysOn(completed, started).values()];
        const others = allPlans().filter((to) => !ways.some((way) => samePlan(way, to)));
        for (const to of others) {
          refused([run(completed, "a"), run(started, "b")], to, "third");
        }
      }
    });

    it("refuses before planning what no run that started could justify", () => {
      const completed = run(plan(5, 5, 2));
      const early = (to: Plan) =>
        judgeBeforePlanning(ROLLING(completed), ROLLING(targetOf(to, "third")));
      const passed = allPlans().filter((to) => early(to) === undefined);
      assert.deepStrictEqual(
        passed.map(inWords).sort(),
        reachableFrom(completed.plan).map(inWords).sort(),
      );
      assert.match(early(plan(7, 7, 2))!.reason, /counter may rise by one/);
    });

    it("takes no other settings along from a run that completed, and says where they belong", () => {
      const completed = run(plan(5, 5, 2));
      const { help, reason } = refused([completed, completed], plan(6, 6, 2), "other");
      assert.match(reason, /would rotate and change other settings/);
      assert.match(help, /^To change the settings first:/);
    });

    it("changes no settings on the way from one strategy to the other", () => {
      const [completed, started] = [run(plan(5, 5, 3)), run(plan(6, 6, 3), "b")];
      const target = ROLLING(targetOf(plan(6, 6, 3), "third"));
      assert.ok(judgeBeforePlanning(completed, target));
      assert.ok("refusal" in judge(completed, started, target, noneIsWhole));
      const back = targetOf(plan(6, 6, 3), "third");
      const verdict = judge(ROLLING(completed), ROLLING(started), back, noneIsWhole);
      assert.ok("refusal" in verdict);
      assert.doesNotMatch(verdict.refusal.help, /may change settings/);
    });

    it("says which ways may change settings where this one may not", () => {
      const runs = [run(plan(5, 5, 3), "a"), run(plan(6, 5, 3), "b")] as const;
      const { help, reason } = refused(runs, plan(5, 5, 4), "other");
      assert.match(reason, /would withdraw and change other settings/);
      assert.match(help, /^Only finish and go back may change settings now\.\n/);
      const rotation = [run(plan(5, 5, 3), "a"), run(plan(5, 5, 4), "b")] as const;
      assert.strictEqual(rolling(rotation, plan(5, 5, 3), "other"), "go back");
    });

    it("withdraws only where every pod has the credential that is left", () => {
      const staged = run(plan(6, 5, 3));
      const withdraw = plan(5, 5, 4);
      const halves = [
        [staged, staged],
        [staged, { ...staged, settings: "new", template: "new" }],
        [run(plan(5, 5, 3)), run(plan(6, 5, 3), "b")],
      ] as const;
      for (const runs of halves) {
        assert.strictEqual(rolling(runs, withdraw, "s", green("s")), "withdraw");
        for (const settings of [undefined, "other"]) {
          const { help, reason } = refused(runs, withdraw, "s", green(settings));
          assert.match(
            reason,
            /not every pod is ready with green's credential and the configured settings.* must wait\.$/,
          );
          assert.doesNotMatch(help, /withdraw \(/);
        }
      }
      assert.strictEqual(moveOf(staged, staged, withdraw, "s", noneIsWhole), "withdraw");
      const { help } = refused([staged, staged], withdraw, "s", noneIsWhole);
      assert.match(help, /^Choose one of:\n {2}update \(keep the plan .*\n {2}promote /);
    });

    it("rolls back after an update that stopped where the live credential's pods are whole", () => {
      const completed = run(plan(5, 5, 3), "a", "old");
      const half = { ...completed, settings: "new", template: "new" };
      const back = plan(5, 4, 3);
      assert.strictEqual(rolling([completed, half], back, "old", green("old")), "roll back");
      assert.match(
        refused([completed, half], back, "old", green("new")).reason,
        /ready with green's credential .*, so roll back must wait\.$/,
      );
    });

    it("speaks of no stage host and of no traffic that moves", () => {
      const completed = run(plan(5, 5, 3));
      const { help } = refused([completed, completed], plan(7, 7, 3), "s");
      assert.match(help, /rotate \(.* roll the release to it\)/);
      assert.doesNotMatch(help, /stage host|traffic/);
      const half = refused([completed, run(plan(6, 6, 3), "b")], plan(5, 5, 3), "s");
      assert.match(half.reason, /Its pods may have either credential/);
    });
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
});
