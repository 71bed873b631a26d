import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import * as http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Addresses } from "../../rehearsal/twin/addresses";
import { Journal, type Entry } from "../../rehearsal/twin/journal";

/** One block for all tests of this process, so that no two servers want the same address. */
export const addresses = new Addresses(100 + (process.pid % 100));

export function loopbackAddress(): string {
  return addresses.allocate();
}

/** A small HTTP server on a loopback address of its own. */
export class LoopbackServer {
  /** Paths and hosts of the requests that came in, oldest first. */
  readonly requests: { readonly path: string; readonly host: string }[] = [];
  readonly server: http.Server;

  private constructor(
    readonly address: string,
    handle: http.RequestListener,
  ) {
    this.server = http.createServer((request, response) => {
      this.requests.push({ path: request.url ?? "", host: request.headers.host ?? "" });
      handle(request, response);
    });
  }

  static async start(
    handle: http.RequestListener,
    port = 80,
    address = loopbackAddress(),
  ): Promise<LoopbackServer> {
    const server = new LoopbackServer(address, handle);
    server.server.listen(port, address);
    await once(server.server, "listening");
    return server;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

/** A journal in a temporary folder whose entries can be awaited. */
export class TestJournal {
  readonly entries: Entry[] = [];
  readonly journal: Journal;
  private readonly directory = mkdtempSync(join(tmpdir(), "journal-"));
  private readonly waiting = new Set<() => void>();

  constructor() {
    this.journal = new Journal(join(this.directory, "journal.jsonl"));
    this.journal.onEntry((entry) => {
      this.entries.push(entry);
      this.waiting.forEach((check) => check());
    });
  }

  named(event: string): Entry[] {
    return this.entries.filter((entry) => entry.event === event);
  }

  /** Resolves when the event has been written `times` times since the journal began. */
  seen(event: string, times = 1): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.named(event).length >= times) {
          this.waiting.delete(check);
          resolve();
        }
      };
      this.waiting.add(check);
      check();
    });
  }

  async close(): Promise<void> {
    await this.journal.close();
    rmSync(this.directory, { recursive: true });
  }
}

export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers: http.IncomingHttpHeaders;
}

/** Sends one request on a fresh connection, with any Host header. */
export function ask(
  address: string,
  host: string,
  options: http.RequestOptions & { body?: string } = {},
): Promise<Reply> {
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    http
      .request({
        host: address,
        port: 80,
        agent: false,
        ...rest,
        headers: { host, ...rest.headers },
      })
      .on("error", reject)
      .on("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("error", reject);
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString(),
            headers: response.headers,
          }),
        );
      })
      .end(body);
  });
}
