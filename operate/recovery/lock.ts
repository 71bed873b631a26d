import { readdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Finding, mended } from "./findings";
import { lookForEngine } from "./processes";
import type { StatePlace } from "./stateFolder";
import { pulumi, type PulumiProject } from "../state/pulumi";

/** Who holds the lock of a stack; as the CLI writes it into a lock file. */
export interface LockHolder {
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  /** ISO 8601. */
  readonly timestamp: string;
}

/** What is known about the lock of a stack. */
export type Locks =
  | {
      readonly known: true;
      readonly holders: readonly LockHolder[];
      /** Lock files that do not say who holds them: truncated, as by a full disk. */
      readonly cutOff: readonly string[];
    }
  /** The state is not in a folder of this machine: only the service knows. */
  | { readonly known: false; readonly backend: string };

/** Another engine is, or may be, working on this stack: nothing may be repaired meanwhile. */
export class EngineAtWork extends Error {}

/** Reads the locks of a stack from the folder that holds its state. */
export async function readLocks(place: StatePlace): Promise<Locks> {
  if (!place.inFolder) {
    return { known: false, backend: place.backend };
  }
  const names = await readdir(place.locks).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") {
      throw error;
    }
    return [];
  });
  const files = names
    .filter((name) => name.endsWith(".json"))
    .map((name) => join(place.locks, name));
  const found = await Promise.all(files.map(async (file) => ({ file, holder: await read(file) })));
  return {
    known: true,
    holders: found.flatMap(({ holder }) => holder ?? []),
    cutOff: found.flatMap(({ file, holder }) => (holder === undefined ? [file] : [])),
  };
}

async function read(file: string): Promise<LockHolder | undefined> {
  const text = await readFile(file, "utf8");
  try {
    return JSON.parse(text) as LockHolder;
  } catch {
    return undefined;
  }
}

/**
 * Refuses to continue while an engine works, or may work, on the stack.
 *
 * @param yes whether a person has said that no engine is at work elsewhere
 * @throws EngineAtWork with who it is
 */
export async function refuseLiveEngine(
  locks: Locks,
  yes: boolean,
  look = lookForEngine,
): Promise<void> {
  if (!locks.known) {
    if (!yes) {
      throw new EngineAtWork(
        `the state is kept at ${locks.backend}, where locks cannot be seen from here: make sure ` +
          "that no `pulumi up` of this stack is running, then run this again with --yes.",
      );
    }
    return;
  }
  for (const holder of locks.holders) {
    const here = holder.hostname === hostname();
    const sight = here ? await look(holder.pid) : "out of sight";
    if (sight === "at work") {
      throw new EngineAtWork(
        `${describe(holder)} is working on this stack. Wait for it, or stop it with ` +
          `\`kill -INT ${holder.pid}\`, which lets it shut down cleanly; then run this again.`,
      );
    }
    if (sight === "out of sight" && !yes) {
      const from = here
        ? "it may be in another container, or belong to somebody else"
        : `this is ${hostname()}`;
      throw new EngineAtWork(
        `${describe(holder)} holds the lock of this stack, and ${from}: whether it is still ` +
          "running cannot be seen from here. Make sure that it is not, then run this again with " +
          "--yes.",
      );
    }
  }
  const [file] = locks.cutOff;
  if (file !== undefined && !yes) {
    throw new EngineAtWork(
      `the lock ${file} is truncated, as by a full disk, and does not say who holds it. Make ` +
        "sure that no `pulumi up` of this stack is running, then run this again with --yes.",
    );
  }
}

/**
 * Takes away the lock that a dead engine left.
 *
 * @param before what was known when it was made sure that no engine is at work
 * @throws EngineAtWork with who has begun since: the CLI takes away every lock there is
 */
export async function removeLock(
  project: PulumiProject,
  place: StatePlace,
  before: Locks,
): Promise<Finding[]> {
  if (!before.known) {
    // Pulumi's service refuses this when no update is running.
    const done = await pulumi(project, ["cancel", "--yes"]).then(
      () => "removed, as --yes allows",
      (error: Error) => `not removed, perhaps because there is none: ${error.message}`,
    );
    return [mended("lock", "a lock may have been held", done)];
  }
  const now = await readLocks(place);
  const { holders, cutOff } = inWords(now);
  const gone = inWords(before);
  const begun = holders.find((holder) => !gone.holders.includes(holder));
  if (begun !== undefined) {
    throw new EngineAtWork(
      `${begun} is working on this stack. It started after this command, which has not changed ` +
        "the state: wait for it, then run this again.",
    );
  }
  if (holders.length + cutOff.length === 0) {
    return [];
  }
  await pulumi(project, ["cancel", "--yes"]);
  return [
    ...holders.map((holder) => `${holder} held the lock and is gone`),
    ...cutOff.map((file) => `the lock ${file} is truncated, as by a full disk`),
  ].map((found) => mended("lock", found, "the lock is removed"));
}

function inWords(locks: Locks): { holders: readonly string[]; cutOff: readonly string[] } {
  return locks.known
    ? { holders: locks.holders.map(describe), cutOff: locks.cutOff }
    : { holders: [], cutOff: [] };
}

function describe({ pid, username, hostname: host, timestamp }: LockHolder): string {
  return `the engine of ${username}@${host} (process ${pid}, since ${timestamp})`;
}
