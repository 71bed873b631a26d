import type { ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { join } from "node:path";
import type { Report, Request, TwinCalls } from "./process";
import { variablesForElsewhere } from "./world/environment";
import type { Entry } from "./world/journal";
import { forkScript } from "./world/scripts";

/** A twin in a process of its own, and the calls to it. */
export class TwinClient {
  private readonly emitter = new EventEmitter();
  private readonly waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  private nextId = 1;

  private constructor(private readonly child: ChildProcess) {
    child.on("message", (report: Report) => this.take(report));
    child.on("exit", (code, signal) => {
      for (const { reject } of this.waiting.values()) {
        reject(new Error(`The twin ended unexpectedly (${signal ?? `exit code ${code}`}).`));
      }
      this.waiting.clear();
    });
  }

  static fork(): TwinClient {
    return new TwinClient(
      forkScript(join(__dirname, "process.ts"), { variables: variablesForElsewhere() }),
    );
  }

  /** The process of the gateway, and of everything in the twin that is no process of its own. */
  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) {
      throw new Error("The twin did not start.");
    }
    return pid;
  }

  call<K extends keyof TwinCalls>(
    call: K,
    ...args: Parameters<TwinCalls[K]>
  ): ReturnType<TwinCalls[K]> {
    const id = this.nextId++;
    const answer = new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    const request: Request = { id, call, args };
    this.child.send(request);
    return answer as ReturnType<TwinCalls[K]>;
  }

  /** @returns what ends it */
  onEntry(listener: (entry: Entry) => void): () => void {
    this.emitter.on("entry", listener);
    return () => this.emitter.off("entry", listener);
  }

  /** Stops the twin and everything it runs; resolves when its process is gone. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) {
      return;
    }
    const exited = once(this.child, "exit");
    await this.call("stop");
    this.child.disconnect();
    await exited;
  }

  private take(report: Report): void {
    if ("entry" in report) {
      this.emitter.emit("entry", report.entry);
      return;
    }
    const waiting = this.waiting.get(report.id);
    this.waiting.delete(report.id);
    if ("error" in report) {
      waiting?.reject(new Error(report.error));
    } else {
      waiting?.resolve(report.value);
    }
  }
}
