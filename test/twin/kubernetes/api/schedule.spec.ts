import assert from "node:assert";
import { lastTime, parseSchedule } from "../../../../twin/kubernetes/api/schedule";

describe("a schedule of the cluster twin", () => {
  // A Sunday.
  const NOW = "2026-11-29T20:05:30Z";
  const next = (text: string, after = NOW) => {
    const at = parseSchedule(text).next(Date.parse(after));
    return at === undefined ? undefined : new Date(at).toISOString().slice(0, 16);
  };

  for (const [text, time, after] of [
    ["* * * * *", "2026-11-29T20:06"],
    ["* * * * *", "2026-11-29T20:07", "2026-11-29T20:06:00Z"],
    ["5 * * * *", "2026-11-29T21:05"],
    ["*/15 * * * *", "2026-11-29T20:15"],
    ["50/5 * * * *", "2026-11-29T20:50"],
    ["0 8-10,23 * * *", "2026-11-29T23:00"],
    ["0 3 1 * *", "2026-12-01T03:00"],
    ["0 0 29 2 *", "2028-02-29T00:00"],
    ["0 0 ? jan MON-wed", "2027-01-04T00:00"],
    // Both days are chosen: one is enough. An asterisk with a step is a choice.
    ["0 0 13 * FRI", "2026-12-04T00:00"],
    ["0 0 */2 * MON", "2026-11-30T00:00"],
    ["0 0 */1 * MON", "2026-11-30T00:00"],
    ["@hourly", "2026-11-29T21:00"],
    ["@daily", "2026-11-30T00:00"],
    ["@weekly", "2026-12-06T00:00"],
    ["@monthly", "2026-12-01T00:00"],
    ["@yearly", "2027-01-01T00:00"],
  ] as const) {
    it(`${text} is met at ${time}, seen from ${after ?? NOW}`, () => {
      assert.strictEqual(next(text, after), time);
    });
  }

  it("may be one that is never met", () => {
    assert.strictEqual(next("0 0 31 2 *"), undefined);
  });

  it("is met last at the last of the times that have been missed", () => {
    const last = (after: string, until: string) =>
      lastTime(parseSchedule("*/10 * * * *"), Date.parse(after), Date.parse(until));
    assert.strictEqual(
      last("2026-11-29T20:00:00Z", "2026-11-29T20:40:00Z"),
      Date.parse("2026-11-29T20:40Z"),
    );
    assert.strictEqual(last("2026-11-29T20:40:00Z", "2026-11-29T20:49:59Z"), undefined);
  });

  for (const [text, problem] of [
    ["* * * *", "expected exactly 5 fields, found 4: [* * * *]"],
    ["* * * * * *", "expected exactly 5 fields, found 6: [* * * * * *]"],
    ["60 * * * *", "end of range (60) above maximum (59): 60"],
    ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
    ["* * * * 7", "end of range (7) above maximum (6): 7"],
    ["9-5 * * * *", "beginning of range (9) beyond end of range (5): 9-5"],
    ["*/0 * * * *", "step of range should be a positive number: */0"],
    ["1-2-3 * * * *", "too many hyphens: 1-2-3"],
    ["1/2/3 * * * *", "too many slashes: 1/2/3"],
    ["* * * foo *", 'failed to parse int from foo: strconv.Atoi: parsing "foo": invalid syntax'],
    ["@reboot", "unrecognized descriptor: @reboot"],
  ] as const) {
    it(`is none with the text ${text}`, () => {
      assert.throws(() => parseSchedule(text), { message: problem });
    });
  }
});
