import assert from "node:assert";
import type { Graph } from "../../../rehearsal/order/graph";
import { leastSeconds, waitsOf } from "./waits";

/** Resources, each with what it needs. */
function graph(needs: Readonly<Record<string, readonly string[]>>): Graph {
  return new Map(
    Object.entries(needs).map(([name, all]) => [name, { name, needs: all, follows: [] }]),
  );
}

/** The switch needs the proof by way of a component, which has no step. */
const GRAPH = graph({
  password: [],
  role: ["password"],
  secret: ["password"],
  proof: ["role", "secret"],
  component: ["proof"],
  switch: ["component"],
});

const step = (urn: string, begin: number, end: number, op = "update") => ({ urn, op, begin, end });

const STEPS = [
  step("password", 10, 11, "create-replacement"),
  step("role", 12, 13),
  step("secret", 12, 14),
  step("proof", 15, 18, "create"),
  step("switch", 18.5, 20),
  step("proof", 20.5, 21, "delete"),
];

describe("what waits on what in a rotation", () => {
  it("names of each step the one it waited for, through what had no step", () => {
    assert.deepStrictEqual(
      waitsOf(STEPS, GRAPH).map(({ step: { urn, op }, after, waited }) => [
        `${op} ${urn}`,
        after?.urn,
        waited,
      ]),
      [
        ["create-replacement password", undefined, 10],
        ["update role", "password", 1],
        ["update secret", "password", 1],
        ["create proof", "secret", 1],
        ["update switch", "proof", 0.5],
        ["delete proof", "switch", 0.5],
      ],
    );
  });

  it("has a critical path, which leaves out what others waited longer for", () => {
    const waits = waitsOf(STEPS, GRAPH);
    assert.deepStrictEqual(
      waits.filter(({ isCritical }) => !isCritical).map(({ step: { urn } }) => urn),
      ["role"],
    );
    const path = waits.filter(({ isCritical }) => isCritical);
    const sum = path.reduce(
      (all, { waited, step: { begin, end } }) => all + waited + end - begin,
      0,
    );
    assert.strictEqual(sum, 21, "waits and steps of the critical path fill the whole run");
  });

  it("has the first half of a replacement where its second half waits for it", () => {
    const steps = [
      step("password", 1, 2),
      step("proof", 1, 2.5, "create"),
      step("secret", 3, 4, "delete-replaced"),
      step("secret", 5, 6, "create-replacement"),
      step("role", 5, 7),
      step("role", 8, 9, "delete-replaced"),
    ];
    assert.deepStrictEqual(
      waitsOf(steps, GRAPH).map(({ after }) => after && `${after.op} ${after.urn}`),
      [
        ...[undefined, undefined, "update password"],
        ...["delete-replaced secret", "update password", "update role"],
      ],
    );
    const taken = steps.map(({ urn, op, begin, end }) => ({ urn, op, seconds: end - begin }));
    assert.strictEqual(leastSeconds(taken, GRAPH), 1 + Math.max(1 + 1, 2) + 1);
  });

  it("has none without steps", () => {
    assert.deepStrictEqual(waitsOf([], GRAPH), []);
    assert.strictEqual(leastSeconds([], GRAPH), 0);
  });
});

describe("the least that the graph allows", () => {
  it("has side by side what does not need one another, and deletions last", () => {
    const taken = STEPS.map(({ urn, op, begin, end }) => ({ urn, op, seconds: end - begin }));
    assert.strictEqual(leastSeconds(taken, GRAPH), 1 + 2 + 3 + 1.5 + 0.5);
  });
});
