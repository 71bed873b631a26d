import assert from "node:assert";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..");
const FOLDER = join(ROOT, "docs", "pictures");
const PICTURES = ["report-dark.webp", "report-light.webp", "terminal.svg"];
const MOST_BYTES = 150_000;

describe("the pictures on the first screen", () => {
  it("are in the README, and small", () => {
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    for (const name of PICTURES) {
      assert.ok(readme.includes(`docs/pictures/${name}`), name);
      assert.ok(statSync(join(FOLDER, name)).size < MOST_BYTES, name);
    }
  });

  it("come from a run that lost nothing", () => {
    const run = JSON.parse(readFileSync(join(FOLDER, "run.json"), "utf8")) as {
      commit: string;
      failed: number;
      rotations: number;
    };
    assert.match(run.commit, /^[0-9a-f]{40}$/);
    assert.deepStrictEqual([run.failed, run.rotations], [0, 3]);
  });

  it("load and run nothing, and end as the run did", () => {
    const text = readFileSync(join(FOLDER, "terminal.svg"), "utf8");
    assert.doesNotMatch(text, /<(script|image|foreignObject|a)\b/);
    assert.doesNotMatch(text, /\b(href|src)=|@import|url\((?!#)| on\w+=/);
    assert.match(text.slice(text.lastIndexOf("<desc")), /As promised\./);
  });
});
