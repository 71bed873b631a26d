import assert from "node:assert";
import { cutsBetween, type Graph, graphOf } from "../../../rehearsal/order/graph";

const step = (...resources: string[]) => ({ name: resources[0]!, resources });

/** `a: { needs: [...], follows: [...] }`, both empty when not given. */
function graph(nodes: Record<string, { needs?: string[]; follows?: string[] }>): Graph {
  return new Map(
    Object.entries(nodes).map(([name, { needs = [], follows = [] }]) => [
      name,
      { name, needs, follows },
    ]),
  );
}

/** Cuts as `later < earlier`. */
function cuts(graph: Graph, first: string, then: string): string[] | undefined {
  const found = cutsBetween(graph, step(first), step(then));
  return found && [...found].flatMap(([name, others]) => [...others].map((o) => `${name} < ${o}`));
}

describe("cuts between two steps", () => {
  it("take an edge away", () => {
    assert.deepStrictEqual(cuts(graph({ a: {}, b: { follows: ["a"] } }), "a", "b"), ["b < a"]);
  });

  it("take the end of an implied path away, and leave its begin", () => {
    const chain = graph({ a: {}, m: { follows: ["a"] }, b: { follows: ["m"] } });
    assert.deepStrictEqual(cuts(chain, "a", "b"), ["b < m"]);
  });

  it("cut every path, and nothing that does not come from the first step", () => {
    const paths = graph({
      other: {},
      a: {},
      m: { follows: ["a"] },
      n: { needs: ["a"] },
      b: { follows: ["m", "n", "other"] },
    });
    assert.deepStrictEqual(cuts(paths, "a", "b"), ["b < m", "b < n"]);
  });

  it("cut before what the later step needs a value of", () => {
    const value = graph({ a: {}, m: { follows: ["a"] }, b: { needs: ["m"], follows: ["m"] } });
    assert.deepStrictEqual(cuts(value, "a", "b"), ["m < a"]);
  });

  it("do not exist where a value comes from the first step, however far", () => {
    const value = graph({ a: {}, m: { needs: ["a"] }, b: { needs: ["m"] } });
    assert.strictEqual(cuts(value, "a", "b"), undefined);
  });

  it("do not exist where there is no order, which is an error and no cut", () => {
    const apart = graph({ a: {}, b: {} });
    assert.throws(() => cuts(apart, "a", "b"), /"b" does not come after "a"/);
  });
});

describe("the graph of a state file", () => {
  it("tells what a resource needs from what it only comes after", () => {
    const found = graphOf(
      [
        {
          urn: "urn:b",
          parent: "urn:parent",
          provider: "urn:provider::0a1b",
          dependencies: ["urn:value", "urn:edge"],
          propertyDependencies: { size: ["urn:value"], none: null },
        },
      ],
      (urn) => urn.slice("urn:".length),
    );
    assert.deepStrictEqual(found.get("b"), {
      name: "b",
      needs: ["value", "parent", "provider"],
      follows: ["edge"],
    });
  });

  it("lets a component wait for the providers of all that is in it", () => {
    const found = graphOf(
      [{ urn: "urn:c" }, { urn: "urn:r", parent: "urn:c", provider: "urn:p::0a1b" }],
      (urn) => urn.slice("urn:".length),
    );
    assert.deepStrictEqual(found.get("c")?.needs, ["p"]);
  });
});
