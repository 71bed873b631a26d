import { createHash } from "node:crypto";
import { access, mkdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { PulumiCommand } from "@pulumi/pulumi/automation";
import envPaths from "env-paths";
import { lock } from "proper-lockfile";
import { withoutOptions } from "../../operate/state/pulumi";
import { shareNoConnections } from "./connections";
import {
  buildSource,
  downloadSource,
  ENGINE_VERSION,
  type EngineSource,
  type ProvideOptions,
  TOOLCHAIN,
} from "./sources";
import { type Progress, reporting } from "../progress/reporting";

/**
 * The oldest engine the program can be run with: since this version a failing hook fails the
 * update, before it only warned.
 */
export const MINIMUM_VERSION = "3.238.0";

/** A lock that its owner has not touched for this long belongs to a process that is gone. */
const STALE_MS = 30_000;
const LOCK_POLL_MS = 500;

/** A Pulumi CLI that is ready to run. */
export interface Engine {
  readonly command: PulumiCommand;
  /** Without a leading v: `3.255.0`. */
  readonly version: string;
  readonly source: "path" | EngineSource["name"];
}

export interface FindOptions {
  readonly progress?: Progress;
  /** Ends the search, which then rejects. */
  readonly signal?: AbortSignal;
  /** Folder that keeps engines between runs; the user's cache folder by default. */
  readonly cache?: string;
  /** Tried in this order when neither PATH nor the cache has an engine. */
  readonly sources?: readonly EngineSource[];
}

/** No engine is to be had; the message names every place that was tried and what to install. */
export class NoEngineError extends Error {
  constructor(tried: readonly string[]) {
    super(
      [
        "No Pulumi engine is available on this machine:",
        ...tried.map((reason) => `  - ${reason}`),
        `Install the Pulumi CLI (${MINIMUM_VERSION} or newer) or Go (1.21 or newer, which builds it), and run this again.`,
      ].join("\n"),
    );
  }
}

/**
 * Finds a Pulumi CLI: `pulumi` on PATH when it is new enough, else the cache, else the official
 * download, else a build from the sources that `toolchain/` pins. What was downloaded or built
 * stays in the cache. Runs at the same time share one attempt.
 * Inline programs of this process then connect to engines by connections of their own.
 */
export async function findEngine(options: FindOptions = {}): Promise<Engine> {
  shareNoConnections();
  forgetOptions();
  const { progress = () => undefined, signal = new AbortController().signal } = options;
  const sources = options.sources ?? [downloadSource, buildSource];
  const folder = path.join(
    options.cache ?? envPaths("rotation-engine", { suffix: "" }).cache,
    await cacheKey(),
  );

  const tried: string[] = [];
  const ready = (await fromPath(tried)) ?? (await fromCache(folder, sources, []));
  if (ready !== undefined) {
    return ready;
  }

  await mkdir(path.dirname(folder), { recursive: true }).catch((error: Error) => {
    throw new Error(
      `There is no space for the engine: ${error.message}. Set XDG_CACHE_HOME to another folder.`,
    );
  });
  const release = await lockEntry(folder, progress, signal);
  try {
    const engine =
      (await fromCache(folder, sources, tried)) ??
      (await fromSources(folder, sources, tried, { progress, signal, tried }));
    if (engine === undefined) {
      throw new NoEngineError(tried);
    }
    return engine;
  } finally {
    await release().catch(() => undefined);
  }
}

/** The SDK runs the CLI in this environment, and see `withoutOptions`. */
function forgetOptions(): void {
  const kept = withoutOptions(process.env);
  for (const name of Object.keys(process.env).filter((each) => !(each in kept))) {
    delete process.env[name];
  }
}

type Release = () => Promise<void>;

async function lockEntry(
  folder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<Release> {
  const first = await tryLock(folder);
  if (first !== undefined) {
    return first;
  }
  const waiting = "waiting for another run that is installing the Pulumi engine";
  progress(waiting);
  return reporting(progress, (elapsed) => `${waiting}, ${elapsed}`, waitForLock(folder, signal));
}

/** A lock tells nobody when it is free. */
async function waitForLock(folder: string, signal: AbortSignal): Promise<Release> {
  for (;;) {
    await setTimeout(LOCK_POLL_MS, undefined, { signal });
    const release = await tryLock(folder);
    if (release !== undefined) {
      return release;
    }
  }
}

function tryLock(folder: string): Promise<Release | undefined> {
  return lock(folder, {
    realpath: false,
    stale: STALE_MS,
    // After a sleep of the machine another run may have taken over: at worst both do the work.
    onCompromised: () => undefined,
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ELOCKED") {
      throw error;
    }
    return undefined;
  });
}

async function fromPath(tried: string[]): Promise<Engine | undefined> {
  const command = await PulumiCommand.get({ skipVersionCheck: true }).catch((error: Error) => {
    tried.push(
      error.message.includes("ENOENT")
        ? "PATH has no pulumi"
        : `pulumi on PATH does not run: ${error.message}`,
    );
    return undefined;
  });
  if (command === undefined) {
    return undefined;
  }
  if (command.version === null || command.version.compare(MINIMUM_VERSION) < 0) {
    tried.push(`pulumi on PATH is ${command.version?.version ?? "of an unknown version"}, too old`);
    return undefined;
  }
  return { command, version: command.version.version, source: "path" };
}

/** An entry that does not run, or is not the pinned version, counts as none. */
async function fromCache(
  folder: string,
  sources: readonly EngineSource[],
  tried: string[],
): Promise<Engine | undefined> {
  for (const { name } of sources) {
    try {
      return await engineIn(path.join(folder, name), name);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT") {
        tried.push(`the cached engine does not work: ${message}`);
      }
    }
  }
  return undefined;
}

async function fromSources(
  folder: string,
  sources: readonly EngineSource[],
  tried: string[],
  run: ProvideOptions,
): Promise<Engine | undefined> {
  await mkdir(folder, { recursive: true });
  for (const source of sources) {
    run.signal.throwIfAborted();
    const unfinished = path.join(folder, `${source.name}.unfinished`);
    // The lock is ours: what is half finished in here belongs to nobody.
    await rm(unfinished, { recursive: true, force: true });
    try {
      await source.provide(unfinished, run);
      await engineIn(unfinished, source.name);
      const root = path.join(folder, source.name);
      // Only now: what does not run here and today may be sound.
      await rm(root, { recursive: true, force: true });
      await rename(unfinished, root);
      return await engineIn(root, source.name);
    } catch (error) {
      tried.push(`${source.name}: ${(error as Error).message}`);
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  run.signal.throwIfAborted();
  return undefined;
}

async function engineIn(root: string, source: EngineSource["name"]): Promise<Engine> {
  await access(path.join(root, "bin", "pulumi"));
  const command = await PulumiCommand.get({ root, skipVersionCheck: true });
  if (command.version?.version !== ENGINE_VERSION) {
    throw new Error(`it gave version ${command.version?.version}, not ${ENGINE_VERSION}.`);
  }
  return { command, version: ENGINE_VERSION, source };
}

/** Other pins, another platform: another entry. */
async function cacheKey(): Promise<string> {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum"]) {
    hash.update(await readFile(path.join(TOOLCHAIN, file)));
  }
  const pins = hash.digest("hex").slice(0, 12);
  return `${ENGINE_VERSION}-${process.platform}-${process.arch}-${pins}`;
}
