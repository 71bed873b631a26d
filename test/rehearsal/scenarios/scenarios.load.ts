import assert from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ScenariosResult } from "../../../rehearsal/result/result";
import { SCENARIOS } from "../../../rehearsal/scenarios";
import { rehearse } from "../../support/rehearse";

/**
 * CI has 25 minutes. Rotation, retirement and roll back are in the tests of commands and pipelines,
 * staging and promotion among the refusals; `--scenario all` plays everything.
 */
const NAMES = ["withdraw", "emergency", "refused", "isolation", "update-plans"];
const PLAYED = SCENARIOS.filter(({ name }) => NAMES.includes(name));

describe("moves and refusals, under the real engine and with traffic on", function () {
  this.timeout(900_000);
  let directory: string;
  let result: ScenariosResult;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "scenarios-"));
    const file = join(directory, "result.json");
    const { output } = await rehearse(
      "--providers",
      "twin",
      "--json",
      file,
      "--scenario",
      ...NAMES,
    );
    result = JSON.parse(
      await readFile(file, "utf8").catch(() => assert.fail(output)),
    ) as ScenariosResult;
  });
  after(() => rm(directory, { recursive: true }));

  for (const { name, line } of PLAYED) {
    it(`${name}: ${line}`, () => {
      const scenario = result.scenarios.find((played) => played.name === name);
      assert.deepStrictEqual(scenario?.problems, []);
      // A machine that is too busy is told apart, and is nobody's fault.
      assert.strictEqual(scenario.ok, scenario.cannotJudge.length === 0);
      assert.ok(scenario.requests.sent > 0);
      assert.strictEqual(scenario.requests.failed, 0);
    });
  }
});
