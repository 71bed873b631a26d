import { execFile } from "node:child_process";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..");

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command of a folder, with Node as it is run here. */
export function rotation(
  args: readonly string[],
  { folder = ROOT, variables = {} }: { folder?: string; variables?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const starter = join(folder, "cli", "rotation.mjs");
  const env = { ...process.env, ...variables };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [starter, ...args],
      { cwd: folder, env },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
