import * as http from "node:http";
import { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { Pool } from "undici";
import {
  accepts,
  type HealthProbe,
  type HttpSettings,
  type PoolMember,
} from "../world/gatewayConfiguration";
import type { Journal } from "../world/journal";
import type { ClientRequest, ClientResponse } from "./frontend";

/** Headers that belong to one connection (RFC 9110, 7.6.1) and are never passed on. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
]);

/**
 * One member of a backend pool as the gateway sees it through one set of HTTP settings: its kept
 * connections, its probe and its health. New members are unhealthy until a probe succeeds.
 */
export class GatewayBackend {
  private readonly connections: Pool;
  private readonly stopped = new AbortController();
  private isHealthy = false;
  private failedProbes = 0;
  private inFlight = 0;
  private nextProbe: NodeJS.Timeout | undefined;

  constructor(
    private readonly pool: string,
    private readonly member: PoolMember,
    private settings: HttpSettings,
    private probe: HealthProbe,
    private readonly journal: Journal,
  ) {
    this.connections = new Pool(`http://${member.address}:${member.port}`, { pipelining: 1 });
    void this.probeOnce();
  }

  get healthy(): boolean {
    return this.isHealthy;
  }

  /** Takes new settings over without losing connections or health. */
  configure(settings: HttpSettings, probe: HealthProbe): void {
    this.settings = settings;
    this.probe = probe;
  }

  /** Passes a request on; whatever goes wrong becomes the client's 502 or 504, never a second try. */
  async forward(request: ClientRequest, response: ClientResponse): Promise<void> {
    const timeout = this.settings.requestTimeoutSeconds * 1000;
    this.inFlight += 1;
    try {
      await this.connections.stream(
        {
          method: request.method ?? "GET",
          path: request.url ?? "/",
          headers: headersFor(request, this.settings.hostName),
          body: hasBody(request) ? request : null,
          headersTimeout: timeout,
          bodyTimeout: timeout,
        },
        ({ statusCode, headers }) => {
          // Declared for each version apart, and the same for both.
          (response as http.ServerResponse).writeHead(statusCode, withoutHopByHop(headers));
          return response;
        },
      );
    } catch (error) {
      this.answerFailure(response, error);
    } finally {
      this.inFlight -= 1;
    }
  }

  /**
   * Ends the membership. With draining the requests in flight may finish until the draining timeout;
   * without it they are cut now. Resolves when none is left.
   */
  async remove(): Promise<void> {
    this.stopProbing();
    const { drainingSeconds } = this.settings;
    const inFlight = this.inFlight;
    if (drainingSeconds === undefined) {
      await this.cut("removed from its pool");
      this.write("member removed", { draining: false, cut: inFlight });
      return;
    }
    this.write("member draining", { inFlight, seconds: drainingSeconds });
    let cut = 0;
    const deadline = setTimeout(() => {
      cut = this.inFlight;
      void this.cut("draining timeout is over");
    }, drainingSeconds * 1000);
    await this.connections.close().finally(() => clearTimeout(deadline));
    this.write("member removed", { draining: true, cut });
  }

  /** The gateway itself goes away. */
  async stop(): Promise<void> {
    this.stopProbing();
    await this.cut("the gateway stopped");
  }

  private cut(reason: string): Promise<void> {
    return this.connections.destroy(new Error(reason));
  }

  private stopProbing(): void {
    this.stopped.abort();
    clearTimeout(this.nextProbe);
  }

  private answerFailure(response: ClientResponse, error: unknown): void {
    if (isGone(response)) {
      return; // The client went away first.
    }
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    const status = reason.endsWith("_TIMEOUT") ? 504 : 502;
    this.write("request failed", { status, reason, message: String(error) });
    if (response.headersSent) {
      response.destroy();
    } else {
      answer(response, status);
    }
  }

  private async probeOnce(): Promise<void> {
    const began = Date.now();
    const probe = this.probe;
    const failure = await this.ask(probe);
    if (this.stopped.signal.aborted) {
      return;
    }
    this.judge(probe, failure);
    const wait = Math.max(0, began + probe.intervalSeconds * 1000 - Date.now());
    this.nextProbe = setTimeout(() => void this.probeOnce(), wait);
  }

  /** Resolves to undefined when the member is healthy, else to the reason why not. */
  private ask(probe: HealthProbe): Promise<string | undefined> {
    const { address: host, port: memberPort } = this.member;
    const { port = memberPort } = probe;
    const signal = AbortSignal.any([
      this.stopped.signal,
      AbortSignal.timeout(probe.timeoutSeconds * 1000),
    ]);
    return new Promise((resolve) => {
      http
        .get(
          { host, port, path: probe.path, headers: { host: probe.host }, agent: false, signal },
          (response) => {
            const { statusCode = 0 } = response;
            response.on("error", (error) => resolve(error.message)).resume();
            response.on("end", () =>
              resolve(accepts(probe, statusCode) ? undefined : `status ${statusCode}`),
            );
          },
        )
        .on("error", (error) => resolve(error.message));
    });
  }

  private judge(probe: HealthProbe, failure: string | undefined): void {
    this.failedProbes = failure === undefined ? 0 : this.failedProbes + 1;
    if (failure === undefined && !this.isHealthy) {
      this.isHealthy = true;
      this.write("member healthy", { probe: probe.name });
    } else if (this.isHealthy && this.failedProbes >= probe.unhealthyThreshold) {
      this.isHealthy = false;
      this.write("member unhealthy", { probe: probe.name, reason: failure });
    }
  }

  private write(event: string, detail: Record<string, unknown>): void {
    const { address, port } = this.member;
    this.journal.write("gateway", event, {
      pool: this.pool,
      member: `${address}:${port}`,
      ...detail,
    });
  }
}

/** An answer of the gateway's own. */
export function answer(
  response: ClientResponse,
  status: number,
  headers: http.OutgoingHttpHeaders = {},
): void {
  (response as http.ServerResponse).writeHead(status, {
    "content-type": "text/plain",
    server: "gateway twin",
    ...headers,
  });
  response.end(`${status} ${http.STATUS_CODES[status]}\n`);
}

/** Whether there is no client any more to answer. */
function isGone(response: ClientResponse): boolean {
  return response instanceof Http2ServerResponse ? response.stream.destroyed : response.destroyed;
}

/** The host that a client asks for, as it wrote it. */
export function authorityOf({ headers }: ClientRequest): string {
  return String(headers[":authority"] ?? headers.host ?? "");
}

function headersFor(request: ClientRequest, host = authorityOf(request)): http.IncomingHttpHeaders {
  const { remoteAddress, remotePort, localPort } = request.socket;
  const client = `${remoteAddress}:${remotePort}`;
  const before = request.headers["x-forwarded-for"];
  return {
    ...withoutHopByHop(request.headers),
    host,
    "x-forwarded-for": before ? `${String(before)}, ${client}` : client,
    "x-forwarded-proto": "encrypted" in request.socket ? "https" : "http",
    "x-forwarded-port": String(localPort),
    "x-original-host": authorityOf(request),
  };
}

function withoutHopByHop(headers: http.IncomingHttpHeaders): http.IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith(":") && !HOP_BY_HOP.has(name)),
  );
}

function hasBody(request: ClientRequest): boolean {
  return request instanceof Http2ServerRequest
    ? !request.stream.endAfterHeaders
    : request.headers["transfer-encoding"] !== undefined ||
        Number(request.headers["content-length"] ?? 0) > 0;
}
