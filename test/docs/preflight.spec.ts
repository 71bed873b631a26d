import assert from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKS } from "../../operate/preflight/preflight";
import { chapter, codes } from "../../rehearsal/scenarios/stack/documented";

const ROOT = join(__dirname, "..", "..");
const DOCUMENT = readFileSync(join(ROOT, "docs", "preflight.md"), "utf8");

/** Cells of the table of what the user has to bring, without its head. */
const ROWS = [...chapter(DOCUMENT, "What you bring").matchAll(/^\|(.*)\|$/gm)]
  .map(([, cells]) => cells!.split("|").map((cell) => cell.trim()))
  .slice(2);

/** What a command does: its words before the first option or value of the user's. */
function verbOf(command: string): string {
  return /^[^<"']*?(?=\s+(--|[<"'])|$)/.exec(command)![0];
}

describe("what docs/preflight.md says that the user has to bring", () => {
  it("is all that the preflight asks for, each thing once, and nothing else", () => {
    const asked = ROWS.flatMap(([, , questions]) => codes(questions!));
    assert.deepStrictEqual([...asked].sort(), CHECKS.map(({ what }) => what).sort());
  });

  it("has a command for each thing", () => {
    for (const [what, commands] of ROWS) {
      assert.ok(codes(commands!).length > 0, what);
    }
  });

  it("has no command that the preflight would not give as well", () => {
    const folder = join(ROOT, "operate", "preflight");
    const code = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readFileSync(join(folder, file), "utf8"))
      .join("\n");
    const verbs = ROWS.flatMap(([, commands]) => codes(commands!)).map(verbOf);
    assert.ok(verbs.length > 20);
    assert.deepStrictEqual(
      verbs.filter((verb) => !code.includes(verb)),
      [],
    );
  });
});
