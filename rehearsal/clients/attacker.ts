import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { forkScript } from "../../twin/world/scripts";
import type { AttackCommand, AttackReport, AttackSettings } from "./attackerWorker";

const WITHIN_MS = 60_000;

/** Somebody with a slot's credential, in a process of their own, who resists as long as they can. */
export class Attacker {
  private last: AttackReport = { done: {}, refused: "", isLast: false };

  private constructor(private readonly worker: ChildProcess) {
    worker.on("message", (report: AttackReport) => (this.last = report));
  }

  /** The credential goes over a channel: it is in no argument and no variable. */
  static begin(settings: AttackSettings): Attacker {
    const attacker = new Attacker(forkScript(join(__dirname, "attackerWorker.ts")));
    attacker.order({ kind: "begin", ...settings });
    return attacker;
  }

  /** How often each trick took effect. */
  get done(): Readonly<Record<string, number>> {
    return this.last.done;
  }

  /** SQLSTATE with which its logins are refused; empty when they are not. */
  get refused(): string {
    return this.last.refused;
  }

  /** From now on it breaks the slot itself, which serves nobody any more. */
  break(): void {
    this.order({ kind: "break" });
  }

  /** Resolves when what it reports is so; rejects when it has ended before, or after a minute. */
  async until(isSo: (attacker: Attacker) => boolean): Promise<void> {
    const signal = AbortSignal.timeout(WITHIN_MS);
    while (!isSo(this)) {
      if (!this.worker.connected || signal.aborted) {
        const done = Object.keys(this.done).join(", ");
        throw new Error(`The attacker did not come so far. It does, so far: ${done}.`);
      }
      await once(this.worker, "message");
    }
  }

  async end(): Promise<void> {
    if (this.worker.connected) {
      this.order({ kind: "end" });
      await this.until(() => this.last.isLast);
      this.worker.disconnect();
    }
  }

  private order(command: AttackCommand): void {
    this.worker.send(command);
  }
}
