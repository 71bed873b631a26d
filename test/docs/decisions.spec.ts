import * as assert from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(__dirname, "..", "..", "docs", "adr");

const files = readdirSync(FOLDER).filter((name) => name !== "README.md");

function read(name: string): string {
  return readFileSync(join(FOLDER, name), "utf8");
}

/** The heading of a decision, without its mark. */
function title(name: string): string {
  return read(name).split("\n")[0]!.replace(/^# /, "");
}

describe("the decisions", () => {
  it("are all in the index, by number and under their own titles", () => {
    const entries = [...read("README.md").matchAll(/^- \[(.+)\]\((.+)\)$/gm)];
    assert.deepStrictEqual(
      entries.map(([, text, file]) => [file, text]),
      [...files].sort().map((name) => [name, title(name)]),
    );
  });

  it("have a number each, the same in name and title, that no other has", () => {
    const numbers = files.map((name) => Number(/^(\d{4})-[a-z0-9-]+\.md$/.exec(name)?.[1]));
    assert.deepStrictEqual(
      numbers,
      files.map((name) => Number(/^(\d+)\. /.exec(title(name))?.[1])),
    );
    assert.strictEqual(new Set(numbers).size, numbers.length);
  });

  for (const name of files) {
    it(`say context, decision and consequences, on about half a page: ${name}`, () => {
      const text = read(name);
      assert.deepStrictEqual(
        [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading),
        ["Context", "Decision", "Consequences"],
      );
      const prose = text.split("\n").filter((line) => !line.startsWith("|"));
      assert.ok(prose.join(" ").split(/\s+/).length < 650, "it is longer than a page");
    });
  }
});
