import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { parse } from "yaml";
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

/** Finds the state; a folder counts only if the stack is in it. */
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
  try {
    JSON.parse((file.endsWith(".gz") ? await promisify(gunzip)(content) : content).toString());
  } catch {
    throw new Error(
      `The state in ${file} is truncated after ${content.length} bytes, as by a full disk. ` +
        `Free some space, then copy ${file}.bak over it, or a newer complete file from ` +
        ".pulumi/backups; then run this again (docs/runbook.md, Restore the state).",
    );
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
    // A percent sign that starts no escape.
    return undefined;
  }
}

async function projectName(folder: string): Promise<string> {
  const file = join(folder, "Pulumi.yaml");
  const text = await readFile(file, "utf8").catch(() => {
    throw new Error(
      `There is no Pulumi.yaml in ${folder}: pass the folder that has it with --cwd.`,
    );
  });
  const { name } = (parse(text) ?? {}) as { name?: string };
  if (name === undefined) {
    throw new Error(`${file} names no project: restore it with git restore.`);
  }
  return name;
}
