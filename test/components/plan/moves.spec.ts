import assert from "node:assert";
import { isDeepStrictEqual } from "node:util";
import { commandsFor, planInWords as inWords, waysOn } from "../../../components/plan/moves";
import { planProblems, rotationPlan, slotOf } from "../../../components/plan/rotationPlan";
import { accepted, planOf as plan, reachable } from "../../support/situations";

describe("moves", () => {
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

  it("does not go back from a started withdraw", () => {
    const ways = waysOn(plan(6, 5, 2), plan(5, 5, 4));
    assert.deepStrictEqual([...ways.keys()], ["finish"]);
  });

  it("writes commands that set exactly the keys of a plan", () => {
    assert.strictEqual(
      commandsFor(plan(8, 7, -1)),
      "pulumi config set rotation:counter -- 8 && pulumi config set rotation:live -- 7 && " +
        "pulumi config rm rotation:retired && pulumi up",
    );
  });
});
