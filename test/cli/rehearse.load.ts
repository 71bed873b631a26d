import assert from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { LATE_MS } from "../../rehearsal/clients/loadRecords";
import { BEAT_MS } from "../../rehearsal/clients/schedule";
import { childrenOf, leadsGroup } from "../../rehearsal/machine/processes";
import type { RehearsalResult } from "../../rehearsal/result/result";
import { Rig } from "../../rehearsal/rig/rig";

const ROOT = join(__dirname, "..", "..");
const STANDSTILL_MS = 1_500;

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
    const ended = await rehearse(["--rotations", "1", "--providers", "twin"]);
    const { result } = ended;
    assert.ok(result, ended.output);
    assert.deepStrictEqual([result.problems, result.leaks], [[], []]);
    assert.strictEqual(result.requests.failed, 0);
    // A machine that does much else may be unfit to judge by, and then it says so.
    const judged = result.cannotJudge.length === 0;
    assert.deepStrictEqual([ended.code, result.ok], judged ? [0, true] : [4, false], ended.output);
    assert.match(ended.output, judged ? /^As promised\.$/m : /^Cannot judge on this machine:$/m);
    const { perSecond, tried } = result.rate;
    assert.ok(tried.length > 0 && tried.every(({ lagMs, p99Ms }) => lagMs >= 0 && p99Ms > 0));
    assert.strictEqual(perSecond, tried.at(-1)?.perSecond);
    assert.match(ended.output, new RegExp(`^${perSecond} requests per second, `, "m"));
    assert.ok(result.requests.sent > 1000, `only ${result.requests.sent} requests`);
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
    const { by, slot, sessionUser } = rotation.newCredential;
    assert.deepStrictEqual([by, slot, sessionUser], ["answer", "green", "app_green"]);
    assert.deepStrictEqual([result.application, result.delivery], ["app", "file"]);
    assert.deepStrictEqual(result.proofs, { by: "credential" });
    assert.match(rotation.newCredential.secretVersion!, /^[0-9a-f]{32}$/);
    assert.deepStrictEqual(rotation.oldCredential, { refused: true, sqlstate: "28000" });
    assert.match(ended.output, /Rotation 0 -> 1: blue -> green .* 0 failed/);
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

describe("pods that stand still under load", function () {
  this.timeout(300_000);
  let rig: Rig;

  before(async () => {
    rig = await Rig.start({
      providers: "twin",
      watchProcesses: false,
      progress: () => undefined,
      signal: new AbortController().signal,
    });
  });
  after(() => rig.close());

  it("are the program's doing where the machine was idle", async () => {
    await rig.workspace.configure({ counter: 0 });
    const { outputs } = await rig.workspace.up();
    const load = await rig.startLoad(outputs["gatewayAddress"] as string, 50);
    const pods = childrenOf(rig.twin.pid).filter(leadsGroup);
    assert.ok(pods.length >= 2, `${pods.length} pods`);
    const from = load.mark();
    pods.forEach((pod) => process.kill(pod, "SIGSTOP"));
    await pause(STANDSTILL_MS);
    pods.forEach((pod) => process.kill(pod, "SIGCONT"));
    const to = load.mark();
    const { failed, unjudged, reasons, busyMs } = await load.between(from, to);
    assert.ok(failed + unjudged > 0, "nothing was late");
    // The first ones waited all the time; what the machine left them of it proves them late.
    if (to.at - from.at - busyMs > LATE_MS + BEAT_MS) {
      assert.ok(failed > 0, `busy for ${busyMs} ms`);
      assert.deepStrictEqual(reasons, { "late: more than 1000 ms": failed });
    }
  });
});
