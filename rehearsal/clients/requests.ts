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

/** All ways that a load takes in turn. */
export function requestsTo(target: Target): Requests[] {
  // Made once: every connection would parse the authority anew. The group of keys is named because
  // Node's default is a hybrid of twice the work.
  const context = createSecureContext({ ca: target.authority, ecdhCurve: "X25519" });
  return [new FreshRequests(target, context), new KeptRequests(target, context)];
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
    this.pool = new Pool(origin, { connect: { secureContext, rejectUnauthorized: true } });
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
