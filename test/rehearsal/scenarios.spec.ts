import assert from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ScenariosResult } from "../../rehearsal/result";
import { SCENARIOS } from "../../rehearsal/scenarios";
import { isolation } from "../../rehearsal/scenarios/isolation";
import { leaks } from "../../rehearsal/scenarios/leaks";
import { moves } from "../../rehearsal/scenarios/moves";
import { refusals } from "../../rehearsal/scenarios/refusals";

const ROOT = join(__dirname, "..", "..");
/** The others take minutes each; `--scenario all` plays them. */
const PLAYED = [...moves, ...refusals, isolation, leaks];

/** Runs `rehearse` and returns its exit code and what it printed. */
async function rehearse(...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(
    process.execPath,
    ["--require", "ts-node/register", "rehearsal/command.ts", ...args],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

describe("the scenarios", function () {
  this.timeout(30_000);

  it("have names of their own, and a line each in --list", async () => {
    const names = SCENARIOS.map(({ name }) => name);
    assert.strictEqual(new Set(names).size, names.length);
    const { code, output } = await rehearse("--list");
    assert.strictEqual(code, 0);
    const lines = output.trim().split("\n");
    assert.deepStrictEqual(
      lines.map((line) => line.split(/ {2,}/)),
      SCENARIOS.map(({ name, line }) => [name, line]),
    );
  });

  it("are named when somebody asks for one that there is not", async () => {
    const { code, output } = await rehearse("--scenario", "rotate", "nonsense");
    assert.strictEqual(code, 2);
    assert.match(output, /There is no scenario nonsense\. There are: all, rotate, retire, /);
  });
});

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
