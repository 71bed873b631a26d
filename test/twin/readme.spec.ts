import assert from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DOCUMENTS_BESIDE_CODE } from "../support/documents";

const ROOT = join(__dirname, "..", "..");
const ENTRY = "twin/README.md";

const documents = DOCUMENTS_BESIDE_CODE.filter((file) => file.startsWith("twin/"));

describe("the documents of the twin", () => {
  it("are found from the entry, each room's by its row", () => {
    const rows = readFileSync(join(ROOT, ENTRY), "utf8").matchAll(/^\| \[(\w+)\]\((.+?)\) +\|/gm);
    assert.deepStrictEqual(
      [...rows].map(([, room, file]) => [room, join("twin", file!)]),
      documents
        .filter((file) => file !== ENTRY)
        .sort()
        .map((file) => [dirname(file).split("/").at(-1), file]),
    );
  });

  for (const file of documents) {
    it(`name only files that are there: ${file}`, () => {
      const named = [...readFileSync(join(ROOT, file), "utf8").matchAll(/`([\w./]+\.ts|\w+\/)`/g)]
        .map(([, path]) => path!)
        // Beside the document, or by the path from the root.
        .filter((path) => ![dirname(file), "."].some((at) => existsSync(join(ROOT, at, path))));
      assert.deepStrictEqual(named, []);
    });
  }
});
