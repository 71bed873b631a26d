import * as assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const ROOT = join(__dirname, "..", "..");

const FILES = readdirSync(join(ROOT, "images"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith("Dockerfile"))
  .map((path) => join("images", path));

/** What a Dockerfile starts from, stages of its own left out. */
function basesOf(path: string): string[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  const stages = [...text.matchAll(/^FROM (?:--\S+ )*(\S+)(?: AS (\S+))?$/gim)];
  const own = stages.map(([, , name]) => name);
  return stages.map(([, base]) => base!).filter((base) => !own.includes(base));
}

/** Does not show that a registry has them: no registry is asked. */
describe("The images", () => {
  it("start from bases of one digest, with the version beside it", () => {
    const bases = FILES.flatMap(basesOf);
    assert.equal(bases.length, 4);
    const loose = bases.filter((base) => !/^[\w./-]+:\d[\w.-]+@sha256:[0-9a-f]{64}$/.test(base));
    assert.deepEqual(loose, []);
    assert.equal(new Set(bases).size, 1, "One base: a second one is an update that was forgotten.");
  });

  it("start from the Node that tests run them with", () => {
    const { version } = JSON.parse(
      readFileSync(join(ROOT, "node_modules/node/package.json"), "utf8"),
    ) as { version: string };
    assert.ok(basesOf(FILES[0]!).every((base) => base.startsWith(`node:${version}-alpine`)));
  });

  it("run no script of a package while they are built", () => {
    for (const path of FILES) {
      assert.match(
        readFileSync(join(ROOT, path), "utf8"),
        /^RUN npm ci --omit=dev --ignore-scripts$/m,
        path,
      );
    }
  });

  it("are among what Dependabot proposes to pin anew", () => {
    const { updates } = parse(readFileSync(join(ROOT, ".github/dependabot.yml"), "utf8")) as {
      updates: { "package-ecosystem": string; directories: string[] }[];
    };
    const docker = updates.find((update) => update["package-ecosystem"] === "docker");
    assert.deepEqual(
      docker?.directories.map((folder) => `${folder.slice(1)}/Dockerfile`).sort(),
      [...FILES].sort(),
    );
  });
});
