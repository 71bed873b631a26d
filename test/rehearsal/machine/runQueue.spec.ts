import assert from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { childrenOf } from "../../../rehearsal/machine/processes";
import { RunQueue, starvedBetween, type Waited } from "../../../rehearsal/machine/runQueue";

function look(at: number, gateway: number, pods: readonly number[] = []) {
  const waited: Waited = {
    1: { who: "gateway", ms: gateway },
    ...Object.fromEntries(pods.map((ms, index) => [index + 2, { who: "pod", ms } as const])),
  };
  return { at, waited };
}

describe("the run queue", () => {
  it("starves whoever waited more than 40 % of a time", () => {
    assert.deepStrictEqual(starvedBetween(look(1000, 500), look(2000, 900)), []);
    assert.deepStrictEqual(starvedBetween(look(1000, 500), look(2000, 901)), [
      { who: "gateway", from: 1000, to: 2000 },
    ]);
  });

  it("tells a kind of process once, by the one that waited longest", () => {
    assert.deepStrictEqual(starvedBetween(look(1000, 0, [0, 7, 0]), look(1250, 0, [1, 207, 120])), [
      { who: "pod", from: 1000, to: 1250 },
    ]);
  });

  it("knows that a wait which is longer than the time began before it", () => {
    assert.deepStrictEqual(starvedBetween(look(1000, 0), look(1250, 600)), [
      { who: "gateway", from: 650, to: 1250 },
    ]);
  });

  it("says nothing of a process that was not there before", () => {
    assert.deepStrictEqual(starvedBetween(look(1000, 0), look(1250, 0, [900])), []);
  });

  it("sees processes that want the one core that another has", async () => {
    const directory = await mkdtemp(join(tmpdir(), "queue-"));
    const database = join(directory, "postmaster.pid");
    const busy = ["-c", "0", process.execPath, "-e", "for (;;);"];
    const [gateway, postmaster] = [0, 1].map(() => spawn("taskset", busy, { stdio: "ignore" }));
    try {
      await writeFile(database, `${postmaster!.pid}\nmore\n`);
      const queue = new RunQueue({ gateway: gateway!.pid!, database });
      const began = Date.now();
      assert.deepStrictEqual(queue.look(began), []);
      const seen = new Set<string>();
      while (!(seen.has("gateway") && seen.has("database"))) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        queue.look(Date.now()).forEach(({ who }) => seen.add(who));
      }
    } finally {
      for (const child of [gateway!, postmaster!]) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      await rm(directory, { recursive: true });
    }
  });

  it("takes what the gateway started for a pod only when it leads a group of its own", async () => {
    // A gateway that starts the same program twice, and both want the core that it wants itself.
    const script = `
      const { spawn } = require("node:child_process");
      const own = process.argv[1] === "own";
      spawn(process.execPath, ["-e", "for (;;);"], { detached: own, stdio: "ignore" }).unref();
      spawn(process.execPath, ["-e", "for (;;);"], { detached: own, stdio: "ignore" }).unref();
      process.stdout.write("ready");
      setInterval(() => undefined, 1000);
      process.on("SIGTERM", () => process.exit());`;
    for (const group of ["own", "same"]) {
      const args = ["-c", "0", process.execPath, "-e", script, group];
      const gateway = spawn("taskset", args, {
        stdio: ["ignore", "pipe", "ignore"],
        detached: true,
      });
      await once(gateway.stdout, "data");
      const pids = childrenOf(gateway.pid!);
      try {
        const queue = new RunQueue({ gateway: gateway.pid!, database: "/nowhere" });
        const seen = new Set<string>();
        for (let looks = 0; looks < 6 && !seen.has("pod"); looks++) {
          queue.look(Date.now()).forEach(({ who }) => seen.add(who));
          await new Promise((resolve) => setTimeout(resolve, 250));
        }
        assert.strictEqual(seen.has("pod"), group === "own", group);
      } finally {
        [...pids, gateway.pid!].forEach((pid) => process.kill(pid, "SIGKILL"));
        await once(gateway, "exit");
      }
    }
  });
});
