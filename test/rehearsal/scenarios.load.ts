import assert from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ScenariosResult } from "../../rehearsal/result";
import { isolation } from "../../rehearsal/scenarios/isolation";
import { leaks } from "../../rehearsal/scenarios/leaks";
import { moves } from "../../rehearsal/scenarios/moves";
import { refusals } from "../../rehearsal/scenarios/refusals";
import { rehearse } from "../support/rehearse";

/** The others take minutes each; `--scenario all` plays them. */
const PLAYED = [...moves, ...refusals, isolation, leaks];

describe("the moves and their refusals, under the real engine and with traffic on", function () {
  this.timeout(900_000);
  let directory: string;
  let result: ScenariosResult;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "scenarios-"));
    const file = join(directory, "result.json");
    const names = PLAYED.map(({ name }) => name);
    const { output } = await rehearse(
      "--providers",
      "twin",
      "--json",
      file,
      "--scenario",
      ...names,
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
      assert.strictEqual(scenario.ok, true);
      assert.ok(scenario.requests.sent > 0);
      assert.strictEqual(scenario.requests.failed, 0);
    });
  }
});
