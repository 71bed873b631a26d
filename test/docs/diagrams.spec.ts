import * as assert from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { JSDOM } from "jsdom";
import type { Mermaid } from "mermaid";

const ROOT = join(__dirname, "..", "..");

const DOCUMENTS = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** The texts of a document's pictures. */
function diagrams(file: string): string[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(/^```mermaid\n([\s\S]*?)^```$/gm)].map(([, diagram]) => diagram!);
}

describe("the pictures in the documents", () => {
  const { window } = new JSDOM("");
  let mermaid: Mermaid;

  before(async function () {
    this.timeout(60_000);
    // Mermaid cleans labels with what a browser has, and looks for it when it is loaded.
    Object.assign(globalThis, { window });
    // Mermaid is a module only, and `import()` would be compiled to `require`.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text is our own
    const load = new Function("return import('mermaid')") as () => Promise<{ default: Mermaid }>;
    mermaid = (await load()).default;
  });

  after(() => {
    Reflect.deleteProperty(globalThis, "window");
    window.close();
  });

  it("are judged by a parser that refuses half a line", async () => {
    await assert.rejects(mermaid.parse("flowchart LR\n  password -->\n"), /Parse error on line/);
  });

  for (const file of DOCUMENTS.filter((name) => diagrams(name).length > 0)) {
    it(`are Mermaid as its own parser reads it: ${file}`, async () => {
      for (const diagram of diagrams(file)) {
        const type = (await mermaid.parse(diagram)).diagramType;
        assert.match(type, /^(flowchart-v2|sequence|stateDiagram)$/, diagram);
      }
    });
  }
});
