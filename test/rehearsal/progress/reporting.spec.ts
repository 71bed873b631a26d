import assert from "node:assert/strict";
import { mock } from "node:test";
import { asLines, reporting } from "../../../rehearsal/progress/reporting";

describe("reporting", () => {
  beforeEach(() => mock.timers.enable({ apis: ["setInterval", "Date"] }));
  afterEach(() => mock.timers.reset());

  it("says every ten seconds what is waited for, and stops when that is there", async () => {
    const lines: string[] = [];
    const work = Promise.withResolvers<string>();
    const result = reporting(
      (line) => lines.push(line),
      (elapsed) => `waiting, ${elapsed}`,
      work.promise,
    );

    mock.timers.tick(9_999);
    assert.deepEqual(lines, []);
    mock.timers.tick(1);
    assert.deepEqual(lines, ["waiting, 10 s"]);
    for (let second = 0; second < 60; second += 10) {
      mock.timers.tick(10_000);
    }
    assert.equal(lines.at(-1), "waiting, 1 min 10 s");

    work.resolve("done");
    assert.equal(await result, "done");
    mock.timers.tick(60_000);
    assert.equal(lines.length, 7);
  });

  it("leaves of a share one line in ten seconds, and all that is said without one", () => {
    const lines: string[] = [];
    const progress = asLines((line) => lines.push(line));
    progress("why it takes long");
    for (let second = 0; second < 25; second++) {
      progress("building", { done: second / 50, secondsLeft: 50 - second });
      mock.timers.tick(1_000);
    }
    progress("built");
    assert.deepEqual(lines, [
      "why it takes long",
      "building, 0 %",
      "building, 20 %",
      "building, 40 %",
      "built",
    ]);
  });
});
