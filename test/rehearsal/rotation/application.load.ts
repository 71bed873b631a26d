import assert from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EITHER } from "../../../rehearsal/result/timeline";
import type { RehearsalResult } from "../../../rehearsal/result/result";
import { type ApplicationName, applicationOf } from "../../../rehearsal/rig/applications";
import { prepareRecipe } from "../../../twin/kubernetes/kubelet/recipes";
import { rehearse } from "../../support/rehearse";

/** What this machine lacks for a recipe; undefined where it has all of it, or is no recipe. */
async function missingRuntime(application: ApplicationName): Promise<string | undefined> {
  const { recipe } = applicationOf(application);
  try {
    await (recipe && prepareRecipe(recipe));
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    assert.match(message, / needs .* on PATH\.$/);
    return message;
  }
}

/** One of the eight combinations, and one rotation: CI has no time for more. The pools are in test/images. */
describe("an application that knows nothing of rotations, on a platform that is there, under the real engine and with traffic on", function () {
  this.timeout(900_000);
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "application-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  for (const [application, delivery] of [
    ["plain", "secret"],
  ] as const satisfies readonly (readonly [ApplicationName, string])[]) {
    it(`${application} rotates and retires with its password in a ${delivery}, and leaves the platform as it was`, async () => {
      const file = join(directory, "result.json");
      const { code, output } = await rehearse(
        ...["--application", application, "--delivery", delivery, "--json", file],
        ...["--platform", "existing"],
        ...["--rotations", "1", "--rate", "50", "--providers", "twin"],
      );
      const missing = await missingRuntime(application);
      if (missing !== undefined) {
        assert.deepStrictEqual([code, output], [2, `${missing}\n`]);
        console.info(`        not rehearsed: ${missing}`);
        return;
      }
      const text = await readFile(file, "utf8").catch(() => assert.fail(output));
      const result = JSON.parse(text) as RehearsalResult;
      assert.deepStrictEqual([result.problems, result.leaks], [[], []]);
      assert.deepStrictEqual(result.existingPlatform, { operations: [], writes: [] });
      assert.strictEqual(result.requests.failed, 0);
      // A machine that is too busy is told apart, and is nobody's fault.
      const judged = result.cannotJudge.length === 0;
      assert.deepStrictEqual([code, result.ok], judged ? [0, true] : [4, false], output);
      assert.deepStrictEqual([result.application, result.delivery], [application, delivery]);
      assert.deepStrictEqual(result.proofs, { by: "status", identity: "configuration" });
      const [rotation] = result.rotations;
      assert.deepStrictEqual(rotation?.newCredential, {
        by: "gateway",
        slot: "green",
        sessionUser: "app_green",
      });
      assert.deepStrictEqual(rotation.oldCredential, { refused: true, sqlstate: "28000" });
      const refused = result.evidence.find(({ proof }) => proof === "refused");
      assert.deepStrictEqual([refused?.["ok"], refused?.["sqlstate"]], [true, "28000"]);
      const { blue, green, ...others } = result.timeline!.load.answered;
      assert.ok(blue!.some((count) => count > 0) && green!.some((count) => count > 0));
      assert.deepStrictEqual(Object.keys(others), [EITHER]);
    });
  }
});
