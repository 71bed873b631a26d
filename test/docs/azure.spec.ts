import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKS } from "../../operate/preflight/preflight";
import { chapter, codes } from "../../rehearsal/scenarios/stack/documented";

const DOCUMENT = readFileSync(join(__dirname, "..", "..", "docs", "azure.md"), "utf8");

/** Cells of the tables in a text, without heads. */
function rowsOf(text: string): string[][] {
  return [...text.matchAll(/^\|(.*)\|$/gm)]
    .map(([, cells]) => cells!.split("|").map((cell) => cell.trim()))
    .filter(([first]) => !/^(-+|Row)$/.test(first!));
}

describe("what docs/azure.md says of the preflight", () => {
  const found = rowsOf(chapter(DOCUMENT, "What the preflight finds before the first `up`"));

  it("has every question that it asks, and no other", () => {
    const named = new Set(found.flatMap(([, questions]) => codes(questions!)));
    assert.deepStrictEqual([...named].sort(), [...new Set(CHECKS.map(({ what }) => what))].sort());
  });

  it("has rows of the review, each question once, and those that are of none", () => {
    const rows = found.map(([row]) => row!.split(":")[0]!);
    assert.deepStrictEqual(rows, ["A2", "A3", "C4", "D", "none"]);
    const named = found.flatMap(([, questions]) => codes(questions!));
    assert.strictEqual(new Set(named).size, named.length);
  });
});
