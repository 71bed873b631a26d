import assert from "node:assert";
import { updateSeconds, type UpdateTimes } from "../../../twin/gateway/updateTimes";

const TIMES: UpdateTimes = { usual: [10, 40], slowSwitch: { oneIn: 4, seconds: [90, 180] } };

describe("the time that an update of the gateway takes", () => {
  it("is what was set", () => {
    assert.strictEqual(updateSeconds(3, true), 3);
  });

  it("is drawn from the usual span", () => {
    const drawn = [0, 0.5, 0.99].map((value) => updateSeconds(TIMES, false, () => value));
    assert.deepStrictEqual(drawn, [10, 25, 39.7]);
  });

  it("is minutes for one switch in so many, and for nothing else", () => {
    const slow = (isSwitch: boolean, first: number) => {
      const values = [first, 0];
      return updateSeconds(TIMES, isSwitch, () => values.shift() ?? 0) >= 90;
    };
    assert.deepStrictEqual(
      [slow(true, 0.24), slow(true, 0.25), slow(false, 0)],
      [true, false, false],
    );
  });
});
