import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Addresses } from "../../twin/world/addresses";
import {
  type CertificateAuthority,
  createAuthority,
  type IssuedCertificate,
} from "../../twin/world/certificates";
import { Journal, type Entry } from "../../twin/world/journal";

/**
 * One block for all tests of this process, so that no two servers want the same address. Twins
 * choose from the blocks below, and the process that runs specs beside this has another number.
 */
export const addresses = new Addresses(200 + (process.pid % 50));

export function loopbackAddress(): string {
  return addresses.allocate();
}

/** An authority for TLS servers on loopback addresses, with its certificate in a temporary file. */
export class TestAuthority {
  private constructor(
    readonly authority: CertificateAuthority,
    private readonly directory: string,
  ) {}

  static async create(): Promise<TestAuthority> {
    const directory = mkdtempSync(join(tmpdir(), "authority-"));
    return new TestAuthority(await createAuthority(directory), directory);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}

/** A small HTTP server on a loopback address of its own; with a certificate it speaks TLS, and HTTP/2 too. */
export class LoopbackServer {
  /** Paths and hosts of the requests that came in, oldest first. */
  readonly requests: { readonly path: string; readonly host: string }[] = [];
  private readonly sockets = new Set<Socket>();
  readonly server: http.Server | http2.Http2SecureServer;

  private constructor(
    readonly address: string,
    handle: http.RequestListener,
    identity: IssuedCertificate | undefined,
  ) {
    const listener: http.RequestListener = (request, response) => {
      const { host = request.headers[":authority"] } = request.headers;
      this.requests.push({ path: request.url ?? "", host: String(host ?? "") });
      handle(request, response);
    };
    this.server = identity
      ? http2.createSecureServer(
          { key: identity.key, cert: identity.certificate, allowHTTP1: true },
          // Of either version: handlers use what both have.
          listener as unknown as Parameters<typeof http2.createSecureServer>[1],
        )
      : http.createServer(listener);
  }

  static async start(
    handle: http.RequestListener,
    port = 80,
    address = loopbackAddress(),
    identity?: IssuedCertificate,
  ): Promise<LoopbackServer> {
    const server = new LoopbackServer(address, handle, identity);
    server.server.on("connection", (socket: Socket) => {
      server.sockets.add(socket);
      socket.once("close", () => server.sockets.delete(socket));
    });
    server.server.listen(port, address);
    await once(server.server, "listening");
    return server;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    this.sockets.forEach((socket) => socket.destroy());
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

/**
 * Sends one request on a fresh connection, with any Host header. With an authority it does so over
 * TLS, and names the same host there.
 */
export function ask(
  address: string,
  host: string,
  options: https.RequestOptions & { body?: string; authority?: string } = {},
): Promise<Reply> {
  const { body, authority, ...rest } = options;
  const secure = authority !== undefined;
  return new Promise((resolve, reject) => {
    (secure ? https : http)
      .request({
        host: address,
        port: secure ? 443 : 80,
        agent: false,
        ...(secure && { servername: host, ca: authority }),
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
