import { createSecureContext } from "node:tls";
import { Pool, type Dispatcher } from "undici";
import type { LoadAnswer, LoadRecord } from "./loadRecords";

/** What the parent process says first. */
export interface LoadOrder {
  readonly kind: "start";
  readonly address: string;
  readonly host: string;
  readonly authority: string;
  /** Requests per second. */
  readonly rate: number;
  readonly maximumRequests: number;
  readonly maximumSeconds: number;
}

export type LoadCommand = LoadOrder | { readonly kind: "stop" };

/** What the parent process hears several times a second. */
export interface LoadReport {
  /** When this was counted, in milliseconds since the epoch. */
  readonly at: number;
  readonly records: readonly LoadRecord[];
  readonly sent: number;
  /** Requests that were sent late or not at all, because the sender itself could not keep up. */
  readonly behind: number;
  /** All requests sent before this moment are in the records of this or earlier reports. */
  readonly settledBefore: number;
  /** Why no more requests come; no report follows. */
  readonly ended?: string;
}

/** An answer later than this counts as none. */
const PATIENCE_MS = 5_000;
/** A request that is sent later than this after its time counts as behind. */
const TOLERANCE_MS = 100;
const TICK_MS = 5;
const REPORT_MS = 200;

/** Sends requests at the times that the rate gives, whether or not earlier ones are answered. */
class Sender {
  private readonly kept: Pool;
  private readonly fresh: Pool;
  private readonly began = Date.now();
  /** Turns of the schedule that are over, sent or not. */
  private turns = 0;
  private sent = 0;
  private behind = 0;
  private records: LoadRecord[] = [];
  /** Start times of the requests under way, oldest first. */
  private readonly underWay = new Map<number, number>();
  private ended: string | undefined;
  private readonly ticking = setInterval(() => this.tick(), TICK_MS);
  private readonly reporting = setInterval(() => this.report(), REPORT_MS);

  constructor(private readonly order: LoadOrder) {
    const origin = `https://${order.address.includes(":") ? `[${order.address}]` : order.address}`;
    const connect = {
      // Made once: every connection would parse the authority anew.
      secureContext: createSecureContext({ ca: order.authority }),
      rejectUnauthorized: true,
    };
    this.kept = new Pool(origin, { connect });
    // A client that comes for the first time has no session to go on with.
    this.fresh = new Pool(origin, { connect: { ...connect, maxCachedSessions: 0 } });
    this.tick();
    this.report();
  }

  stop(reason: string): void {
    this.ended ??= reason;
    clearInterval(this.ticking);
    if (this.underWay.size === 0) {
      clearInterval(this.reporting);
      this.report(() => process.disconnect());
    }
  }

  private tick(): void {
    const now = Date.now();
    const { rate, maximumRequests, maximumSeconds } = this.order;
    if (now - this.began >= maximumSeconds * 1000) {
      return this.stop(`the limit of ${maximumSeconds} seconds was reached`);
    }
    const due = Math.floor(((now - this.began) * rate) / 1000) + 1;
    // After a long stall no flood: what is more than a second late is not sent any more.
    const skipped = Math.max(0, due - this.turns - rate);
    this.turns += skipped;
    this.behind += skipped;
    while (this.turns < due) {
      if (this.sent >= maximumRequests) {
        return this.stop(`the limit of ${maximumRequests} requests was reached`);
      }
      if (now - (this.began + (this.turns * 1000) / rate) > TOLERANCE_MS) {
        this.behind += 1;
      }
      this.turns += 1;
      void this.send();
    }
    return undefined;
  }

  private async send(): Promise<void> {
    const id = this.sent++;
    const fresh = id % 2 === 0;
    const at = Date.now();
    const began = performance.now();
    this.underWay.set(id, at);
    const result = await this.request(fresh);
    this.underWay.delete(id);
    this.records.push({ at, ms: performance.now() - began, fresh, ...result });
    if (this.ended !== undefined) {
      this.stop(this.ended);
    }
  }

  private async request(
    fresh: boolean,
  ): Promise<Pick<LoadRecord, "outcome" | "reason" | "answer">> {
    try {
      const response = await (fresh ? this.fresh : this.kept).request({
        method: "GET",
        path: "/",
        headers: { host: this.order.host },
        // Closes the connection after the answer, so that the pool makes a new one for the next.
        reset: fresh,
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return await judge(response);
    } catch (error) {
      const { name, code, message } = error as NodeJS.ErrnoException;
      return name === "TimeoutError"
        ? { outcome: "late", reason: `more than ${PATIENCE_MS} ms` }
        : { outcome: "no answer", reason: code ?? message };
    }
  }

  private report(delivered: () => void = () => undefined): void {
    const [oldest] = this.underWay.values();
    const report: LoadReport = {
      at: Date.now(),
      records: this.records,
      sent: this.sent,
      behind: this.behind,
      settledBefore: oldest ?? Date.now(),
      ...(this.ended !== undefined && this.underWay.size === 0 && { ended: this.ended }),
    };
    this.records = [];
    process.send?.(report, delivered);
  }
}

async function judge(
  response: Dispatcher.ResponseData,
): Promise<Pick<LoadRecord, "outcome" | "reason" | "answer">> {
  const { statusCode } = response;
  const body = await response.body.text();
  if (statusCode >= 500) {
    return { outcome: "5xx", reason: String(statusCode) };
  }
  const answer = statusCode === 200 ? answerIn(body) : undefined;
  return answer
    ? { outcome: "ok", answer }
    : { outcome: "other", reason: `${statusCode} that is not an answer of the application` };
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
  } else {
    sender?.stop("it was stopped");
  }
});

// Ctrl-C reaches the whole process group; the parent decides when the load ends.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit());
