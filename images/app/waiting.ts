import type { ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

/** The longest that a slow answer may be asked to take; gateways wait no longer. */
const MOST_SECONDS = 60;
const EVENT_MS = 1_000;

/** Waits as long as `?seconds=` in a request says, as a report or an upload would. */
export async function wait(url = ""): Promise<void> {
  const seconds = Number(new URL(url, "http://app").searchParams.get("seconds"));
  await pause(Math.min(Math.max(0, seconds || 0), MOST_SECONDS) * 1000);
}

/** Streams of server-sent events: one each second, until the client goes or the pod has to. */
export class EventStreams {
  private readonly open = new Set<ServerResponse>();

  start(response: ServerResponse, event: Record<string, unknown>): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    const say = () => response.write(`data: ${JSON.stringify(event)}\n\n`);
    say();
    const timer = setInterval(say, EVENT_MS);
    this.open.add(response);
    response.once("close", () => {
      clearInterval(timer);
      this.open.delete(response);
    });
  }

  /** Clients come back by themselves, to whoever serves then. */
  end(): void {
    this.open.forEach((response) => response.end());
  }
}
