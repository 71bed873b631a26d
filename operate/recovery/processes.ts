import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Finding, mended } from "./findings";

/** A process of this machine. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Program and arguments. */
  readonly command: readonly string[];
}

/** What the engine starts: plugins, and what runs the program. */
const STARTED = /^pulumi-(resource|language|analyzer|converter)-/;
const PROGRAM = /[\\/]@pulumi[\\/]pulumi[\\/]cmd[\\/]run/;

/** A plugin that is told to exit finishes its current work, if that is short. */
const PATIENCE_MS = 10_000;
const POLL_MS = 100;

/**
 * Ends what an engine that is gone left running in this folder: a plugin without its engine may
 * still finish an ALTER ROLE or a Helm upgrade, in the middle of the next `up`.
 */
export async function endOrphans(folder: string): Promise<Finding[]> {
  const orphans = await orphansOf(folder);
  for (const { pid } of orphans) {
    signal(pid, "SIGTERM");
  }
  const deadline = Date.now() + PATIENCE_MS;
  while (orphans.some(({ pid }) => isAlive(pid)) && Date.now() < deadline) {
    await setTimeout(POLL_MS);
  }
  return orphans.map(({ pid, command }) => {
    const stubborn = isAlive(pid);
    if (stubborn) {
      signal(pid, "SIGKILL");
    }
    return mended(
      "process",
      `${basename(command[0] ?? "")} (process ${pid}) is left over from an engine that is gone`,
      stubborn ? "killed, because it did not exit by itself" : "ended",
    );
  });
}

/** What can be told of an engine by the process id that it has where it runs. */
export type Sight = "at work" | "gone" | "out of sight";

/** The namespace of processes that a Linux starts with: from it all others can be seen. */
const FIRST_NAMESPACE = "pid:[4026531836]";

/**
 * Looks for an engine that said that it is on this machine. A container has numbers of its own, and
 * from inside it nobody sees what runs outside; so does a machine that shows processes to their
 * owners only. The first process is that of a container, which is not this one.
 *
 * @param proc where Linux shows its processes
 */
export async function lookForEngine(pid: number, proc = "/proc"): Promise<Sight> {
  if (process.platform !== "linux") {
    return pid === 1 ? "out of sight" : isAlive(pid) ? "at work" : "gone";
  }
  // The system reuses a dead process's number.
  if (isPulumi((await readProcess(pid, proc))?.command)) {
    return "at work";
  }
  const namespace = await readlink(join(proc, "self/ns/pid")).catch(() => "");
  const first = await readFile(join(proc, "1/cmdline")).catch(() => undefined);
  const seesAll = namespace === FIRST_NAMESPACE && first !== undefined && pid !== 1;
  return seesAll && !(await isEngineInContainer(pid, proc)) ? "gone" : "out of sight";
}

/** Whether an engine has this number in a container; its number out here is another one. */
async function isEngineInContainer(pid: number, proc: string): Promise<boolean> {
  for (const { pid: outside } of (await allProcesses(proc)).filter((p) => isPulumi(p.command))) {
    const status = await readFile(join(proc, `${outside}/status`), "utf8").catch(() => "");
    const [, numbers = ""] = /^NSpid:\s+(.*)$/m.exec(status) ?? [];
    if (numbers.split(/\s+/).slice(1).includes(`${pid}`)) {
      return true;
    }
  }
  return false;
}

/** Whether a process exists. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive too.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** What an engine started in this folder, and which has no engine above it any more. */
async function orphansOf(folder: string): Promise<Process[]> {
  if (process.platform !== "linux") {
    return [];
  }
  const all = await allProcesses("/proc");
  const byPid = new Map(all.map((found) => [found.pid, found]));
  const root = await realpath(folder);
  const orphans: Process[] = [];
  for (const candidate of all.filter(isStarted)) {
    if (!hasEngine(candidate, byPid) && (await worksIn(candidate.pid, root))) {
      orphans.push(candidate);
    }
  }
  return orphans;
}

async function allProcesses(proc: string): Promise<Process[]> {
  const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => readProcess(pid, proc)));
  return found.filter((each) => each !== undefined);
}

async function readProcess(pid: number, proc: string): Promise<Process | undefined> {
  try {
    const [stat, command] = await Promise.all([
      readFile(join(proc, `${pid}/stat`), "utf8"),
      readFile(join(proc, `${pid}/cmdline`), "utf8"),
    ]);
    // The name in brackets may hold anything; state and parent come after the last bracket.
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z"
      ? undefined
      : { pid, parent: Number(parent), command: command.split("\0").filter(Boolean) };
  } catch {
    // It has exited meanwhile.
    return undefined;
  }
}

function isStarted({ command }: Process): boolean {
  return (
    command.slice(0, 2).some((part) => STARTED.test(basename(part))) ||
    command.some((part) => PROGRAM.test(part))
  );
}

function hasEngine(candidate: Process, byPid: ReadonlyMap<number, Process>): boolean {
  let current = byPid.get(candidate.parent);
  while (current !== undefined) {
    if (isPulumi(current.command)) {
      return true;
    }
    current = byPid.get(current.parent);
  }
  return false;
}

function isPulumi(command: readonly string[] | undefined): boolean {
  return basename(command?.[0] ?? "") === "pulumi";
}

async function worksIn(pid: number, root: string): Promise<boolean> {
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => "");
  return folder === root || folder.startsWith(`${root}${sep}`);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
      throw error;
    }
  }
}
