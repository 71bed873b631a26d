import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

/** Root of the repository. */
export const ROOT = join(__dirname, "..", "..");

/** What node needs loaded to run TypeScript. */
const TYPESCRIPT = require.resolve("ts-node/register/transpile-only");

export interface ForkSettings {
  /** A file to load before everything else. */
  readonly preload?: string;
  /** Changes to the environment of this process. */
  readonly variables?: Readonly<NodeJS.ProcessEnv>;
}

/** Runs a TypeScript file in a process of its own, with a channel to it. */
export function forkScript(file: string, { preload, variables }: ForkSettings = {}): ChildProcess {
  return fork(file, [], {
    // ts-node looks for the tsconfig.json in the working directory.
    cwd: ROOT,
    env: { ...process.env, ...variables },
    execArgv: [TYPESCRIPT, ...(preload === undefined ? [] : [preload])].flatMap((each) => [
      "--require",
      each,
    ]),
  });
}
