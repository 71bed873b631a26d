import assert from "node:assert";
import { isDeepStrictEqual } from "node:util";
import {
  commandsFor,
  listWays,
  movesFrom,
  planInWords as inWords,
  waysOn,
} from "../../../components/plan/moves";
import {
  ADOPTION,
  LEGACY,
  type Plan,
  planProblems,
  rotationPlan,
  servingAt,
} from "../../../components/plan/rotationPlan";
import { accepted, planOf as plan, reachable } from "../../support/situations";

/** From a first deployment and from an adoption. */
const SITUATIONS = [...reachable(), ...reachable(ADOPTION)];

const inNumbers = ({ counter, live, retired }: Plan) => `${counter}/${live}/${retired}`;

describe("moves", () => {
  it("leads only to plans, and from every situation to a completed one", () => {
    assert.ok(SITUATIONS.length > 1000, `only ${SITUATIONS.length} situations were walked`);
    for (const situation of SITUATIONS) {
      const targets = accepted(situation);
      assert.ok(targets.length > 0, JSON.stringify(situation));
      for (const target of targets) {
        assert.deepStrictEqual(planProblems(target), [], JSON.stringify({ situation, target }));
      }
    }
  });

  it("always leaves a way on that needs no new pod in the slot that does not serve", () => {
    for (const situation of SITUATIONS.filter(({ finished }) => !finished)) {
      // Every way on is tried, then every way on from there when it fails too, and so on. The end
      // is a live generation that was up before all this, and nothing wanted of the other slot.
      const { counter, live, retired } = situation.completed;
      // A legacy login was up before all this, as long as it is not retired.
      const { slots: proven } = rotationPlan({ counter, live, retired });
      const seen = new Set<string>();
      const waiting = [situation];
      let ended = false;
      for (const next of waiting) {
        for (const target of accepted(next)) {
          const { standbySlot, liveSlot } = rotationPlan(target);
          const isProven =
            liveSlot === undefined
              ? retired < LEGACY
              : isDeepStrictEqual(proven[liveSlot.slot], liveSlot);
          ended ||= standbySlot.state === "retired" && isProven;
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
    const back = SITUATIONS.filter(
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
    for (const situation of SITUATIONS) {
      for (const target of accepted(situation)) {
        // Only the target's live slot is touched before the switch is proved.
        for (const generation of situation.serving) {
          if (servingAt(generation) === servingAt(target.live)) {
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

  it("does not go back from a started withdraw", () => {
    const ways = waysOn(plan(6, 5, 2), plan(5, 5, 4));
    assert.deepStrictEqual([...ways.keys()], ["finish"]);
  });

  it("adopts a legacy login in steps that lead back until it is retired, and only then goes on", () => {
    const walked = (from: Plan) => [...movesFrom(from)].map(([move, to]) => [move, inNumbers(to)]);
    assert.deepStrictEqual(walked(ADOPTION), [
      ["nothing", "-1/-1/-2"],
      ["rotate", "0/0/-2"],
      ["stage", "0/-1/-2"],
      ["emergency", "0/0/-1"],
    ]);
    assert.deepStrictEqual(walked(plan(0, -1, -2)), [
      ["nothing", "0/-1/-2"],
      ["promote", "0/0/-2"],
      ["withdraw", "-1/-1/-2"],
    ]);
    assert.deepStrictEqual(walked(plan(0, 0, -2)), [
      ["nothing", "0/0/-2"],
      ["roll back", "0/-1/-2"],
      ["retire", "0/0/-1"],
    ]);
    // From there on it is the table of a stack that never adopted anything.
    const key = (situation: unknown) => JSON.stringify(situation);
    const usual = new Set(reachable().map(key));
    const begun = SITUATIONS.filter(({ completed }) => completed.retired < LEGACY);
    assert.ok(begun.length > 10 && begun.length < 40, `${begun.length} situations`);
    for (const situation of reachable(ADOPTION).filter(
      ({ completed }) => completed.retired >= LEGACY,
    )) {
      assert.ok(usual.has(key(situation)), key(situation));
    }
  });

  it("never lets a withdraw end the legacy login by the way", () => {
    for (const situation of SITUATIONS.filter(({ completed }) => completed.retired < LEGACY)) {
      for (const target of accepted(situation)) {
        assert.ok(
          target.retired < LEGACY || target.live > LEGACY,
          JSON.stringify({ situation, target }),
        );
      }
    }
  });

  it("lists them with what they mean, with two releases or with one that rolls", () => {
    const ways = movesFrom(plan(8, 8, 6));
    assert.match(listWays(ways), /\n {2}stage \(.* stage host first\): pulumi config set /);
    assert.match(
      listWays(ways),
      /\n {2}roll back \(move traffic back to the previous credential\): /,
    );
    const rolling = listWays(ways, "rolling");
    assert.match(
      rolling,
      /\n {2}stage \(create a new credential and verify it, .*\): pulumi config set /,
    );
    assert.match(rolling, /\n {2}roll back \(roll the release back to the previous credential\): /);
    assert.doesNotMatch(rolling, /traffic|stage host/);
  });

  it("writes commands that set exactly the keys of a plan", () => {
    assert.strictEqual(
      commandsFor(plan(8, 7, -1)),
      "pulumi config set rotation:counter -- 8 && pulumi config set rotation:live -- 7 && " +
        "pulumi config rm rotation:retired && pulumi up",
    );
  });
});
