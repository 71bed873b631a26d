import assert from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  childrenOf,
  cpuTime,
  cpuTimeBelow,
  cpuTimeIn,
  groupIn,
  leadsGroup,
  variableOf,
  waitedMs,
  waitedMsIn,
} from "../../../rehearsal/machine/processes";

/** As proc_pid_stat(5) has it, with a name that tries to look like more fields. */
const STAT = "42 (a ) b) S 7 41 40 0 -1 4194560 900 800 1 0 150 50 300 25 20 0 11 0 123 0 0";

describe("what the kernel counts of processes", () => {
  it("is read whatever the name of the process is", () => {
    assert.deepStrictEqual(cpuTimeIn(STAT), { own: 2, ended: 3.25 });
    assert.strictEqual(groupIn(STAT), 41);
  });

  it("has the wait for a core as the second number of schedstat, in nanoseconds", () => {
    assert.strictEqual(waitedMsIn("7049862 1250000 31\n"), 1.25);
  });

  it("grows with what a process computes, and counts children that run and that have ended", async () => {
    const busy = (ms: number) => `const end = Date.now() + ${ms}; while (Date.now() < end);`;
    const below = cpuTimeBelow(process.pid);
    const ended = spawn(process.execPath, ["-e", busy(300)], { stdio: "ignore" });
    await once(ended, "exit");
    assert.ok(cpuTimeBelow(process.pid) > below);
    const [before, waited] = [cpuTime(process.pid)!.own, waitedMs(process.pid)!];
    while (cpuTime(process.pid)!.own < before + 0.1);
    assert.ok(waitedMs(process.pid)! >= waited);
  });

  it("has the variables that a process was started with, and none of one that has ended", async () => {
    const env = { HOSTNAME: "app-blue-1", HOSTNAME_OF: "another" };
    const child = spawn(process.execPath, ["-e", "setInterval(() => 0, 1e6)"], { env });
    await once(child, "spawn");
    assert.strictEqual(variableOf(child.pid!, "HOSTNAME"), "app-blue-1");
    assert.strictEqual(variableOf(child.pid!, "HOST"), undefined);
    child.kill();
    await once(child, "exit");
    assert.strictEqual(variableOf(child.pid!, "HOSTNAME"), undefined);
  });

  it("names children, and which of them lead a group of their own", async () => {
    const children = [true, false].map((detached) =>
      spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"], {
        detached,
        stdio: "ignore",
      }),
    );
    const pids = children.map(({ pid }) => pid!);
    try {
      const found = childrenOf(process.pid);
      assert.ok(pids.every((pid) => found.includes(pid)));
      assert.deepStrictEqual(pids.map(leadsGroup), [true, false]);
    } finally {
      for (const child of children) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
    }
    assert.deepStrictEqual(pids.map(cpuTime), [undefined, undefined]);
    assert.deepStrictEqual(pids.map(waitedMs), [undefined, undefined]);
  });
});
