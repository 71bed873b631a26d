import assert from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endOrphans } from "../../../operate/recovery/processes";

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
      [`pulumi-resource-random (process ${plugin.pid}) is left of an engine that is gone`],
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
