import assert from "node:assert";
import { BEAT_MS, Schedule } from "../../../rehearsal/clients/schedule";

const BEGAN = 1_000_000;

function dueWithin(rate: number, seconds: number): number {
  return new Schedule(rate, BEGAN)
    .take(BEGAN + seconds * 1000 - 1)
    .reduce((sum, { requests }) => sum + requests, 0);
}

describe("the schedule of a load", () => {
  for (const rate of [1, 7, 50, 200, 1000]) {
    it(`has ${rate} requests a second, the first at once`, () => {
      assert.strictEqual(dueWithin(rate, 1), rate);
      assert.strictEqual(dueWithin(rate, 10), 10 * rate);
      assert.strictEqual(new Schedule(rate, BEGAN).take(BEGAN)[0]?.due, BEGAN);
    });
  }

  it("sends in beats, five at once at 200 a second", () => {
    assert.deepStrictEqual(new Schedule(200, BEGAN).take(BEGAN + 2 * BEAT_MS), [
      { due: BEGAN, requests: 5 },
      { due: BEGAN + BEAT_MS, requests: 5 },
      { due: BEGAN + 2 * BEAT_MS, requests: 5 },
    ]);
  });

  it("gives each beat once, with the time it was due at, however late it is asked", () => {
    const schedule = new Schedule(40, BEGAN);
    assert.strictEqual(schedule.take(BEGAN + 10).length, 1);
    assert.deepStrictEqual(schedule.take(BEGAN + BEAT_MS - 1), []);
    assert.strictEqual(schedule.next, BEGAN + BEAT_MS);
    assert.deepStrictEqual(
      schedule.take(BEGAN + 900).map(({ due }) => due),
      Array.from({ length: 36 }, (_, index) => BEGAN + (index + 1) * BEAT_MS),
    );
  });
});
