import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { changedStacks, deployedStacks, requireStack } from "../../operate/pipelines/changedStacks";
import { EXIT, type ExitCode } from "../exit";

interface Options {
  readonly since?: string;
  readonly only?: string;
  readonly cwd: string;
}

export async function stacks({ since, only, cwd }: Options): Promise<ExitCode> {
  const deployed = deployedStacks(await readdir(join(cwd, "stacks")));
  const chosen = only
    ? [requireStack(deployed, only)]
    : changedStacks(deployed, since ? await changedSince(since, cwd) : undefined);
  process.stdout.write(`${JSON.stringify(chosen)}\n`);
  return EXIT.ok;
}

/** Paths that changed; undefined when git does not know the commit. */
async function changedSince(commit: string, cwd: string): Promise<string[] | undefined> {
  const args = ["diff", "--name-only", "-z", `${commit}...HEAD`, "--"];
  try {
    const { stdout } = await promisify(execFile)("git", args, { cwd });
    return stdout.split("\0").filter(Boolean);
  } catch {
    return undefined;
  }
}
