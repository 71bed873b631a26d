import { readdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { stackName } from "../state/stack";
import { type Finding, mended } from "./findings";
import { isEngine } from "./processes";
import { pulumi, type PulumiProject, pulumiWithoutStack } from "../state/pulumi";

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
  | { readonly known: true; readonly holders: readonly LockHolder[] }
  /** The state is not in a folder of this machine: only the service knows. */
  | { readonly known: false; readonly backend: string };

/** Another engine is, or may be, at work on this stack: nothing may be mended under it. */
export class EngineAtWork extends Error {}

/** Reads the locks of a stack from the folder that holds its state. */
export async function readLocks(project: PulumiProject): Promise<Locks> {
  const backend = await backendOf(project);
  if (!backend.startsWith("file://")) {
    return { known: false, backend };
  }
  const root = folderOf(backend, project);
  const name = await projectName(project.folder);
  const folder = join(root, ".pulumi", "locks", "organization", name, stackName(project.stack));
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") {
      throw error;
    }
    return [];
  });
  const holders = files
    .filter((file) => file.endsWith(".json"))
    .map(async (file) => JSON.parse(await readFile(join(folder, file), "utf8")) as LockHolder);
  return { known: true, holders: await Promise.all(holders) };
}

/**
 * Refuses to go on while an engine works on the stack, or may do so.
 *
 * @param yes whether a person has said that no engine is at work elsewhere
 * @throws EngineAtWork with who it is
 */
export async function refuseLiveEngine(locks: Locks, yes: boolean): Promise<void> {
  if (!locks.known) {
    if (!yes) {
      throw new EngineAtWork(
        `the state is kept at ${locks.backend}, where locks cannot be seen from here: make sure ` +
          "that no `pulumi up` of this stack is at work, then run this again with --yes.",
      );
    }
    return;
  }
  for (const holder of locks.holders) {
    const here = holder.hostname === hostname();
    if (here && (await isEngine(holder.pid))) {
      throw new EngineAtWork(
        `${describe(holder)} is at work on this stack. Wait for it, or stop it with ` +
          `\`kill -INT ${holder.pid}\`, which lets it end in order; then run this again.`,
      );
    }
    if (!here && !yes) {
      throw new EngineAtWork(
        `${describe(holder)} holds the lock of this stack, and this is ${hostname()}: whether it ` +
          "is still at work cannot be seen from here. Make sure that it is not, then run this " +
          "again with --yes.",
      );
    }
  }
}

/**
 * Takes away the lock that a dead engine left.
 *
 * @param before what was known when it was made sure that no engine is at work
 * @throws EngineAtWork with who has begun since: the CLI takes away every lock there is
 */
export async function removeLock(project: PulumiProject, before: Locks): Promise<Finding[]> {
  if (!before.known) {
    // Pulumi's service refuses this when no update is under way.
    const done = await pulumi(project, ["cancel", "--yes"]).then(
      () => "taken away, as --yes says",
      (error: Error) => `not taken away, perhaps because there is none: ${error.message}`,
    );
    return [mended("lock", "a lock may have been held", done)];
  }
  const now = await readLocks(project);
  const holders = (now.known ? now.holders : []).map(describe);
  const gone = before.holders.map(describe);
  const begun = holders.find((holder) => !gone.includes(holder));
  if (begun !== undefined) {
    throw new EngineAtWork(
      `${begun} is at work on this stack. It has begun since this was started, and the state is as ` +
        "it was: wait for it, then run this again.",
    );
  }
  if (holders.length === 0) {
    return [];
  }
  await pulumi(project, ["cancel", "--yes"]);
  return holders.map((holder) =>
    mended("lock", `${holder} held the lock and is gone`, "the lock is taken away"),
  );
}

function describe({ pid, username, hostname: host, timestamp }: LockHolder): string {
  return `the engine of ${username}@${host} (process ${pid}, since ${timestamp})`;
}

async function backendOf(project: PulumiProject): Promise<string> {
  const given = project.environment["PULUMI_BACKEND_URL"];
  if (given !== undefined && given !== "") {
    return given;
  }
  const answer = await pulumiWithoutStack(project, ["whoami", "--json"]);
  return (JSON.parse(answer) as { url?: string }).url ?? "";
}

/** `file://~` is the home folder, `file://.` the folder of the project. */
function folderOf(backend: string, { folder, environment }: PulumiProject): string {
  const path = backend.slice("file://".length);
  if (path === "~" || path.startsWith("~/")) {
    return join(environment["HOME"] ?? "", path.slice(1));
  }
  return path.startsWith("/") ? fileURLToPath(backend) : join(folder, path);
}

async function projectName(folder: string): Promise<string> {
  const text = await readFile(join(folder, "Pulumi.yaml"), "utf8").catch(() => {
    throw new Error(
      `There is no Pulumi.yaml in ${folder}: name the folder that has it with --cwd.`,
    );
  });
  return (parse(text) as { name: string }).name;
}
