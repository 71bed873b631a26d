import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, type SecureVersion } from "node:tls";
import type { IssuedCertificate } from "../world/certificates";

/** Application Gateway v2 keeps idle client connections this long. */
const CLIENT_KEEP_ALIVE_MS = 75_000;
/** The least that the predefined policies of 2022 accept ("TLS policy overview"). */
const LEAST_VERSION: SecureVersion = "TLSv1.2";
/** Named, because the first of Node's defaults is a hybrid of twice the work. */
const GROUPS = "X25519:prime256v1";

/** A request by either version of HTTP, and what answers it. */
export type ClientRequest = http.IncomingMessage | http2.Http2ServerRequest;
export type ClientResponse = http.ServerResponse | http2.Http2ServerResponse;

export interface FrontendEvents {
  request(port: number, request: ClientRequest, response: ClientResponse): void;
  handshakeFailed(reason: string): void;
}

/**
 * The public side of a gateway: HTTP on port 80, HTTPS on port 443 by the host that a client names,
 * there HTTP/2 for whoever asks for it.
 */
export class GatewayFrontend {
  private readonly plain: http.Server;
  private readonly secure: http2.Http2SecureServer;
  /** What lies below TLS: the server itself does not end connections that never came to a request. */
  private readonly sockets = new Set<Socket>();
  private closed = false;
  private contexts: ReadonlyMap<string, SecureContext> = new Map();

  constructor(
    private readonly address: string,
    events: FrontendEvents,
  ) {
    this.plain = http.createServer((request, response) => events.request(80, request, response));
    this.secure = http2.createSecureServer(
      {
        allowHTTP1: true,
        minVersion: LEAST_VERSION,
        ecdhCurve: GROUPS,
        SNICallback: (host, use) => use(null, this.contexts.get(host.toLowerCase())),
      },
      (request, response) => events.request(443, request, response),
    );
    this.secure.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
    this.secure.on("tlsClientError", ({ message }: Error) => {
      if (!this.closed) {
        events.handshakeFailed(message);
      }
    });
    this.secure.on("session", (session) => {
      session.setTimeout(CLIENT_KEEP_ALIVE_MS, () => session.close());
    });
    for (const server of this.servers) {
      // Both have it; of the second one it is not declared.
      Object.assign(server, { keepAliveTimeout: CLIENT_KEEP_ALIVE_MS });
    }
  }

  async listen(): Promise<void> {
    await this.listenOn(this.plain, 80);
    try {
      await this.listenOn(this.secure, 443);
    } catch (error) {
      this.plain.close();
      throw error;
    }
  }

  /**
   * The certificates from now on, in the order of the rules. A client that names no host, or one
   * that no listener has, is shown the first one; without any there is no handshake.
   */
  present(certificates: readonly { host: string; certificate: IssuedCertificate }[]): void {
    const contexts = certificates.map(({ host, certificate }) => ({
      host,
      options: {
        key: certificate.key,
        // Clients have the authority: a server that sends it too makes every handshake longer.
        cert: leafOf(certificate.certificate),
        minVersion: LEAST_VERSION,
        ecdhCurve: GROUPS,
      },
    }));
    this.contexts = new Map(
      contexts.map(({ host, options }) => [host, createSecureContext(options)]),
    );
    this.secure.setSecureContext(contexts[0]?.options ?? {});
  }

  async close(): Promise<void> {
    this.closed = true;
    const closed = Promise.all(this.servers.map((server) => once(server, "close")));
    this.servers.forEach((server) => server.close());
    this.plain.closeAllConnections();
    this.sockets.forEach((socket) => socket.destroy());
    await closed;
  }

  private get servers(): (http.Server | http2.Http2SecureServer)[] {
    return [this.plain, this.secure];
  }

  private async listenOn(
    server: http.Server | http2.Http2SecureServer,
    port: number,
  ): Promise<void> {
    server.listen(port, this.address);
    try {
      await once(server, "listening");
    } catch (error) {
      throw new Error(
        `The gateway cannot listen on ${this.address}:${port} (${(error as Error).message}). ` +
          "Ports below 1024 need root or the sysctl net.ipv4.ip_unprivileged_port_start=0.",
        { cause: error },
      );
    }
  }
}

/** The first certificate of a chain, PEM. */
function leafOf(chain: string): string {
  const [leaf = ""] = chain.split(/(?<=-----END CERTIFICATE-----)/);
  return leaf;
}
