import { get } from "node:https";
import type { IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { connect, type SecureContext } from "node:tls";
import type { LoadRecord } from "./loadRecords";
import type { Reply } from "./reply";
import type { Target } from "./requests";

/** How long a slow request takes, and how often one is sent. */
const SLOW_SECONDS = 30;
const SLOW_EVERY_MS = 2_000;
/** Streams that are open at any time, and how soon a client whose stream ended comes back. */
const STREAMS = 3;
const COME_BACK_MS = 500;

type Outcome = Pick<LoadRecord, "outcome" | "reason" | "answer">;

export interface LongRequestsSettings {
  readonly target: Target;
  readonly secureContext: SecureContext;
  readonly judge: (reply: Reply) => Outcome;
  /** Told of a slow request when it ended, of a stream when it began and when it was cut. */
  readonly record: (record: LoadRecord) => void;
}

/**
 * What lasts: requests that take half a minute, and streams of events without an end. Nobody waits
 * for them: they count from the moment at which their answer is there or was due.
 */
export class LongRequests {
  private readonly stopped = new AbortController();
  private readonly slow: NodeJS.Timeout;

  constructor(private readonly settings: LongRequestsSettings) {
    this.slow = setInterval(() => void this.sendSlow(), SLOW_EVERY_MS);
    for (let stream = 0; stream < STREAMS; stream++) {
      void this.keepStream();
    }
  }

  /** What is under way counts no more. */
  stop(): void {
    clearInterval(this.slow);
    this.stopped.abort();
  }

  private async sendSlow(): Promise<void> {
    const at = Date.now();
    const outcome = await this.outcome(`/slow?seconds=${SLOW_SECONDS}`, wholeBody);
    const now = Date.now();
    const due = Math.min(now, at + SLOW_SECONDS * 1000);
    this.write({ due, at, ms: now - due, kind: "slow", ...outcome });
  }

  private async keepStream(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      const at = Date.now();
      let response: IncomingMessage | undefined;
      const outcome = await this.outcome("/events", async (opened) => {
        response = opened;
        return firstEvent(opened);
      });
      this.write({ due: at, at, ms: Date.now() - at, kind: "stream", ...outcome });
      if (outcome.outcome === "ok" && response !== undefined) {
        await ended(response);
        const now = Date.now();
        this.write({ due: now, at: now, ms: 0, kind: "stream", outcome: "cut" });
      }
      await pause(COME_BACK_MS);
    }
  }

  private async outcome(
    path: string,
    read: (response: IncomingMessage) => Promise<string>,
  ): Promise<Outcome> {
    const { judge } = this.settings;
    try {
      const response = await this.ask(path);
      return judge({ status: response.statusCode ?? 0, body: await read(response) });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return { outcome: "no answer", reason: code ?? message };
    }
  }

  private ask(path: string): Promise<IncomingMessage> {
    const { target, secureContext } = this.settings;
    const { address, host } = target;
    const { signal } = this.stopped;
    const createConnection = () =>
      connect({ host: address, port: 443, servername: host, secureContext });
    return new Promise((resolve, reject) => {
      get({ createConnection, headers: { host }, path, signal }, resolve).on("error", reject);
    });
  }

  private write(record: LoadRecord): void {
    if (!this.stopped.signal.aborted) {
      this.settings.record(record);
    }
  }
}

async function wholeBody(response: IncomingMessage): Promise<string> {
  return (await response.setEncoding("utf8").toArray()).join("");
}

/** The data of the first event; what comes instead of a stream, whole. */
function firstEvent(response: IncomingMessage): Promise<string> {
  if (!response.headers["content-type"]?.startsWith("text/event-stream")) {
    return wholeBody(response);
  }
  return new Promise((resolve, reject) => {
    let text = "";
    response.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      const [, data] = /^data: (.*)\n\n/.exec(text) ?? [];
      if (data !== undefined) {
        resolve(data);
      }
    });
    response.on("error", reject);
  });
}

function ended(response: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    if (response.closed) {
      resolve();
    }
    response.on("close", resolve);
  });
}
