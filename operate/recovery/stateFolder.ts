import { readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { parse } from "yaml";
import { type Finding, mended } from "./findings";
import { type PulumiProject, pulumiWithoutStack } from "../state/pulumi";
import { stackName } from "../state/stack";

/** Where the state of a stack is kept. */
export type StatePlace =
  | {
      readonly inFolder: true;
      /** Folder of the stack's locks, also when there is none. */
      readonly locks: string;
      /** File of the stack's state. */
      readonly file: string;
      readonly content: Buffer;
    }
  /** Not in a folder of this machine, or its address is not one that leads to it. */
  | { readonly inFolder: false; readonly backend: string };

/** Finds the state; a folder is believed only if the stack is in it. */
export async function placeOfState(project: PulumiProject): Promise<StatePlace> {
  const backend = await backendOf(project);
  const root = folderOf(backend, project);
  const name = await projectName(project.folder);
  const stack = stackName(project.stack);
  if (root !== undefined) {
    const folder = join(root, ".pulumi");
    for (const ending of ["json", "json.gz"]) {
      const file = join(folder, "stacks", name, `${stack}.${ending}`);
      const content = await readIfThere(file);
      if (content !== undefined) {
        const locks = join(folder, "locks", "organization", name, stack);
        return { inFolder: true, locks, file, content };
      }
    }
  }
  return { inFolder: false, backend };
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Refuses a state that is cut off, as by a full disk: Pulumi says "unexpected end of JSON input" and
 * not of what.
 *
 * @throws Error with the file, and what to do
 */
export async function requireWhole(place: StatePlace): Promise<void> {
  if (!place.inFolder) {
    return;
  }
  const { file, content } = place;
  const text = file.endsWith(".gz")
    ? await promisify(gunzip)(content).catch(() => Buffer.alloc(0))
    : content;
  if (!isJson(text)) {
    throw new Error(
      `The state in ${file} is cut off after ${content.length} bytes, as by a full disk. Make ` +
        `room, then copy ${file}.bak over it, or a newer whole file of ` +
        "the folder .pulumi/backups; then run this again (docs/runbook.md, Restore the state).",
    );
  }
}

/**
 * Takes away what lies beside a state, its content type and checksum, where it is cut off: with each
 * write of a state it is written in place (gocloud.dev, `fileblob`), so an engine that is killed then
 * leaves it empty. Pulumi says "failed to load checkpoint: EOF" and reads no state, whole as it is;
 * where there is no such file it does.
 */
export async function removeCutOffAttributes(place: StatePlace): Promise<Finding[]> {
  const file = place.inFolder ? `${place.file}.attrs` : undefined;
  const content = file === undefined ? undefined : await readIfThere(file);
  if (file === undefined || content === undefined || isJson(content)) {
    return [];
  }
  await rm(file);
  const found = `${file}, which Pulumi keeps beside the state, is cut off: it was being written`;
  return [mended("state", found, "taken away; the state itself is whole")];
}

function isJson(content: Buffer): boolean {
  try {
    JSON.parse(content.toString());
    return true;
  } catch {
    return false;
  }
}

async function backendOf(project: PulumiProject): Promise<string> {
  const given = project.environment["PULUMI_BACKEND_URL"];
  if (given !== undefined && given !== "") {
    return given;
  }
  const answer = await pulumiWithoutStack(project, ["whoami", "--json"]);
  return (JSON.parse(answer) as { url?: string }).url ?? "";
}

/**
 * The folder that Pulumi uses for an address, by its own rules (`massageBlobPath` of its DIY
 * backend): what follows `?` are options, `~` is the home folder, and a relative path is one of the
 * project's folder. Undefined for all others, and with the options that keep files elsewhere in it.
 */
function folderOf(backend: string, { folder, environment }: PulumiProject): string | undefined {
  const [, given, options = ""] = /^file:\/\/([^?#]+)(.*)$/.exec(backend) ?? [];
  if (given === undefined || /[?&](prefix|key)=/.test(options)) {
    return undefined;
  }
  const path = given.replace(/^~(?=\/|$)/, environment["HOME"] ?? "~");
  try {
    return decodeURIComponent(resolve(folder, path));
  } catch {
    // A percent sign that begins no code.
    return undefined;
  }
}

async function projectName(folder: string): Promise<string> {
  const file = join(folder, "Pulumi.yaml");
  const text = await readFile(file, "utf8").catch(() => {
    throw new Error(
      `There is no Pulumi.yaml in ${folder}: name the folder that has it with --cwd.`,
    );
  });
  const { name } = (parse(text) ?? {}) as { name?: string };
  if (name === undefined) {
    throw new Error(
      `${file} names no project: take it from the repository again with git restore.`,
    );
  }
  return name;
}
