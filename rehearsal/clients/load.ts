import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { isIP } from "node:net";
import { join } from "node:path";
import { forkScript } from "../../twin/world/scripts";
import { LoadRecords, type LoadFigures, type LoadSeries } from "./loadRecords";
import type { LoadCommand, LoadReport } from "./loadWorker";
import type { OnTheWay } from "../machine/runQueue";

export type { LoadAnswer, LoadFailure, LoadFigures, LoadSeries } from "./loadRecords";

export interface LoadSettings {
  /** Loopback address of the gateway; requests go to its port 443. */
  readonly address: string;
  /** Host header of every request, and the name that the certificate has to be for. */
  readonly host: string;
  /** Certificate of the one authority to trust, PEM. */
  readonly authority: string;
  /** Requests per second, from 1 to 1000; half of them on connections of their own. */
  readonly rate: number;
  /**
   * Whether every good answer says who gives it, as the sample application's do; else its status
   * alone counts, and nobody is known to have given it. Default true.
   */
  readonly describes?: boolean;
  /** Whether there are slow requests and streams of events besides. Default false. */
  readonly isLong?: boolean;
  /** Processes to watch for whether they have to wait for a core. */
  readonly onTheWay?: OnTheWay;
  /** The load ends by itself after so many requests. Default a million. */
  readonly maximumRequests?: number;
  /** The load ends by itself after so many seconds. Default four hours. */
  readonly maximumSeconds?: number;
}

/** A moment of the load. */
export interface Marker {
  readonly at: number;
}

/** What happened since the last look. */
export interface LoadWindow {
  readonly sent: number;
  readonly failed: number;
  /** Requests sent per second, over the last seconds. */
  readonly rate: number;
  /** The slot that gave most answers, undefined when there was none. */
  readonly slot: string | undefined;
  /** Good answers by slot, or by `UNKNOWN`. */
  readonly bySlot: Readonly<Record<string, number>>;
}

/** The rate is that of so much time: after a stall the sender makes up for some of it at once. */
const RATE_WINDOW_MS = 5_000;
const MAXIMUM_RATE = 1_000;
/** More than the patience of the sender, which waits for the last answers. */
const STOP_TIMEOUT_MS = 10_000;

/**
 * Requests over TLS at a constant rate from a process of its own. A request fails when its handshake
 * fails, when it gets no answer, a 5xx, an answer from a retired generation, or one that is not the
 * application's (not of status 200, where it does not describe itself); and when its answer comes more than a second after it was due, unless the machine
 * was too busy meanwhile to tell.
 *
 * ```ts
 * const host = "app.example.test";
 * const load = await Load.start({ address: "127.8.0.4", host, authority, rate: 200 });
 * const before = load.mark();
 * const { failed } = await load.between(before, load.mark());
 * await load.stop();
 * ```
 */
export class Load {
  private readonly records = new LoadRecords();
  private readonly waiting = new Set<() => void>();
  private settledBefore = 0;
  private sent = 0;
  private rateNow = { perSecond: 0, since: 0 };
  private stopping = false;
  /** Why the load ended, and when, if it did so before anyone stopped it. */
  private ended: { readonly reason: string; readonly at: number } | undefined;
  /** What the sender had sent in all, and when by its own clock, of the last seconds. */
  private counts: { readonly at: number; readonly sent: number }[] = [];
  private lastLook = { sent: 0, records: 0 };

  private constructor(private readonly worker: ChildProcess) {
    worker.on("message", (report: LoadReport) => this.take(report));
    worker.on("exit", (code, signal) => {
      this.end(`its process ended with ${signal ?? `exit code ${code}`}`);
      this.settledBefore = Infinity;
      this.wake();
    });
  }

  /** Resolves when the first requests are under way. */
  static async start(settings: LoadSettings): Promise<Load> {
    const {
      address,
      host,
      authority,
      rate,
      onTheWay,
      describes = true,
      isLong = false,
      maximumRequests = 1e6,
      maximumSeconds = 4 * 3600,
    } = settings;
    if (isIP(address) === 0 || !(address.startsWith("127.") || address === "::1")) {
      throw new Error(
        `The load goes to loopback addresses only (127.0.0.0/8, ::1), not ${address}.`,
      );
    }
    if (!(rate >= 1 && rate <= MAXIMUM_RATE)) {
      throw new RangeError(
        `The rate must be a number from 1 to ${MAXIMUM_RATE} per second, not ${rate}.`,
      );
    }
    const worker = forkScript(join(__dirname, "loadWorker.ts"));
    const load = new Load(worker);
    load.order({
      kind: "start",
      address,
      host,
      authority,
      rate,
      maximumRequests,
      maximumSeconds,
      describes,
      isLong,
      ...(onTheWay && { onTheWay }),
    });
    await load.until(() => load.settledBefore > 0);
    load.throwIfEnded(Infinity);
    return load;
  }

  /** The process that sends. */
  get pid(): number | undefined {
    return this.worker.pid;
  }

  /** Sends at another rate; resolves with the moment from which on it does. */
  async changeRate(perSecond: number): Promise<Marker> {
    if (perSecond !== this.rateNow.perSecond) {
      this.order({ kind: "rate", rate: perSecond });
      await this.until(() => this.rateNow.perSecond === perSecond || this.ended !== undefined);
      this.throwIfEnded(Infinity);
    }
    return { at: this.rateNow.since };
  }

  /** This moment, for `between`. */
  mark(): Marker {
    return { at: Date.now() };
  }

  /** From now on a request that is answered by this generation fails. */
  retire(generation: number): void {
    this.records.retire(generation, Date.now());
  }

  /**
   * Figures of the requests due between two marks, once all of them have ended. Rejects when the load
   * did not last until the second one.
   */
  async between(from: Marker, to: Marker): Promise<LoadFigures> {
    await this.until(() => this.settledBefore >= to.at);
    this.throwIfEnded(to.at);
    return this.records.between(from.at, to.at);
  }

  /** Like `between`, second by second. */
  async perSecond(from: Marker, to: Marker): Promise<LoadSeries> {
    await this.until(() => this.settledBefore >= to.at);
    this.throwIfEnded(to.at);
    return this.records.perSecond(from.at, to.at);
  }

  /**
   * What happened since the last call, for a progress display. The rate is that of the last seconds,
   * by the sender's own count over the sender's own time: reports wait while this process is busy,
   * and then many come at once.
   */
  window(): LoadWindow {
    const { failed, bySlot } = this.records.since(this.lastLook.records);
    const sent = this.sent - this.lastLook.sent;
    this.lastLook = { sent: this.sent, records: this.records.count };
    const [slot] = Object.entries(bySlot).sort(([, one], [, other]) => other - one)[0] ?? [];
    return { sent, failed, rate: this.rate, slot, bySlot };
  }

  /** Sends no more requests; resolves when the last one has ended and the process is gone. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.worker.exitCode !== null || this.worker.signalCode !== null) {
      return;
    }
    const exited = once(this.worker, "exit");
    const timeout = setTimeout(() => {
      this.ended ??= { reason: "its process had to be killed", at: 0 };
      this.worker.kill("SIGKILL");
    }, STOP_TIMEOUT_MS);
    if (this.worker.connected) {
      this.order({ kind: "stop" });
    }
    await exited;
    clearTimeout(timeout);
  }

  private get rate(): number {
    const [first, last] = [this.counts[0], this.counts.at(-1)];
    return first === undefined || last === undefined || last.at === first.at
      ? 0
      : Math.round(((last.sent - first.sent) * 1000) / (last.at - first.at));
  }

  private order(command: LoadCommand): void {
    this.worker.send(command);
  }

  private take(report: LoadReport): void {
    this.records.add(report);
    this.sent = report.sent;
    const { at, sent } = report;
    this.counts = [...this.counts.filter((one) => one.at >= at - RATE_WINDOW_MS), { at, sent }];
    this.rateNow = report.rate;
    this.settledBefore = report.settledBefore;
    if (report.ended !== undefined) {
      this.end(report.ended);
    }
    this.wake();
  }

  private end(reason: string): void {
    if (!this.stopping) {
      this.ended ??= { reason, at: Date.now() };
    }
  }

  private throwIfEnded(before: number): void {
    if (this.ended && this.ended.at < before) {
      const at = new Date(this.ended.at).toISOString();
      throw new Error(`The load ended at ${at} because ${this.ended.reason}.`);
    }
  }

  private wake(): void {
    this.waiting.forEach((check) => check());
  }

  private until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (condition()) {
          this.waiting.delete(check);
          resolve();
        }
      };
      this.waiting.add(check);
      check();
    });
  }
}
