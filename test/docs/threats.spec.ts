import assert from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SCENARIOS } from "../../rehearsal/scenarios";

const ROOT = join(__dirname, "..", "..");
const TEXT = readFileSync(join(ROOT, "docs/threats.md"), "utf8");

const [POSITIONS = "", REVIEW = ""] = TEXT.split("## What the review of 60a1714 found");

/** Cells of every row of a text's tables, without headings. */
const rowsOf = (text: string) =>
  [...text.matchAll(/^\|(?! -|-)(.+)\|$/gm)]
    .map(([, cells]) => cells!.split(" | ").map((cell) => cell.trim()))
    .filter(([first]) => first !== "Tries" && first !== "Row");

/** What names a scenario, and not a command or an alert, in a cell of tests. */
const scenarioNames = (cell: string) => [...cell.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name!);

describe("the tests that docs/threats.md names", () => {
  it("exist", () => {
    const files = [...TEXT.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file!);
    assert.ok(files.length > 50, `only ${files.length} files`);
    assert.deepStrictEqual(
      files.filter((file) => !existsSync(join(ROOT, file))),
      [],
    );
  });

  it("have the titles that it quotes", () => {
    const quoted = [...TEXT.matchAll(/`(test\/[^`]+)` \("([^"]+)"\)/g)];
    assert.ok(quoted.length >= 5, `only ${quoted.length} titles`);
    for (const [, file, title] of quoted) {
      const titles = [...readFileSync(join(ROOT, file!), "utf8").matchAll(/\bit\([`"](.+)[`"],/g)];
      assert.ok(
        titles.some(([, text]) => text!.includes(title!)),
        `${file} has no "${title}"`,
      );
    }
  });

  it("are scenarios that there are, where they are no files", () => {
    const known = SCENARIOS.map(({ name }) => name);
    const cells = [
      ...rowsOf(POSITIONS).map((row) => row[2]!),
      ...rowsOf(REVIEW).map((row) => row[1]!),
    ];
    const named = cells.filter((cell) => !cell.includes("](")).flatMap(scenarioNames);
    assert.ok(named.includes("hostile-live-role"));
    assert.deepStrictEqual(
      [...new Set(named)].filter((name) => !known.includes(name)),
      [],
    );
  });

  it("are one at least for every row of the review, or it says why there is none", () => {
    const rows = rowsOf(REVIEW);
    for (const number of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      const row = rows.find(([first]) => first!.startsWith(`${number}. `));
      assert.ok(row, `${number} is missing`);
      assert.match(row[1]!, /`test\//);
    }
    const low = rows.filter(([first]) => first!.startsWith("Low: "));
    assert.strictEqual(low.length, 10);
    assert.deepStrictEqual(
      low.filter(([, tests, why]) => tests === "" && why === ""),
      [],
    );
  });
});
