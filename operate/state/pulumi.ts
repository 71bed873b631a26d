import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A Pulumi CLI and the project it works on. */
export interface PulumiProject {
  /** `pulumi`, or where it is. */
  readonly command: string;
  /** Folder of Pulumi.yaml. */
  readonly folder: string;
  readonly stack: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** A state with all of its secrets can be large. */
const MAX_OUTPUT_BYTES = 1024 * 1024 * 1024;

/**
 * Runs a command of the Pulumi CLI on the stack.
 *
 * @param input what it reads from standard input
 * @throws Error with what the command printed
 */
export function pulumi(
  project: PulumiProject,
  args: readonly string[],
  input?: string,
): Promise<string> {
  return pulumiWithoutStack(project, [...args, "--stack", project.stack], input);
}

/** Runs a command of the Pulumi CLI that is about no stack. */
export async function pulumiWithoutStack(
  { command, folder, environment }: Omit<PulumiProject, "stack">,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const running = promisify(execFile)(command, [...args, "--non-interactive", "--color", "never"], {
    cwd: folder,
    // A state can name a plugin and where to get it.
    env: { ...withoutOptions(environment), PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" },
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  running.child.stdin?.end(input);
  try {
    return (await running).stdout;
  } catch (error) {
    const { code, stderr = "", stdout = "" } = error as Record<string, string>;
    if (code === "ENOENT") {
      throw new Error(
        `There is no ${command}, or no folder ${folder}: install the Pulumi CLI and pass the ` +
          "folder of Pulumi.yaml with --cwd.",
      );
    }
    throw new Error(`pulumi ${args.join(" ")} failed:\n${(stderr || stdout).trim()}`);
  }
}

/**
 * An environment without options of the CLI: ours are on the command line, and for some of the rest
 * the CLI panics before it reads its arguments (`PULUMI_OPTION_PARALLEL`).
 */
export function withoutOptions(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith("PULUMI_OPTION_")),
  );
}
