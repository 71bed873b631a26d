import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { Command } from "commander";
import { changedStacks, deployedStacks, requireStack } from "../operate/pipelines/changedStacks";

interface Options {
  readonly since?: string;
  readonly only?: string;
  readonly cwd: string;
}

const command = new Command("stacks")
  .description("Prints the stacks that a pipeline has to look at, as a JSON list.")
  .option("--since <commit>", "only stacks that have changed since; all when it is unknown")
  .option("--only <stack>", "this stack; the option counts for nothing when empty")
  .option("--cwd <dir>", "folder with the project", resolve(__dirname, ".."));

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

command.action(async ({ since, only, cwd }: Options) => {
  const stacks = deployedStacks(await readdir(join(cwd, "stacks")));
  try {
    const chosen = only
      ? [requireStack(stacks, only)]
      : changedStacks(stacks, since ? await changedSince(since, cwd) : undefined);
    process.stdout.write(`${JSON.stringify(chosen)}\n`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 2;
  }
});
void command.parseAsync();
