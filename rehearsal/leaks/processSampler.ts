import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** How often processes are looked at; one that lives shorter can be missed. */
const SAMPLE_INTERVAL_MS = 200;

/** What of a process everybody on a machine, or everybody who is its user, can read. */
export const PROCESS_PARTS = ["arguments", "environment"] as const;
export type ProcessPart = (typeof PROCESS_PARTS)[number];

/**
 * Collects the command line of every process of the machine while a rehearsal runs, and the
 * environment of those that this user may look into.
 */
export class ProcessSampler {
  private readonly seen: Record<ProcessPart, Set<string>> = {
    arguments: new Set(),
    environment: new Set(),
  };
  /** Processes whose environment is known: it changes with the program only. */
  private readonly known = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  start(): void {
    this.timer = setInterval(() => this.sample(), SAMPLE_INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Writes what was seen so far of one part. */
  async write(part: ProcessPart, file: string): Promise<void> {
    await writeFile(file, [...this.seen[part]].join("\n"), { mode: 0o600 });
  }

  /** Runs a process with the text in one of its parts until a sample has been taken. */
  async plant(part: ProcessPart, canary: string): Promise<void> {
    const idle = ["-e", "setTimeout(() => undefined, 60_000)"];
    const child =
      part === "arguments"
        ? spawn(process.execPath, [...idle, canary], { stdio: "ignore" })
        : spawn(process.execPath, idle, { stdio: "ignore", env: { CANARY: canary } });
    await once(child, "spawn");
    this.sample();
    const exited = once(child, "exit");
    child.kill();
    await exited;
  }

  /** Without waiting: /proc answers at once, and a thread for each file costs more than the file. */
  private sample(): void {
    for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      const line = partOf(id, "cmdline");
      if (line !== "") {
        this.seen.arguments.add(line);
        const key = `${id} ${line}`;
        if (!this.known.has(key)) {
          this.known.add(key);
          this.seen.environment.add(partOf(id, "environ"));
        }
      }
    }
  }
}

/** In one line. A process may end between the listing and the reading, or be somebody else's. */
function partOf(id: string, file: "cmdline" | "environ"): string {
  try {
    return readFileSync(join("/proc", id, file), "utf8").replaceAll(/[\0\n]/g, " ");
  } catch {
    return "";
  }
}
