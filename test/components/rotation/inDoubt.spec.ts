import assert from "node:assert";
import * as fc from "fast-check";
import { movedSlots } from "../../../components/rotation/inDoubt";
import { movesFrom, reachableFrom } from "../../../components/plan/moves";
import { type Plan, rotationPlan, slotOf } from "../../../components/plan/rotationPlan";

const plans = fc
  .nat(20)
  .chain((counter) =>
    fc
      .nat(counter > 0 ? 1 : 0)
      .chain((back) =>
        fc
          .integer({ min: -1, max: counter - back - 1 })
          .map((retired) => ({ counter, live: counter - back, retired })),
      ),
  );

function moved(from: Plan, to: Plan) {
  return movedSlots(from, rotationPlan(to.counter, to.live, to.retired));
}

describe("movedSlots", () => {
  it("has both slots on the first run", () => {
    assert.deepStrictEqual(movedSlots(undefined, rotationPlan(0, 0, -1)), ["blue", "green"]);
  });

  it("has no slot when the plan is kept, promoted or rolled back", () => {
    fc.assert(
      fc.property(plans, (from) => {
        for (const [move, to] of movesFrom(from)) {
          if (["nothing", "promote", "roll back"].includes(move)) {
            assert.deepStrictEqual(moved(from, to), [], move);
          }
        }
      }),
    );
  });

  it("never has the slot that serves and goes on serving", () => {
    fc.assert(
      fc.property(plans, (from) => {
        for (const to of reachableFrom(from).filter(({ live }) => live === from.live)) {
          assert.ok(!moved(from, to).includes(slotOf(from.live)), JSON.stringify(to));
        }
      }),
    );
  });
});
