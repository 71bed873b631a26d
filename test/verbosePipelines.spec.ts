import assert from "node:assert";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const ROOT = join(__dirname, "..");
const PIPELINES = [".ci", ".github", "azure-pipelines"];
/** With these Pulumi prints secrets in clear (docs/adr/0012-passwords-in-the-state.md). */
const VERBOSE =
  /(^|[\s"'=])(-v[= ]?\d+|--verbose|--debug|--logtostderr|--logflow|--show-secrets)\b/;

describe("the pipelines", () => {
  it("never run Pulumi in a way that prints secrets", async () => {
    let read = 0;
    for (const folder of PIPELINES) {
      const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
      for (const entry of entries.filter((found) => found.isFile())) {
        const file = join(entry.parentPath, entry.name);
        const lines = (await readFile(file, "utf8")).split("\n");
        assert.deepStrictEqual(
          lines.filter((line) => VERBOSE.test(line)),
          [],
          file,
        );
        read++;
      }
    }
    assert.ok(read > PIPELINES.length);
  });

  for (const line of [
    "pulumi up -v=9",
    "args: --debug",
    "pulumi up -v 3 --yes",
    '"--logtostderr"',
  ]) {
    it(`would be told of "${line}"`, () => {
      assert.match(line, VERBOSE);
    });
  }
});
