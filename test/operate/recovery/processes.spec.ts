import assert from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endOrphans, lookForEngine } from "../../../operate/recovery/processes";

describe("recovery of processes", () => {
  let folder: string;
  const started: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "recover-"));
    for (const name of ["pulumi-resource-random", "other"]) {
      await symlink("/bin/sleep", join(folder, name));
    }
  });
  afterEach(async () => {
    started.splice(0).forEach((child) => child.kill("SIGKILL"));
    await rm(folder, { recursive: true, force: true });
  });

  async function start(name: string, cwd: string): Promise<ChildProcess> {
    const child = spawn(join(folder, name), ["60"], { cwd });
    started.push(child);
    await once(child, "spawn");
    return child;
  }

  it("of an engine that is gone are ended where they work in this folder", async () => {
    const plugin = await start("pulumi-resource-random", folder);
    const ended = once(plugin, "exit");
    const elsewhere = await start("pulumi-resource-random", tmpdir());
    const other = await start("other", folder);
    const findings = await endOrphans(folder);
    assert.deepStrictEqual(
      findings.map(({ found }) => found),
      [`pulumi-resource-random (process ${plugin.pid}) is left over from an engine that is gone`],
    );
    assert.deepStrictEqual(await ended, [null, "SIGTERM"]);
    assert.deepStrictEqual([elsewhere.exitCode, other.exitCode], [null, null]);
    assert.deepStrictEqual([elsewhere.signalCode, other.signalCode], [null, null]);
  });

  it("of an engine that is there are left alone", async () => {
    // A shell by the engine's name, with a plugin below it.
    const script = `${join(folder, "pulumi-resource-random")} 60 & echo started; wait`;
    const engine = spawn("/bin/sh", ["-c", script], {
      argv0: "pulumi",
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    started.push(engine);
    await once(engine.stdout, "data");
    try {
      assert.deepStrictEqual(await endOrphans(folder), []);
    } finally {
      process.kill(-engine.pid!, "SIGKILL");
    }
  });
});

describe("an engine that is looked for by its number", () => {
  let proc: string;

  beforeEach(async () => {
    proc = await mkdtemp(join(tmpdir(), "proc-"));
    await show(1, ["/sbin/init"]);
  });
  afterEach(() => rm(proc, { recursive: true, force: true }));

  /** Shows a process, with its numbers in the containers around it. */
  async function show(pid: number, command: readonly string[], inside: number[] = []) {
    const folder = join(proc, `${pid}`);
    await mkdir(folder);
    await writeFile(join(folder, "stat"), `${pid} (it) S 1 1 1`);
    await writeFile(join(folder, "cmdline"), command.join("\0"));
    await writeFile(join(folder, "status"), `Name:\tit\nNSpid:\t${[pid, ...inside].join("\t")}\n`);
  }

  async function stand(namespace: "pid:[4026531836]" | "pid:[4026532240]"): Promise<void> {
    await mkdir(join(proc, "self", "ns"), { recursive: true });
    await symlink(namespace, join(proc, "self", "ns", "pid"));
  }

  it("is at work where it has that number", async () => {
    await stand("pid:[4026532240]");
    await show(71, ["/usr/bin/pulumi", "up"]);
    assert.strictEqual(await lookForEngine(71, proc), "at work");
  });

  it("is gone where all processes are seen and it is none of them", async () => {
    await stand("pid:[4026531836]");
    await show(71, ["sleep", "60"]);
    await show(72, ["pulumi", "up"], [9]);
    assert.deepStrictEqual(
      [await lookForEngine(71, proc), await lookForEngine(70, proc)],
      ["gone", "gone"],
    );
  });

  it("is out of sight from inside a container, which sees its own processes only", async () => {
    await stand("pid:[4026532240]");
    assert.strictEqual(await lookForEngine(71, proc), "out of sight");
  });

  it("is out of sight in a container that has an engine of that number, as seen from outside", async () => {
    await stand("pid:[4026531836]");
    await show(4711, ["pulumi", "up"], [71]);
    assert.strictEqual(await lookForEngine(71, proc), "out of sight");
  });

  it("is out of sight as the first process, which is that of a container", async () => {
    await stand("pid:[4026531836]");
    assert.strictEqual(await lookForEngine(1, proc), "out of sight");
  });

  it("is out of sight where the processes of others are hidden", async () => {
    await stand("pid:[4026531836]");
    await rm(join(proc, "1", "cmdline"));
    assert.strictEqual(await lookForEngine(71, proc), "out of sight");
  });
});
