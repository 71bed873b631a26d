import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";

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
    this.exited = new Promise((resolve) => {
      // A program that cannot be run gives 127 or 126, as a shell and a container runtime do.
      this.child.once("error", (error: NodeJS.ErrnoException) =>
        resolve(error.code === "ENOENT" ? 127 : 126),
      );
      this.child.once("exit", (code, signal) => {
        // The end of a container's first process is the end of the others.
        this.kill();
        if (pid !== undefined) {
          groups.delete(pid);
        }
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
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
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
      throw error;
    }
  }
}
