import assert from "node:assert";
import type { LoadFigures } from "../../../rehearsal/clients/load";
import { LoadRecords } from "../../../rehearsal/clients/loadRecords";
import { isHeld, triedBeside } from "../../../rehearsal/rotation/carriedRate";

const GOOD: LoadFigures = { ...new LoadRecords().between(0, 5000), sent: 1000, p99Ms: 60 };

/** A machine that holds rates up to one. */
function machine(holds: number) {
  const seen = { ups: 0, rates: [] as number[] };
  return {
    seen,
    up: () => {
      seen.ups += 1;
      return new Promise(setImmediate);
    },
    tryOne: async (perSecond: number) => {
      seen.rates.push(perSecond);
      await new Promise(setImmediate);
      return { perSecond, held: perSecond <= holds, lagMs: 0, p99Ms: 0, busy: 0 };
    },
  };
}

describe("the rate that a machine carries", () => {
  for (const [holds, rates] of [
    [1000, [200]],
    [200, [200]],
    [149, [200, 150, 100]],
    [50, [200, 150, 100, 50]],
    [0, [200, 150, 100, 50]],
  ] as const) {
    it(`is found by trying ${rates.join(", ")} where it holds ${holds}`, async () => {
      const { up, tryOne, seen } = machine(holds);
      const tried = await triedBeside(up, tryOne);
      assert.deepStrictEqual(seen.rates, rates);
      assert.strictEqual(tried.at(-1)?.held, holds >= 50);
    });
  }

  it("is tried beside one up after the other, and none is begun after the last", async () => {
    const { up, tryOne, seen } = machine(0);
    await triedBeside(up, tryOne);
    const { ups } = seen;
    assert.ok(ups >= 2, `${ups} times`);
    await new Promise(setImmediate);
    assert.strictEqual(seen.ups, ups);
  });

  it("is not found when an up goes wrong", async () => {
    const { tryOne } = machine(0);
    const up = () => Promise.reject(new Error("no engine"));
    await assert.rejects(triedBeside(up, tryOne), /no engine/);
  });

  it("is held when there is room in everything", () => {
    assert.strictEqual(isHeld(GOOD, 5000), true);
  });

  for (const [what, changes] of Object.entries({
    "a request fails": { failed: 1 },
    "an answer cannot be judged": { unjudged: 1 },
    "a request is not sent": { unsent: 1 },
    "the sender lags": { lagMs: { p50: 3, p99: 51 } },
    "answers come late": { p99Ms: 501 },
    "somebody waits for a core too often": { busyMs: 2600 },
  })) {
    it(`is not held when ${what}`, () => {
      assert.strictEqual(isHeld({ ...GOOD, ...changes }, 5000), false);
    });
  }
});
