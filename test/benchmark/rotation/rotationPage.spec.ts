import assert from "node:assert";
import type { Graph } from "../../../rehearsal/order/graph";
import type { Comparison } from "./againstScript";
import type { Rotation } from "./manyRotations";
import { rotationPage } from "./rotationPage";

const urn = (type: string, name: string) => `urn:pulumi:s::p::rotation:index:Slot$${type}::${name}`;
const ROLE = urn("postgresql:index/role:Role", "rotation-green-role");
const JOB = urn("kubernetes:batch/v1:Job", "rotation-proof-rolled-1-live-1");
const GRAPH: Graph = new Map([
  [ROLE, { name: ROLE, needs: [], follows: [] }],
  [JOB, { name: JOB, needs: [], follows: [ROLE] }],
]);
const CIRCUMSTANCES = {
  date: "2026-11-29",
  machine: "2 x a processor",
  loads: [0.5, 1] as const,
};

/** Runs of the engine that took so long, and scripts whose two calls did. */
function comparison(engine: readonly number[], script: readonly [number, number][]): Comparison {
  return {
    engine: engine.map((seconds) => ({
      ...{ seconds, cpu: 7, peak: 499.6 },
      steps: [
        { urn: ROLE, op: "update", begin: 2, end: 3 },
        { urn: JOB, op: "create-replacement", begin: 3.5, end: seconds - 1 },
      ],
    })),
    script: script.map(([role, job]) => [
      { urn: ROLE, op: "update", seconds: role },
      { urn: JOB, op: "create", seconds: job },
    ]),
    graph: GRAPH,
  };
}

/** Rotations that took so long, with a state that grows a little. */
function rotations(seconds: readonly number[]): Rotation[] {
  return seconds.map((each, index) => ({
    counter: index + 1,
    rotate: { seconds: each, cpu: 8, peak: 500 },
    retire: { seconds: 15, cpu: 6, peak: 480 },
    state: 500_000 + 10_000 * index,
    history: 2_000_000 * (index + 1),
    added: index < 5 ? 2_000_000 : 2_400_000,
    left: {
      ...{ jobs: 4, secretProviderClasses: 3, replicaSets: 4 },
      ...{ helmRevisions: 6, objects: 40, vaultVersions: 5 + index },
    },
  }));
}

const PAGE = rotationPage(
  comparison(
    [12, 10, 19],
    [
      [1, 9],
      [2, 6],
      [1, 4],
    ],
  ),
  rotations([20, 40, 21, 22, 20, 24]),
  CIRCUMSTANCES,
);

/** The cells of the row that begins with this. */
function cells(first: string): string[] {
  const rows = PAGE.split("\n").filter((line) => line.startsWith(`| ${first} |`));
  assert.strictEqual(rows.length, 1, first);
  return rows[0]!
    .split("|")
    .slice(2, -1)
    .map((cell) => cell.trim());
}

describe("what the page says of rotations", () => {
  it("holds each goal against what was measured", () => {
    assert.deepStrictEqual(
      cells("a rotation against a script that makes the same calls, wall clock"),
      ["1.20", "1.50", "missed"],
    );
    assert.deepStrictEqual(
      cells("rotations 4 to 6 (median) against rotations 1 to 3 (median), wall clock"),
      ["1.10", "1.05", "met"],
    );
    assert.deepStrictEqual(
      cells("rotations 4 to 6 (median) against rotations 1 to 3 (median), CPU"),
      ["1.10", "1.00", "met"],
    );
    assert.deepStrictEqual(cells("rotation 6 against rotation 1, size of the state"), [
      ...["1.10", "1.10", "met"],
    ]);
    assert.deepStrictEqual(cells("rotation 6 against rotation 1, what it adds to the history"), [
      ...["1.10", "1.20", "missed"],
    ]);
  });

  it("has the times of engine and script, and the least that the graph allows", () => {
    assert.deepStrictEqual(cells("rotation by the engine"), [
      "10.00 **12.00** 19.00",
      "7.00",
      "500",
    ]);
    assert.strictEqual(cells("script, one call after another")[0], "5.00 **8.00** 10.00");
  });

  it("says of the run in the middle what waited on what", () => {
    assert.deepStrictEqual(cells("before the first step: CLI, program, facts, guard"), ["2.00"]);
    assert.deepStrictEqual(cells("in steps"), ["8.50"]);
    assert.deepStrictEqual(cells("after the last step"), ["1.00"]);
    const role = "update postgresql:Role rotation-new-role";
    assert.deepStrictEqual(cells(`**${role}**`), ["", "2.00", "1.00", "1.00"]);
    assert.deepStrictEqual(cells("**create kubernetes:Job rotation-proof-rolled**"), [
      ...[role, "0.50", "7.50", "6.00"],
    ]);
  });

  it("has a row for each of many rotations", () => {
    assert.deepStrictEqual(cells("6"), [
      ...["24.00", "8.00", "500", "15.00", "6.00", "480", "550", "12000", "6", "10", "40"],
    ]);
  });
});
