import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Largest output that is read. */
const MOST_BYTES = 64 * 1024 * 1024;

export interface HelmOptions {
  /** What it reads from standard input, where no other process can see it. */
  readonly input?: string;
  /** Variables besides those of this process. */
  readonly variables?: NodeJS.ProcessEnv;
  /** Seconds after which it is stopped. */
  readonly seconds?: number;
}

/** What helm wrote, or why it failed. */
export type HelmAnswer = { readonly output: string } | { readonly error: string };

/**
 * Runs helm.
 *
 * @param helm the helm CLI
 * @throws when it cannot be run
 */
export async function runHelm(
  helm: string,
  args: readonly string[],
  { input = "", variables = {}, seconds = 0 }: HelmOptions = {},
): Promise<HelmAnswer> {
  const run = promisify(execFile)(helm, [...args], {
    maxBuffer: MOST_BYTES,
    env: { ...process.env, ...variables },
    timeout: seconds * 1000,
  });
  run.child.stdin?.on("error", () => undefined).end(input);
  try {
    return { output: (await run).stdout };
  } catch (error) {
    const {
      code,
      killed,
      stderr = "",
    } = error as {
      code?: number | string;
      killed?: boolean;
      stderr?: string;
    };
    if (killed === true && seconds > 0) {
      return { error: `no answer within ${seconds} seconds` };
    }
    if (typeof code !== "number") {
      throw new Error(
        `helm cannot be run as ${helm} (${(error as Error).message}): install helm 3 or 4, or name it with --helm.`,
      );
    }
    return { error: stderr.replace(/^Error: /m, "").trim() };
  }
}
