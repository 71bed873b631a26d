import { type OnTheWay, RunQueue, type Starved } from "../machine/runQueue";
import type { LoadAnswer, LoadRecord, Unsent } from "./loadRecords";
import type { Reply } from "./reply";
import { LongRequests } from "./longRequests";
import { contextFor, type Requests, requestsTo, type Target } from "./requests";
import { BEAT_MS, Schedule } from "./schedule";

/** What the parent process says first. */
export interface LoadOrder extends Target {
  readonly kind: "start";
  /** Requests per second. */
  readonly rate: number;
  readonly maximumRequests: number;
  readonly maximumSeconds: number;
  /** Processes on the way of a request, besides this one. */
  readonly onTheWay?: OnTheWay;
  /** Whether every good answer says who gives it. */
  readonly describes: boolean;
  /** Whether there are slow requests and streams besides. */
  readonly isLong: boolean;
}

export type LoadCommand =
  LoadOrder | { readonly kind: "rate"; readonly rate: number } | { readonly kind: "stop" };

/** What the parent process hears several times a second. */
export interface LoadReport {
  /** When this was counted, in milliseconds since the epoch. */
  readonly at: number;
  readonly records: readonly LoadRecord[];
  readonly unsent: readonly Unsent[];
  /** When which process could have run and had to wait. */
  readonly starved: readonly Starved[];
  readonly sent: number;
  /** Requests per second, and since when. */
  readonly rate: { readonly perSecond: number; readonly since: number };
  /** All requests due before this moment are in the records of this or earlier reports. */
  readonly settledBefore: number;
  /** Why no more requests come; no report follows. */
  readonly ended?: string;
}

/** A client gives up when it has waited so long for an answer. */
const PATIENCE_MS = 5_000;
/** After a stall no flood: what is later than this is not sent any more. */
const TOO_LATE_MS = 1_000;
const REPORT_MS = 250;

// Every connection that is closed makes an error, whose stack nobody reads.
Error.stackTraceLimit = 0;

/** The answer did not come in time. */
class Late extends Error {}

/** Sends requests when they are due, whether or not earlier ones are answered. */
class Sender {
  private readonly kinds: readonly Requests[];
  private readonly long: LongRequests | undefined;
  private readonly began = Date.now();
  private schedule: Schedule;
  private sent = 0;
  private records: LoadRecord[] = [];
  private unsent: Unsent[] = [];
  /** When the requests under way were due, oldest first. */
  private readonly underWay = new Map<number, number>();
  private readonly runQueue: RunQueue;
  private ended: string | undefined;
  private beating: NodeJS.Timeout | undefined;
  private readonly reporting = setInterval(() => this.report(), REPORT_MS);

  constructor(private readonly order: LoadOrder) {
    const context = contextFor(order);
    this.kinds = requestsTo(order, context);
    if (order.isLong) {
      this.long = new LongRequests({
        target: order,
        secureContext: context,
        judge: (reply) => this.judge(reply),
        record: (record) => this.records.push(record),
      });
    }
    this.runQueue = new RunQueue(order.onTheWay);
    this.schedule = new Schedule(order.rate, this.began);
    this.beat();
    this.report();
  }

  changeRate(rate: number): void {
    this.schedule = new Schedule(rate, this.schedule.next);
  }

  stop(reason: string): void {
    this.ended ??= reason;
    this.long?.stop();
    clearTimeout(this.beating);
    if (this.underWay.size === 0) {
      clearInterval(this.reporting);
      this.report(() => process.disconnect());
    }
  }

  private beat(): void {
    this.sendDue(Date.now());
    if (this.ended === undefined) {
      // By the schedule and not by an interval, which drifts.
      const wait = Math.min(BEAT_MS, Math.max(0, this.schedule.next - Date.now()));
      this.beating = setTimeout(() => this.beat(), wait);
    }
  }

  private sendDue(now: number): void {
    const { maximumRequests, maximumSeconds } = this.order;
    if (now - this.began >= maximumSeconds * 1000) {
      return this.stop(`the limit of ${maximumSeconds} seconds was reached`);
    }
    for (const { due, requests } of this.schedule.take(now)) {
      if (now - due > TOO_LATE_MS) {
        this.unsent.push({ due, requests, at: now });
        continue;
      }
      for (let request = 0; request < requests; request++) {
        if (this.sent >= maximumRequests) {
          return this.stop(`the limit of ${maximumRequests} requests was reached`);
        }
        void this.send(due);
      }
    }
  }

  private async send(due: number): Promise<void> {
    const id = this.sent++;
    const requests = this.kinds[id % this.kinds.length]!;
    const at = Date.now();
    const began = performance.now();
    this.underWay.set(id, due);
    const result = await this.resultOf(requests);
    const ms = performance.now() - began + (at - due);
    this.underWay.delete(id);
    this.records.push({ due, at, ms, kind: requests.kind, ...result });
    if (this.ended !== undefined) {
      this.stop(this.ended);
    }
  }

  private async resultOf(
    requests: Requests,
  ): Promise<Pick<LoadRecord, "outcome" | "reason" | "answer">> {
    const patience = new AbortController();
    const late = Promise.withResolvers<never>();
    // Cleared: a signal with a time of its own makes an error for every request that was answered.
    const timer = setTimeout(() => {
      // Not by the signal alone, which undici does not hear before there is a connection.
      late.reject(new Late());
      patience.abort(new Late());
    }, PATIENCE_MS);
    try {
      return this.judge(await Promise.race([requests.send(patience.signal), late.promise]));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return error instanceof Late
        ? { outcome: "late", reason: `no answer in ${PATIENCE_MS} ms` }
        : { outcome: "no answer", reason: code ?? message };
    } finally {
      clearTimeout(timer);
    }
  }

  private judge({ status, body }: Reply): Pick<LoadRecord, "outcome" | "reason" | "answer"> {
    if (status >= 500) {
      return { outcome: "5xx", reason: String(status) };
    }
    if (!this.order.describes) {
      return status === 200
        ? { outcome: "ok" }
        : { outcome: "other", reason: `${status}, and not 200` };
    }
    const answer = status === 200 ? answerIn(body) : undefined;
    return answer
      ? { outcome: "ok", answer }
      : { outcome: "other", reason: `${status} that is not an answer of the application` };
  }

  private report(delivered: () => void = () => undefined): void {
    const now = Date.now();
    const [oldest] = this.underWay.values();
    const { rate, began } = this.schedule;
    const report: LoadReport = {
      at: now,
      records: this.records,
      unsent: this.unsent,
      starved: this.runQueue.look(now),
      sent: this.sent,
      rate: { perSecond: rate, since: began },
      settledBefore: Math.min(oldest ?? Infinity, this.schedule.next),
      ...(this.ended !== undefined && this.underWay.size === 0 && { ended: this.ended }),
    };
    this.records = [];
    this.unsent = [];
    process.send?.(report, delivered);
  }
}

function answerIn(body: string): LoadAnswer | undefined {
  try {
    const { slot, generation, secretVersion } = JSON.parse(body) as LoadAnswer;
    return typeof slot === "string" && typeof generation === "number"
      ? { slot, generation, secretVersion: String(secretVersion) }
      : undefined;
  } catch {
    return undefined;
  }
}

let sender: Sender | undefined;

process.on("message", (command: LoadCommand) => {
  if (command.kind === "start") {
    sender = new Sender(command);
  } else if (command.kind === "rate") {
    sender?.changeRate(command.rate);
  } else {
    sender?.stop("it was stopped");
  }
});

// Ctrl-C reaches the whole process group; the parent decides when the load ends.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit());
