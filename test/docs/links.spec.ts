import assert from "node:assert";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { DOCUMENTS_BESIDE_CODE } from "../support/documents";

const ROOT = join(__dirname, "..", "..");

const FOLDERS = [".", "docs", "docs/adr"];

const DOCUMENTS = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name)),
).concat(DOCUMENTS_BESIDE_CODE);

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8").replace(/^```[\s\S]*?^```$/gm, "");
}

/** Anchors that GitHub makes of a document's headings: small letters, no signs, hyphens. */
function anchors(file: string): string[] {
  return [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-"),
  );
}

describe("the links in the documents", () => {
  for (const file of DOCUMENTS) {
    it(`lead to files that are there, and to the web by https: ${file}`, () => {
      const targets = [...read(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
      const broken = targets
        .filter((target) => !target.startsWith("#"))
        .filter((target) =>
          /^\w+:/.test(target)
            ? !(URL.canParse(target) && target.startsWith("https://"))
            : !existsSync(join(ROOT, dirname(file), target.replace(/#.*/, ""))),
        );
      assert.deepStrictEqual(broken, []);
    });

    it(`lead to headings that are there: ${file}`, () => {
      const links = [...read(file).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)];
      const broken = links
        .map(([, path = "", anchor = ""]) => ({
          target: path === "" ? file : relative(ROOT, join(ROOT, dirname(file), path)),
          anchor,
        }))
        .filter(({ target, anchor }) => !anchors(target).includes(anchor));
      assert.deepStrictEqual(broken, []);
    });
  }
});
