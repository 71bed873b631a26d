import assert from "node:assert";
import { mock } from "node:test";
import type { SessionSample } from "../../../rehearsal/clients/sessions";
import { PhaseClock, sessionSeries, timed } from "../../../rehearsal/result/timeline";

describe("the timeline", () => {
  it("has operations in seconds, without an end where there was none", () => {
    const operations = [
      { at: 11_234, urn: "urn:a", op: "create", endedAt: 12_500 },
      { at: 12_000, urn: "urn:b", op: "update", endedAt: 12_001, failed: true as const },
      { at: 13_000, urn: "urn:c", op: "delete" },
    ];
    assert.deepStrictEqual(timed(operations, 10_000), [
      { urn: "urn:a", op: "create", begin: 1.23, end: 2.5 },
      { urn: "urn:b", op: "update", begin: 2, end: 2, failed: true },
      { urn: "urn:c", op: "delete", begin: 3 },
    ]);
  });

  it("has no sessions of a role that is not in a sample, and no samples of other times", () => {
    const samples: SessionSample[] = [
      { at: 900, byRole: { blue: 9 } },
      { at: 1000, byRole: { blue: 3 } },
      { at: 2005, byRole: { green: 2, blue: 1 } },
      { at: 3001, byRole: { blue: 9 } },
    ];
    assert.deepStrictEqual(sessionSeries(samples, ["blue", "green"], 1000, 3000), {
      seconds: [0, 1.01],
      byRole: { blue: [3, 1], green: [0, 2] },
    });
  });

  describe("its phases", () => {
    beforeEach(() => mock.timers.enable({ apis: ["Date"] }));
    afterEach(() => mock.timers.reset());

    it("last as long as the work in them, and hand on what came of it", async () => {
      const clock = new PhaseClock(0);
      mock.timers.tick(500);
      const result = await clock.measure("rotate", () => {
        mock.timers.tick(1500);
        return Promise.resolve("done");
      });
      assert.strictEqual(result, "done");
      assert.deepStrictEqual(clock.phases, [{ name: "rotate", begin: 0.5, end: 2 }]);
    });
  });
});
