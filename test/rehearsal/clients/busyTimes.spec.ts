import assert from "node:assert";
import fc from "fast-check";
import { type Busy, BusyTimes } from "../../../rehearsal/clients/busyTimes";

function timesOf(...all: readonly (readonly [string, number, number])[]): BusyTimes {
  const times = new BusyTimes();
  all.forEach(([who, from, to]) => times.add({ who, from, to }));
  return times;
}

describe("busy times", () => {
  it("leave what is outside of them usable, and count what overlaps once", () => {
    const times = timesOf(["gateway", 10, 30], ["pod", 20, 40], ["sender", 60, 70]);
    assert.strictEqual(times.usableMs(0, 100), 60);
    assert.strictEqual(times.usableMs(25, 65), 20);
    assert.strictEqual(times.usableMs(12, 38), 0);
    assert.strictEqual(new BusyTimes().usableMs(5, 9), 4);
  });

  it("are told in all and by who had to wait, within a time", () => {
    const times = timesOf(["gateway", 10, 30], ["gateway", 20, 40], ["pod", 35, 50]);
    assert.deepStrictEqual(times.within(0, 100), {
      busyMs: 40,
      busyWith: { gateway: 30, pod: 15 },
    });
    assert.deepStrictEqual(times.within(0, 12), { busyMs: 2, busyWith: { gateway: 2 } });
  });

  it("come to the same in whatever order they are told, moment by moment", () => {
    const moment = fc.integer({ min: 0, max: 60 });
    const busy = fc
      .record({ who: fc.constantFrom("a", "b"), from: moment, to: moment })
      .map(({ who, from, to }): Busy => ({
        who,
        from: Math.min(from, to),
        to: Math.max(from, to),
      }));
    fc.assert(
      fc.property(fc.array(busy), moment, moment, (all, one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const times = new BusyTimes();
        all.forEach((each) => times.add(each));
        const usable = Array.from({ length: to - from }, (_, index) => from + index).filter(
          (at) => !all.some((each) => each.from <= at && at + 1 <= each.to),
        );
        assert.strictEqual(times.usableMs(from, to), usable.length);
      }),
    );
  });
});
