import assert from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RehearsalResult } from "../../rehearsal/result/result";

const ROOT = join(__dirname, "..", "..");

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly result: RehearsalResult | undefined;
  /** Processes that still run, and files that still lie in the temporary folder. */
  readonly left: string[];
}

/**
 * Runs the command as a user would, in a temporary folder of its own.
 *
 * @param interruptAt ends it with Ctrl-C as soon as this is printed
 */
async function rehearse(args: readonly string[], interruptAt?: string): Promise<Ended> {
  const scratch = await mkdtemp(join(tmpdir(), "spec-"));
  const json = join(scratch, "result.json");
  const temporary = await mkdtemp(join(tmpdir(), "spec-tmp-"));
  // As /tmp is: PostgreSQL runs as another user and has to reach its folder.
  await chmod(temporary, 0o711);
  const child = spawn(process.execPath, ["cli/rotation.mjs", "rehearse", ...args, "--json", json], {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let interrupted = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (interruptAt !== undefined && !interrupted && output.includes(interruptAt)) {
        interrupted = true;
        child.kill("SIGINT");
      }
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  const text = await readFile(json, "utf8").catch(() => undefined);
  const folders = (await readdir(temporary)).filter((name) => name.startsWith("rehearsal-"));
  const left = [...folders, ...(await processesOf(temporary))];
  await rm(scratch, { recursive: true });
  await rm(temporary, { recursive: true });
  const result = text === undefined ? undefined : (JSON.parse(text) as RehearsalResult);
  return { code, output, result, left };
}

/** Command lines of processes that name a folder in their arguments or environment. */
async function processesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const id of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const [line, environment] = await Promise.all(
      ["cmdline", "environ"].map((name) => readFile(`/proc/${id}/${name}`, "utf8").catch(() => "")),
    );
    if (`${line}${environment}`.includes(folder)) {
      found.push(line!.replaceAll("\0", " "));
    }
  }
  return found;
}

describe("the rehearsal", function () {
  this.timeout(300_000);

  it("rotates and retires under load without a failed request", async () => {
    const ended = await rehearse(["--rotations", "1", "--rate", "100", "--providers", "twin"]);
    assert.strictEqual(ended.code, 0, ended.output);
    const { result } = ended;
    assert.ok(result);
    assert.deepStrictEqual([result.ok, result.problems, result.leaks], [true, [], []]);
    assert.ok(result.requests.sent > 1000, `only ${result.requests.sent} requests`);
    assert.strictEqual(result.requests.failed, 0);
    assert.match(result.engine.version, /^3\.\d+\.\d+/);
    assert.ok(
      result.leakSearch.length >= 6 && result.leakSearch.every(({ canaryFound }) => canaryFound),
    );
    const [rotation] = result.rotations;
    assert.ok(rotation && rotation.operations.length > 20);
    assert.deepStrictEqual(
      [rotation.from, rotation.to, rotation.liveBefore, rotation.liveAfter],
      [0, 1, "blue", "green"],
    );
    assert.deepStrictEqual([rotation.operationsOnLiveSlot, rotation.operationsOnPlatform], [0, 0]);
    assert.strictEqual(rotation.newCredential.sessionUser, "app_green");
    assert.match(rotation.newCredential.secretVersion, /^[0-9a-f]{32}$/);
    assert.deepStrictEqual(rotation.oldCredential, { refused: true, sqlstate: "28000" });
    assert.match(ended.output, /Rotation 0 -> 1: blue -> green .* 0 failed[\s\S]*As promised/);
    assert.deepStrictEqual(ended.left, []);
  });

  it("loses requests in the naive order, or it would measure nothing", async () => {
    const ended = await rehearse(["--naive", "--rate", "100", "--providers", "twin"]);
    assert.strictEqual(ended.code, 1, ended.output);
    const { result } = ended;
    assert.ok(result);
    assert.ok(result.requests.failed > 0);
    assert.ok(result.rotations[0]!.operationsOnLiveSlot > 0);
    assert.strictEqual(result.ok, false);
    assert.deepStrictEqual(ended.left, []);
  });

  it("leaves nothing behind when it is interrupted in the middle", async () => {
    const args = ["--rotations", "1", "--rate", "50", "--providers", "twin"];
    const ended = await rehearse(args, "load on");
    assert.strictEqual(ended.code, 130, ended.output);
    assert.deepStrictEqual(ended.left, []);
  });

  it("says what is wrong with its options", async () => {
    const ended = await rehearse(["--rate", "0"]);
    assert.strictEqual(ended.code, 2);
    assert.match(ended.output, /--rate.*whole number from 1 to 1000/s);
  });
});
