import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

const groups = new Set<number>();

// The last resort when the twin ends without stop(): no process may outlive it.
process.on("exit", () => {
  for (const group of groups) {
    signalGroup(group, "SIGKILL");
  }
});

export interface Launch {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  /** Files that standard output and standard error are appended to. */
  readonly stdout: string;
  readonly stderr: string;
}

/** One program with its own process group, which stands for a container's process tree. */
export class ContainerProcess {
  /** Resolves with the exit code as a container runtime reports it: 128 + signal for a signal. */
  readonly exited: Promise<number>;
  private readonly child: ChildProcess;

  constructor(launch: Launch) {
    const [program = "", ...args] = launch.command;
    const out = openSync(launch.stdout, "a", 0o600);
    const err = openSync(launch.stderr, "a", 0o600);
    try {
      this.child = spawn(program, args, {
        cwd: launch.directory,
        env: launch.environment,
        stdio: ["ignore", out, err],
        detached: true,
      });
    } finally {
      closeSync(out);
      closeSync(err);
    }
    const { pid } = this.child;
    if (pid !== undefined) {
      groups.add(pid);
    }
    this.exited = this.end();
  }

  /** Asks the first process to end; the rest of the container ends with it. */
  terminate(): void {
    this.child.kill("SIGTERM");
  }

  kill(): void {
    if (this.child.pid !== undefined) {
      signalGroup(this.child.pid, "SIGKILL");
    }
  }

  private async end(): Promise<number> {
    const { pid } = this.child;
    const code = await exitCode(this.child);
    if (pid !== undefined) {
      // The end of a container's first process is the end of the others.
      signalGroup(pid, "SIGKILL");
      await groupIsGone(pid);
      groups.delete(pid);
    }
    return code;
  }
}

function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    // A program that cannot be run gives 127 or 126, as a shell and a container runtime do.
    child.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "ENOENT" ? 127 : 126),
    );
    child.once("exit", (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}

/**
 * Orphans are not children of this process, so nobody tells of their end. They were killed; the
 * limit is for machines whose first process does not collect the dead.
 */
async function groupIsGone(group: number): Promise<void> {
  for (let tries = 0; tries < 100 && signalGroup(group, 0); tries++) {
    await sleep(10);
  }
}

/** False when the group has no process any more. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") {
      return false;
    }
    throw error;
  }
}
