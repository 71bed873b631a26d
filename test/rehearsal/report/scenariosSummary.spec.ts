import assert from "node:assert";
import type { ScenarioResult } from "../../../rehearsal/result/result";
import { scenariosSummaryOf } from "../../../rehearsal/report/summary";

const LONG_RUN: ScenarioResult = {
  name: "long-run",
  ok: true,
  seconds: 412.4,
  requests: {
    sent: 20_000,
    unsent: 0,
    failed: 0,
    unjudged: 0,
    p50Ms: 3,
    p99Ms: 20,
    reasons: {},
    byKind: {},
  },
  moves: [{ from: "counter 1", to: "counter 2", outcome: "done", text: "" }],
  figures: { seed: 7, rotations: 20, timeGrowth: 1.0312, stateGrowth: 1.00001 },
  problems: [],
  cannotJudge: [],
};

describe("scenariosSummaryOf", () => {
  it("tells what was measured, few figures to a line", () => {
    assert.deepStrictEqual(
      scenariosSummaryOf({ ok: true, kind: "scenarios", scenarios: [LONG_RUN] }),
      [
        "",
        "ok     long-run: 1 moves, 0 refused, 0 of 20000 requests failed, 412 s",
        "    seed 7, rotations 20, timeGrowth 1.03",
        "    stateGrowth 1.00",
        "",
        "All 1 scenarios as promised.",
        "",
      ].join("\n"),
    );
  });

  it("tells what is not as promised, below its scenario", () => {
    const bad = { ...LONG_RUN, ok: false, figures: {}, problems: ["Two lines\nof trouble."] };
    const summary = scenariosSummaryOf({ ok: false, kind: "scenarios", scenarios: [bad] });
    assert.match(summary, /^NOT OK long-run: .*\n {4}Two lines\n {4}of trouble\.\n/m);
    assert.match(summary, /0 of 1 as promised\./);
  });

  it("tells of what cannot be judged that the machine was busy", () => {
    const busy = { ...LONG_RUN, ok: false, figures: {}, cannotJudge: ["3 answers came late."] };
    const summary = scenariosSummaryOf({ ok: false, kind: "scenarios", scenarios: [busy] });
    assert.match(summary, /^BUSY {3}long-run: .*\n {4}3 answers came late\.\n/m);
  });
});
