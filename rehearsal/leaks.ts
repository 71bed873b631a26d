import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Leak } from "./result";
import type { KnownCredential } from "./twin/twin";

/** Where clear text must not be. */
export interface Place {
  /** In words: `state files`. */
  readonly name: string;
  /** Files, or folders with all that is in them. */
  readonly paths: readonly string[];
  /** Puts a text where a leak would be found, so that the search is known to see this place. */
  plant(canary: string): Promise<void>;
}

/** How often command lines are read; a process that lives shorter can be missed. */
const SAMPLE_INTERVAL_MS = 200;

/** Collects the command line of every process of the machine while a rehearsal runs. */
export class ProcessSampler {
  private readonly seen = new Set<string>();
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  start(): void {
    this.timer = setInterval(() => {
      this.running ??= this.sample().finally(() => (this.running = undefined));
    }, SAMPLE_INTERVAL_MS);
  }

  /** Ends the sampling and writes what was seen. */
  async stop(file: string): Promise<void> {
    clearInterval(this.timer);
    await this.running;
    await writeFile(file, [...this.seen].join("\n"), { mode: 0o600 });
  }

  /** Runs a process with the text in its arguments until a sample has been taken. */
  async plant(canary: string): Promise<void> {
    const idle = ["-e", "setTimeout(() => undefined, 60_000)", canary];
    const child = spawn(process.execPath, idle, { stdio: "ignore" });
    await once(child, "spawn");
    await this.running;
    await this.sample();
    const exited = once(child, "exit");
    child.kill();
    await exited;
  }

  private async sample(): Promise<void> {
    const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    for (const id of processes) {
      // A process may end between the listing and the reading.
      const line = await readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "");
      if (line !== "") {
        this.seen.add(line.replaceAll("\0", " "));
      }
    }
  }
}

/** What is shorter is no credential but the placeholder of a secret without one. */
const SHORTEST_CREDENTIAL = 16;

/** Finds credentials in places. Texts are compared as they are and as base64. */
export async function searchLeaks(
  places: readonly Place[],
  credentials: readonly KnownCredential[],
  canary: string,
): Promise<{ leaks: Leak[]; leakSearch: { place: string; canaryFound: boolean }[] }> {
  const searched = credentials.filter(({ value }) => value.length >= SHORTEST_CREDENTIAL);
  const leaks: Leak[] = [];
  const leakSearch: { place: string; canaryFound: boolean }[] = [];
  for (const { name, paths } of places) {
    let canaryFound = false;
    for (const path of paths) {
      for (const file of await filesIn(path)) {
        const content = await readFile(file);
        canaryFound ||= content.includes(canary);
        for (const credential of searched) {
          if (content.includes(credential.value) || content.includes(base64(credential.value))) {
            leaks.push({
              place: name,
              file: relative(path, file) || file.split("/").at(-1)!,
              credential: credential.name,
            });
          }
        }
      }
    }
    leakSearch.push({ place: name, canaryFound });
  }
  return { leaks, leakSearch };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

async function filesIn(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) {
    return [path];
  }
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
