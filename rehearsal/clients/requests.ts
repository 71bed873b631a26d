import { type ClientHttp2Session, connect as connectHttp2, constants } from "node:http2";
import { connect, createSecureContext, type SecureContext } from "node:tls";
import { Pool } from "undici";
import type { LoadKind } from "./loadRecords";
import { type Reply, replyIn } from "./reply";

/** Where requests go, and as whom the server has to prove itself. */
export interface Target {
  readonly address: string;
  /** Host header, and the name that the certificate has to be for. */
  readonly host: string;
  /** Certificate of the one authority to trust, PEM. */
  readonly authority: string;
}

/** One way in which clients send a request. */
export interface Requests {
  readonly kind: LoadKind;
  /** Rejects when there is no answer; gives up, in its own time, when the signal says so. */
  send(signal: AbortSignal): Promise<Reply>;
}

/**
 * Made once: every connection would parse the authority anew. The group of keys is named because
 * Node's default is a hybrid of twice the work.
 */
export function contextFor({ authority }: Target): SecureContext {
  return createSecureContext({ ca: authority, ecdhCurve: "X25519" });
}

/** All ways that a load takes in turn. */
export function requestsTo(target: Target, context: SecureContext): Requests[] {
  const fresh = new FreshRequests(target, context);
  return [fresh, new KeptRequests(target, context), fresh, new Http2Requests(target, context)];
}

/** Clients that come for the first time: a connection and a whole handshake for each request. */
class FreshRequests implements Requests {
  readonly kind = "fresh";

  constructor(
    private readonly target: Target,
    private readonly secureContext: SecureContext,
  ) {}

  /** Without an HTTP client: that makes an error for each connection that ends as it should. */
  send(signal: AbortSignal): Promise<Reply> {
    const { address, host } = this.target;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const parts: Buffer[] = [];
    const socket = connect({
      host: address,
      port: 443,
      servername: host,
      secureContext: this.secureContext,
    });
    const abort = () => socket.destroy(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    socket.on("data", (part: Buffer) => parts.push(part));
    socket.on("error", reject);
    socket.on("end", () => {
      const reply = replyIn(Buffer.concat(parts));
      if (reply !== undefined) {
        resolve(reply);
      }
    });
    socket.on("close", () => {
      reject(Object.assign(new Error("The answer was cut."), { code: "ECONNRESET" }));
    });
    socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
    return promise.finally(() => signal.removeEventListener("abort", abort));
  }
}

/** Clients that stay: as many connections as there are requests under way, used again and again. */
class KeptRequests implements Requests {
  readonly kind = "kept";
  private readonly pool: Pool;

  constructor(
    private readonly target: Target,
    secureContext: SecureContext,
  ) {
    const { address } = target;
    const origin = `https://${address.includes(":") ? `[${address}]` : address}`;
    this.pool = new Pool(origin, {
      // Else it asks for HTTP/2 first, and gets it.
      allowH2: false,
      connect: { secureContext, rejectUnauthorized: true },
    });
  }

  async send(signal: AbortSignal): Promise<Reply> {
    const { statusCode, body } = await this.pool.request({
      method: "GET",
      path: "/",
      headers: { host: this.target.host },
      signal,
    });
    return { status: statusCode, body: await body.text() };
  }
}

/** Browsers: one connection, on which all requests are under way at the same time. */
class Http2Requests implements Requests {
  readonly kind = "http2";
  private session: ClientHttp2Session | undefined;

  constructor(
    private readonly target: Target,
    private readonly secureContext: SecureContext,
  ) {}

  send(signal: AbortSignal): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const stream = this.connection().request({ ":path": "/", ":authority": this.target.host });
    const abort = () => {
      reject(signal.reason as Error);
      stream.close(constants.NGHTTP2_CANCEL);
    };
    signal.addEventListener("abort", abort, { once: true });
    let status = 0;
    let body = "";
    stream.on("response", (headers) => (status = headers[":status"] ?? 0));
    stream.setEncoding("utf8").on("data", (part: string) => (body += part));
    // What ended the connection says more than that it ended.
    stream.on("error", (error: Error) => reject((error.cause as Error | undefined) ?? error));
    stream.on("close", () => {
      if (status !== 0 && !stream.aborted && stream.rstCode === constants.NGHTTP2_NO_ERROR) {
        resolve({ status, body });
      }
      reject(Object.assign(new Error("The answer was cut."), { code: "ECONNRESET" }));
    });
    return promise.finally(() => signal.removeEventListener("abort", abort));
  }

  private connection(): ClientHttp2Session {
    if (this.session === undefined || this.session.closed || this.session.destroyed) {
      const { address, host } = this.target;
      const { secureContext } = this;
      const options = { host: address, port: 443, servername: host, secureContext };
      this.session = connectHttp2(`https://${host}`, {
        createConnection: () => connect({ ...options, ALPNProtocols: ["h2"] }),
      });
      // Its requests are told, too.
      this.session.on("error", () => undefined);
    }
    return this.session;
  }
}
