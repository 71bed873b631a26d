import assert from "node:assert";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { childrenOf, variableOf } from "../machine/processes";

const CODE = join(__dirname, "hostileCode.cjs");
/** Where Node listens for debuggers after SIGUSR1 ("--inspect-port"). */
const DEBUGGER = "http://127.0.0.1:9229/json/list";

const LOOK_MS = 250;
const WITHIN_MS = 60_000;

/** What somebody who runs code in a pod has achieved. */
export interface HostileReport {
  /** How often each trick took effect. */
  readonly done: Readonly<Record<string, number>>;
  /** HTTP statuses, or codes of errors, with which the API server answered. */
  readonly statuses: readonly string[];
  /** Files in the pod that could be a token for it. */
  readonly tokens: readonly string[];
}

/** Somebody who runs code of their own in a pod, as long as that lives. */
export class HostilePod {
  private last: HostileReport = { done: {}, statuses: [], tokens: [] };
  private nextId = 1;
  private readonly waiting = new Map<number, (value: string) => void>();

  private constructor(private readonly socket: WebSocket) {
    socket.addEventListener("message", ({ data }) => this.take(String(data)));
  }

  /**
   * Takes over the program of a pod, by the door that Node has for debuggers.
   *
   * @param twin process id of the twin, whose children the pods' programs are
   * @throws Error when the pod has no program of Node, or another process has that door
   */
  static async takeOver(twin: number, namespace: string, pod: string): Promise<HostilePod> {
    const id = childrenOf(twin).find((child) => variableOf(child, "HOSTNAME") === pod);
    assert.ok(id !== undefined, `There is no process of the pod ${pod}.`);
    process.kill(id, "SIGUSR1");
    const socket = new WebSocket(await door());
    await once(socket, "open");
    const hostile = new HostilePod(socket);
    assert.strictEqual(await hostile.run("process.pid"), `${id}`, `${DEBUGGER} is not of ${pod}`);
    await hostile.run(`${REQUIRED}.begin(${JSON.stringify(namespace)})`);
    void hostile.look();
    return hostile;
  }

  /** As it was told last; what a pod does in its last moments it tells nobody. */
  get report(): HostileReport {
    return this.last;
  }

  /** Resolves when the pod's program has ended; rejects when it has not within a minute. */
  async ended(): Promise<void> {
    if (this.lives) {
      await once(this.socket, "close", { signal: AbortSignal.timeout(WITHIN_MS) });
    }
  }

  /** Resolves when what it reports is so; rejects when its pod has ended before, or after a minute. */
  async until(isSo: (report: HostileReport) => boolean): Promise<void> {
    const signal = AbortSignal.timeout(WITHIN_MS);
    while (!isSo(this.last)) {
      if (!this.lives || signal.aborted) {
        throw new Error(`The pod did not come so far: ${JSON.stringify(this.last)}.`);
      }
      await pause(LOOK_MS);
    }
  }

  /** Leaves the pod to itself, which goes on. */
  leave(): void {
    this.socket.close();
  }

  private get lives(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  private async look(): Promise<void> {
    while (this.lives) {
      this.last = JSON.parse(await this.run(`${REQUIRED}.report()`)) as HostileReport;
      await pause(LOOK_MS);
    }
  }

  /** The value of an expression in the pod, as text; waits for ever when the pod ends meanwhile. */
  private run(expression: string): Promise<string> {
    const id = this.nextId++;
    const params = { expression, returnByValue: true };
    this.socket.send(JSON.stringify({ id, method: "Runtime.evaluate", params }));
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  private take(message: string): void {
    const { id, result } = JSON.parse(message) as {
      id?: number;
      result?: { result: { value?: unknown }; exceptionDetails?: unknown };
    };
    if (id !== undefined) {
      assert.ok(!result?.exceptionDetails, message);
      this.waiting.get(id)?.(String(result?.result.value));
      this.waiting.delete(id);
    }
  }
}

/** The code as a module of the pod's program, whatever kind of module that is. */
const REQUIRED = `process.getBuiltinModule("module").createRequire("/")(${JSON.stringify(CODE)})`;

/** Address of the debugger, as soon as there is one. */
async function door(): Promise<string> {
  const signal = AbortSignal.timeout(WITHIN_MS);
  for (;;) {
    try {
      const response = await fetch(DEBUGGER);
      const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[];
      if (target) {
        return target.webSocketDebuggerUrl;
      }
    } catch (error) {
      if (signal.aborted) {
        throw error;
      }
    }
    await pause(LOOK_MS);
  }
}
