import assert from "node:assert";
import type { RehearsalResult, Requests, RotationResult } from "../../../rehearsal/result/result";
import { summaryOf } from "../../../rehearsal/report/summary";
import { sayEach } from "../../support/says";

const REQUESTS: Requests = {
  sent: 12_000,
  unsent: 0,
  failed: 0,
  unjudged: 0,
  p50Ms: 3.4,
  p99Ms: 21.6,
  reasons: {},
  byKind: {
    fresh: { sent: 6000, failed: 0, cut: 0 },
    stream: { sent: 5, failed: 0, cut: 2 },
  },
};

const ROTATION: RotationResult = {
  from: 0,
  to: 1,
  liveBefore: "blue",
  liveAfter: "green",
  seconds: 31.4,
  phases: [{ name: "rotate", begin: 0, end: 20 }],
  operations: [
    { urn: "urn:a", op: "update", begin: 1, end: 2 },
    { urn: "urn:b", op: "create", begin: 2, end: 3 },
  ],
  operationsOnLiveSlot: 0,
  operationsOnPlatform: 0,
  requests: { ...REQUESTS, sent: 6000 },
  newCredential: { by: "answer", slot: "green", sessionUser: "app_green", secretVersion: "v" },
  oldCredential: { refused: true, sqlstate: "28000" },
};

const RESULT: RehearsalResult = {
  ok: true,
  kind: "rotate",
  application: "app",
  delivery: "file",
  strategy: "blueGreen",
  proofs: { by: "credential" },
  engine: { version: "3.255.0", source: "download" },
  providers: { "azure-native": "twin", kubernetes: "twin", random: "official" },
  rate: { perSecond: 200, tried: [] },
  requests: REQUESTS,
  behind: 0,
  rotations: [ROTATION],
  evidence: [],
  leaks: [],
  leakSearch: [
    { place: "state files", canaryFound: true },
    { place: "process arguments", canaryFound: true },
  ],
  problems: [],
  cannotJudge: [],
};

function linesOf(result: Partial<RehearsalResult> = {}): string[] {
  return summaryOf({ ...RESULT, ...result })
    .split("\n")
    .filter((line) => line !== "");
}

describe("summaryOf", () => {
  it("says what was measured, against what, and that it is as promised", () => {
    sayEach(
      linesOf(),
      [
        "Rotation 0 -> 1: blue -> green in 31 s, 6000 requests, 0 failed, 2 operations",
        "(0 on the live slot, 0 on platform and application)",
        /old credential is refused \(28000\)/,
      ],
      ["12000 requests, 0 failed; p50 3 ms, p99 22 ms."],
      ["fresh 6000 (0 failed, 0 cut), stream 5 (0 failed, 2 cut)"],
      ["200 requests per second", "requested"],
      ["Application app", "password in a file", "by credential"],
      ["Pulumi 3.255.0 (download)", "azure-native, kubernetes"],
      ["0 found in state files, process arguments"],
      [/^As promised/],
    );
  });

  it("names every reason for a failed request and every broken promise", () => {
    const lines = linesOf({
      ok: false,
      requests: { ...REQUESTS, failed: 5, reasons: { "status 502": 4, ECONNRESET: 1 } },
      problems: ["5 requests failed.", "The old credential still logs in."],
    });
    assert.ok(lines.includes("  4 x status 502"));
    assert.ok(lines.includes("  1 x ECONNRESET"));
    assert.deepStrictEqual(lines.slice(-3), [
      "Not as promised:",
      "  - 5 requests failed.",
      "  - The old credential still logs in.",
    ]);
  });

  it("says what was rotated, and that a proof by configuration is the weaker one", () => {
    const lineOf = (changes: Partial<RehearsalResult>) =>
      linesOf(changes).find((line) => line.startsWith("Application"));
    const proofs = { by: "status", identity: "configuration" };
    assert.strictEqual(
      lineOf({ application: "plain", delivery: "secret", proofs }),
      "Application plain, its password in a Secret, two slots and a switch. The proofs knew answers by status, and who " +
        "answered by configuration: the weaker proof.",
    );
    // No proof has told.
    assert.strictEqual(
      lineOf({ proofs: {} }),
      "Application app, its password in a file, two slots and a switch.",
    );
  });

  it("says what was done to a platform that was there, and nothing where there was none", () => {
    const existingPlatform = { operations: [], writes: ["updated a", "updated b"] };
    sayEach(
      linesOf({ existingPlatform }).filter((line) => line.startsWith("Platform")),
      ["Platform of another stack", "0 operations on it", "2 writes of what was there"],
    );
    assert.ok(!linesOf().some((line) => line.startsWith("Platform")));
  });

  it("shouts when the old credential still logs in", () => {
    const rotation = { ...ROTATION, oldCredential: { refused: false, sqlstate: "" } };
    const [line] = linesOf({ rotations: [rotation] });
    assert.match(line!, /the old credential STILL LOGS IN\.$/);
  });

  it("admits when the machine was too busy for the load", () => {
    const lines = linesOf({ behind: 40, requests: { ...REQUESTS, unsent: 15 } });
    const busy = lines.filter((line) => line.includes("too busy"));
    sayEach(busy, ["40 requests", "late", "15 of which were never sent"]);
    assert.ok(!linesOf().some((line) => line.includes("too busy")));
  });

  it("says how the rate was found", () => {
    const rateOf = (...held: boolean[]) => {
      const rates = [200, 150, 100, 50].slice(0, held.length);
      const tried = rates.map((perSecond, index) => ({
        perSecond,
        held: held[index]!,
        lagMs: 3,
        p99Ms: 40,
        busy: 0,
      }));
      const lines = linesOf({ rate: { perSecond: rates.at(-1)!, tried } });
      return lines.find((line) => line.includes("requests per second"));
    };
    const carried = /^100 requests per second, .* sustains .*; .* not sustain 200, 150 /;
    assert.match(rateOf(true)!, /^200 requests per second, [^;]* sustains [^;]*$/);
    assert.match(rateOf(false, false, true)!, carried);
    assert.match(
      rateOf(false, false, false, false)!,
      /^50 requests per second, .*lowest.*; .* not sustain 200, 150, 100, 50 /,
    );
  });

  it("says when nobody can judge, unless something is certainly not as promised", () => {
    const cannotJudge = ["3 answers came late.", "For a verdict, wait."];
    assert.deepStrictEqual(linesOf({ ok: false, cannotJudge }).slice(-3), [
      "Cannot judge on this machine:",
      "  - 3 answers came late.",
      "  - For a verdict, wait.",
    ]);
    const lines = linesOf({ ok: false, problems: ["1 requests failed."], cannotJudge });
    assert.strictEqual(lines.at(-4), "Not as promised:");
  });

  it("counts leaks, and says nothing of a search that did not take place", () => {
    const leak = { place: "state files", file: "stack.json", credential: "blue 0" };
    const found = linesOf({ leaks: [leak] });
    assert.ok(found.some((line) => line.startsWith("Clear-text credentials: 1 found in ")));
    const unsearched = linesOf({ leakSearch: [] });
    assert.ok(!unsearched.some((line) => line.startsWith("Clear-text")));
  });

  it("expects the negative control to lose requests", () => {
    const control = (failed: number) =>
      linesOf({ kind: "naive", ok: false, requests: { ...REQUESTS, failed } }).at(-1);
    assert.match(control(17)!, /negative control lost requests, as expected/);
    assert.match(control(0)!, /lost no requests, .*measures nothing/);
  });
});
