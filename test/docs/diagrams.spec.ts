import * as assert from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";
import { JSDOM } from "jsdom";

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

interface Mermaid {
  /** @throws Error where a picture has a mistake */
  parse(picture: string): Promise<{ readonly diagramType: string }>;
}

describe("the pictures in the documents", () => {
  // Mermaid cleans labels with what a browser has. This edition of it is one script for a browser.
  const dom = new JSDOM("", { runScripts: "outside-only" });
  let mermaid: Mermaid;

  before(function () {
    this.timeout(60_000);
    const script = readFileSync(require.resolve("@mermaid-js/tiny"), "utf8");
    new Script(script).runInContext(dom.getInternalVMContext());
    ({ mermaid } = dom.window as unknown as { mermaid: Mermaid });
  });

  after(() => dom.window.close());

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
