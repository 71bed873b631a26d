import type { ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ForkSettings, forkScript } from "../../twin/world/scripts";
import type { UpOrder, UpReport } from "./order";

/** A step of the engine, as its events tell it. */
export type Step = Omit<Extract<UpReport, { kind: "step" }>, "kind">;

/** How an `up` ended. */
export interface UpEnd {
  readonly outcome: "completed" | "failed" | "killed";
  /** What went wrong, with everything the engine printed. */
  readonly text: string;
}

/** A program whose engine is gone notices that when its next call fails, as a rule. */
const END_TIMEOUT_MS = 30_000;

/** Starts `pulumi up` after `pulumi up`, each in a process of its own, so that one can be killed. */
export class UpStarter {
  private spare: ChildProcess | undefined;

  constructor(
    private readonly order: UpOrder,
    private readonly printed: (text: string) => void,
  ) {}

  /** Starts one; the process of the next one reads the program meanwhile. */
  start(): KillableUp {
    const child = this.spare ?? forkUp();
    const up = new KillableUp(child, this.printed);
    child.send(this.order);
    this.spare = forkUp();
    return up;
  }

  /** Ends the process that waits for a next one. */
  async close(): Promise<void> {
    const { spare } = this;
    this.spare = undefined;
    if (spare !== undefined && spare.exitCode === null) {
      const exited = once(spare, "exit");
      spare.kill("SIGKILL");
      await exited;
    }
  }
}

/** A `pulumi up` under way. */
export class KillableUp {
  private readonly emitter = new EventEmitter();
  private readonly exited: Promise<unknown>;
  private killed = false;
  private last: UpEnd = { outcome: "failed", text: "The process of the program ended early." };

  constructor(
    private readonly child: ChildProcess,
    printed: (text: string) => void,
  ) {
    this.exited = once(child, "exit");
    child.on("message", (report: UpReport) => {
      switch (report.kind) {
        case "step":
          this.emitter.emit("step", report);
          break;
        case "printed":
          printed(report.text);
          break;
        case "done":
          this.last = { outcome: "completed", text: "" };
          break;
        case "failed":
          this.last = { outcome: "failed", text: report.text };
      }
    });
  }

  onStep(listener: (step: Step) => void): void {
    this.emitter.on("step", listener);
  }

  /** Ends the engine as a crash would: it has no chance to clean up. Its plugins live on. */
  async kill(): Promise<void> {
    // A program without an engine may wait for ever.
    setTimeout(() => this.child.kill("SIGKILL"), END_TIMEOUT_MS).unref();
    for (const pid of await childrenOf(this.child.pid)) {
      try {
        process.kill(pid, "SIGKILL");
        this.killed = true;
      } catch (error) {
        // It was quicker.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
          throw error;
        }
      }
    }
  }

  /** Resolves when the engine and the program are gone. */
  async ended(): Promise<UpEnd> {
    await this.exited;
    return this.killed && this.last.outcome === "failed"
      ? { outcome: "killed", text: this.last.text }
      : this.last;
  }
}

/**
 * A process that waits for the order of one `pulumi up`: when its engine is killed, what is left of
 * the program ends with this process and with nothing else.
 */
export function forkUp(settings?: ForkSettings): ChildProcess {
  return forkScript(join(__dirname, "upProcess.ts"), settings);
}

/** The engine is the only child of its program: no other process is looked at. */
async function childrenOf(pid: number | undefined): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = tasks.map((task) =>
    readFile(`/proc/${pid}/task/${task}/children`, "utf8").catch(() => ""),
  );
  return (await Promise.all(lists)).flatMap((list) => list.split(" ").filter(Boolean).map(Number));
}
