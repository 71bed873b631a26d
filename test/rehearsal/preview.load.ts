import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Rig } from "../../rehearsal/rig";

const README = readFileSync(join(__dirname, "..", "..", "README.md"), "utf8");

/** Lines of a resource of a provider; a replacement has two more, for its halves. */
const OPERATION = /^ (?:\+-|[~+-]) +(?:random|postgresql|azure-native|kubernetes):/;

describe("the preview of a rotation in the README", function () {
  this.timeout(180_000);
  let rig: Rig;
  let printed: string;

  before(async () => {
    rig = await Rig.start({
      providers: "twin",
      progress: () => undefined,
      signal: new AbortController().signal,
    });
    await rig.workspace.configure({ counter: 1 });
    await rig.workspace.up();
    await rig.workspace.configure({ counter: 2 });
    printed = await rig.workspace.previewText();
  });
  after(() => rig?.close());

  it("has the lines that the engine prints, and fewer than 40", () => {
    const block = blockAfter("The preview of such a rotation");
    assert.ok(block.length < 40, `${block.length} lines`);
    // The engine works at several things at once, so their lines come in any order.
    assert.deepStrictEqual(
      block.filter((line) => OPERATION.test(line)).sort(),
      operations().sort(),
    );
    const count = block.at(-1)!.trim();
    assert.match(count, /^\d+ changes\. \d+ unchanged$/);
    assert.ok(printed.includes(count), printed);
  });

  it("has the words that the program adds", () => {
    for (const line of blockAfter("it says in words what the move is")) {
      const begin = line.replace(/\.\.\.$/, "");
      assert.ok(printed.includes(begin), `not in the preview: ${begin}`);
    }
  });

  function operations(): string[] {
    return printed
      .split("\n")
      .map((line) => line.trimEnd())
      .filter((line) => OPERATION.test(line));
  }
});

/** Lines of the first block of text after a sentence. */
function blockAfter(sentence: string): string[] {
  const [, rest] = README.split(sentence);
  assert.ok(rest !== undefined, `The README does not say "${sentence}".`);
  return rest.split("```text\n")[1]!.split("\n```")[0]!.split("\n");
}
