import assert from "node:assert";
import * as fc from "fast-check";
import {
  otherSlot,
  planProblems,
  rotationPlan,
  SLOTS,
  slotOf,
} from "../../../components/plan/rotationPlan";
import { says } from "../../support/says";

/** Any plan that is allowed. */
const plans = fc
  .nat(1000)
  .chain((counter) =>
    fc.record({ counter: fc.constant(counter), back: fc.nat(counter > 0 ? 1 : 0) }),
  )
  .chain(({ counter, back }) => {
    const live = counter - back;
    return fc.integer({ min: -1, max: live - 1 }).map((retired) => ({ counter, live, retired }));
  });

describe("rotationPlan", () => {
  it("changes nothing of the slot that serves when the counter grows by one", () => {
    fc.assert(
      fc.property(plans, ({ counter, retired }) => {
        const before = rotationPlan({ counter, live: counter, retired });
        const { slot } = before.liveSlot!;
        for (const live of [counter, counter + 1]) {
          assert.deepStrictEqual(
            rotationPlan({ counter: counter + 1, live, retired }).slots[slot],
            before.slots[slot],
          );
        }
      }),
    );
  });

  it("changes no slot at all when traffic is promoted or rolled back", () => {
    fc.assert(
      fc.property(plans, ({ counter, retired }) => {
        fc.pre(counter > 0 && retired < counter - 1);
        assert.deepStrictEqual(
          rotationPlan({ counter, live: counter - 1, retired }).slots,
          rotationPlan({ counter, live: counter, retired }).slots,
        );
      }),
    );
  });

  it("always has the two newest generations, in the slots of their parity", () => {
    fc.assert(
      fc.property(plans, ({ counter, live, retired }) => {
        const { slots } = rotationPlan({ counter, live, retired });
        assert.deepStrictEqual(
          SLOTS.map((slot) => slots[slot].generation).sort((a, b) => a - b),
          [counter - 1, counter],
        );
        for (const slot of SLOTS) {
          assert.strictEqual(slotOf(slots[slot].generation), slot);
        }
      }),
    );
  });

  it("keeps the live slot active and retires exactly what is configured", () => {
    fc.assert(
      fc.property(plans, ({ counter, live, retired }) => {
        const plan = rotationPlan({ counter, live, retired });
        assert.strictEqual(plan.liveSlot!.generation, live);
        assert.strictEqual(plan.liveSlot!.state, "active");
        assert.strictEqual(plan.standbySlot.slot, otherSlot(plan.liveSlot!.slot));
        assert.strictEqual(
          plan.standbySlot.state,
          plan.standbySlot.generation <= retired ? "retired" : "active",
        );
      }),
    );
  });

  it("begins with a blue generation 0 and a green slot that is retired", () => {
    const { slots, live, retired } = rotationPlan({ counter: 0 });
    assert.deepStrictEqual(slots, {
      blue: { slot: "blue", generation: 0, state: "active" },
      green: { slot: "green", generation: -1, state: "retired" },
    });
    assert.deepStrictEqual([live, retired], [0, -1]);
  });

  it("names every number that is wrong at once", () => {
    const problems = planProblems({ counter: -2, live: 0.5, retired: -3 });
    assert.deepStrictEqual(
      problems.map((problem) => /^rotation:(\w+)/.exec(problem)?.[1]),
      ["counter", "live", "retired"],
    );
    assert.throws(() => rotationPlan({ counter: -1 }), RangeError);
  });

  it("leaves production with a legacy login until a slot takes over, and both slots without one", () => {
    const begun = rotationPlan({ counter: -1, retired: -2 });
    assert.strictEqual(begun.liveSlot, undefined);
    assert.deepStrictEqual(begun.slots, {
      blue: { slot: "blue", generation: -2, state: "retired" },
      green: { slot: "green", generation: -1, state: "retired" },
    });
    const staged = rotationPlan({ counter: 0, live: -1, retired: -2 });
    assert.strictEqual(staged.liveSlot, undefined);
    assert.deepStrictEqual(staged.standbySlot, { slot: "blue", generation: 0, state: "active" });
    // Whether the legacy login is retired is nothing to either slot.
    const promoted = rotationPlan({ counter: 0, live: 0, retired: -2 });
    assert.deepStrictEqual(promoted.slots, rotationPlan({ counter: 0 }).slots);
    assert.deepStrictEqual(promoted.slots, staged.slots);
  });

  it("refuses a counter above 0 while the legacy login lives", () => {
    const [problem] = planProblems({ counter: 1, live: 1, retired: -2 });
    says(problem!, "rotation:counter", "above 0", "retire it first", "rotation:retired -1");
    assert.match(planProblems({ counter: 0, live: -1, retired: -1 })[0]!, /below the live/);
    assert.match(planProblems({ counter: 0, live: 1, retired: -2 })[0]!, /must be 0 or -1/);
  });

  it("refuses a live generation without a slot and a retired one that is live", () => {
    assert.match(planProblems({ counter: 5, live: 3, retired: -1 })[0] ?? "", /must be 5 or 4/);
    assert.match(planProblems({ counter: 5, live: 4, retired: 4 })[0] ?? "", /below the live/);
    assert.match(planProblems({ counter: 0, live: 1, retired: -1 })[0] ?? "", /must be 0 with/);
  });
});
