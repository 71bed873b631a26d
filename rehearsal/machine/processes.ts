import { readFileSync } from "node:fs";

/** What Linux counts CPU time in, on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;

/** CPU time of a process, and of those of its children that have ended, in seconds. */
export interface CpuTime {
  readonly own: number;
  readonly ended: number;
}

/** CPU time in a line of /proc/PID/stat. */
export function cpuTimeIn(stat: string): CpuTime {
  // Fields 14 to 17 of proc_pid_stat(5).
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fieldsFrom3(stat)
    .slice(11, 15)
    .map(Number);
  return {
    own: (user + system) / TICKS_PER_SECOND,
    ended: (endedUser + endedSystem) / TICKS_PER_SECOND,
  };
}

/** Process group in a line of /proc/PID/stat. */
export function groupIn(stat: string): number {
  return Number(fieldsFrom3(stat)[2]);
}

/** The fields after the name, which stands in brackets and may hold blanks and brackets. */
function fieldsFrom3(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** /proc/PID/schedstat: how long a process that could have run waited for a core, in ms. */
export function waitedMsIn(schedstat: string): number {
  return Number(schedstat.split(" ")[1]) / 1e6;
}

/** @returns undefined when there is no such process any more */
export function cpuTime(pid: number): CpuTime | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text === undefined ? undefined : cpuTimeIn(text);
}

/** CPU time of all that a process has started and what those have started, in seconds. */
export function cpuTimeBelow(pid: number): number {
  const ended = cpuTime(pid)?.ended ?? 0;
  return childrenOf(pid).reduce(
    (sum, child) => sum + (cpuTime(child)?.own ?? 0) + cpuTimeBelow(child),
    ended,
  );
}

/** @returns undefined when there is no such process any more */
export function waitedMs(pid: number): number | undefined {
  const text = read(`/proc/${pid}/schedstat`);
  return text === undefined ? undefined : waitedMsIn(text);
}

/** Processes that a process has started and that have not ended. */
export function childrenOf(pid: number): number[] {
  const text = read(`/proc/${pid}/task/${pid}/children`) ?? "";
  return text.split(" ").filter(Boolean).map(Number);
}

/** A variable that a process was started with; undefined when it has none, or is not there any more. */
export function variableOf(pid: number, name: string): string | undefined {
  const variables = read(`/proc/${pid}/environ`)?.split("\0") ?? [];
  return variables.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Whether a process leads a process group of its own. */
export function leadsGroup(pid: number): boolean {
  return groupIn(read(`/proc/${pid}/stat`) ?? "") === pid;
}

/** Without waiting: /proc answers at once, and a thread for each file costs more than the file. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
