import assert from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RehearsalResult } from "../../../rehearsal/result/result";
import { rehearse } from "../../support/rehearse";

/** One rotation: CI has 25 minutes. `rotation rehearse` makes three of them. */
describe("an application on a platform that is there, under the real engine and with traffic on", function () {
  this.timeout(900_000);
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "existing-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("rotates and retires, and leaves the platform as it was", async () => {
    const file = join(directory, "result.json");
    const { code, output } = await rehearse(
      ...["--platform", "existing", "--json", file],
      ...["--rotations", "1", "--rate", "50", "--providers", "twin"],
    );
    const text = await readFile(file, "utf8").catch(() => assert.fail(output));
    const result = JSON.parse(text) as RehearsalResult;
    assert.deepStrictEqual(result.existingPlatform, { operations: [], writes: [] });
    assert.deepStrictEqual([result.problems, result.leaks], [[], []]);
    // A machine that is too busy is told apart, and is nobody's fault.
    assert.strictEqual(code, result.cannotJudge.length === 0 ? 0 : 4, output);
  });
});
