import assert from "node:assert";
import { mock } from "node:test";
import type { SessionSample } from "../../../rehearsal/clients/sessions";
import {
  EITHER,
  PhaseClock,
  sentTo,
  sessionSeries,
  timed,
} from "../../../rehearsal/result/timeline";

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

  it("gives answers that say nothing to the slot the gateway sends to, and to nobody when that changes", () => {
    const serving = [
      { second: 0, slot: "blue" },
      // The controller writes the same again.
      { second: 1, slot: "blue" },
      { second: 3.4, slot: "green" },
    ];
    assert.deepStrictEqual(sentTo([50, 49, 50, 48, 50, 20], serving), {
      blue: [50, 49, 0, 0, 0, 0],
      // A request that was due in the second before may be sent in that of the switch.
      [EITHER]: [0, 0, 50, 48, 0, 0],
      green: [0, 0, 0, 0, 50, 20],
    });
  });

  it("gives answers to nobody before the gateway sent to anybody", () => {
    assert.deepStrictEqual(sentTo([3, 4, 5], [{ second: 1, slot: "blue" }]), {
      [EITHER]: [3, 0, 0],
      blue: [0, 4, 5],
    });
    assert.deepStrictEqual(sentTo([], []), {});
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
