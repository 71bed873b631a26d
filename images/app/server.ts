import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isNonce, NONCE_HEADER, PROOF_HEADER, proofOf } from "./binding.ts";
import { Database, reasonOf } from "./database.ts";
import { readSettings, SettingsError } from "./settings.ts";
import type { Settings } from "./settings.ts";
import { EventStreams, wait } from "./waiting.ts";

/**
 * Longer than the 4 minutes after which a gateway drops an idle connection, so that it is never
 * this side that closes a connection on which a request is already under way.
 */
const KEEP_ALIVE_MS = 300_000;

/** A draining pod is idle when nobody but probes has asked for this long. */
const QUIET_MS = 2_000;

function log(event: string, details: Record<string, unknown> = {}): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), event, ...details }));
}

function serve(settings: Settings): void {
  const { slot, generation, secretVersion, pod, trial, describe } = settings;
  const database = new Database(settings, (event, error) =>
    log(event, { reason: reasonOf(error) }),
  );
  const streams = new EventStreams();
  let quiet: NodeJS.Timeout | undefined;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "GET") {
      return send(response, 405, { error: "only GET is allowed" });
    }
    switch (request.url?.split("?")[0]) {
      case "/events":
        return streams.start(response, describe ? { slot, generation, secretVersion, pod } : {});
      case "/slow":
        await wait(request.url);
        return identify(request, response);
      case "/":
        return identify(request, response);
      case "/startupz":
        await database.proveLogin();
        return send(response, 200, { started: true });
      case "/readyz":
        if (quiet !== undefined) {
          return send(response, 503, { error: "draining" });
        }
        await database.proveAnswer();
        return send(response, 200, { ready: true });
      case "/healthz":
        return send(response, 200, { alive: true });
      default:
        return send(response, 404, { error: "not found" });
    }
  }

  /** Whoever gives a nonce learns whether this is the credential that they know; others learn nothing. */
  async function identify(request: IncomingMessage, response: ServerResponse): Promise<void> {
    quiet?.refresh();
    response.once("close", () => quiet?.refresh());
    const nonce = request.headers[NONCE_HEADER];
    if (nonce !== undefined && !isNonce(nonce)) {
      return send(response, 400, { error: `${NONCE_HEADER} must be 64 hexadecimal digits` });
    }
    const identity = await database.identity();
    if (nonce !== undefined) {
      const { host = "" } = request.headers;
      const { sessionUser } = identity;
      const password = await readFile(settings.database.passwordFile, "utf8");
      const answered = { nonce, host, slot, generation, secretVersion, sessionUser };
      response.setHeader(PROOF_HEADER, proofOf(password, answered));
    }
    send(
      response,
      200,
      describe ? { slot, generation, ...identity, secretVersion, pod } : { answered: true },
    );
  }

  function send(response: ServerResponse, status: number, body: Record<string, unknown>): void {
    response.setHeader("content-type", "application/json");
    response.setHeader("cache-control", "no-store");
    if (quiet !== undefined) {
      response.setHeader("connection", "close");
    }
    response.writeHead(status).end(JSON.stringify(body));
  }

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      const reason = reasonOf(error);
      log("request failed", { path: request.url, reason });
      send(response, 503, { error: "the database does not answer", reason });
    });
  });
  server.on("error", (error) => {
    log("cannot listen", { reason: reasonOf(error) });
    process.exitCode = 1;
  });
  // Schedulers and consumers of queues, which this sample does not have, start here unless `trial`.
  server.listen(settings.port, settings.address, () =>
    log("listening", { slot, generation, trial }),
  );

  // Gateways and Services learn late that a pod goes: it answers whoever still comes, tells them
  // not to come back on this connection, and only closes when nobody comes any more.
  process.once("SIGTERM", () => {
    log("draining");
    streams.end();
    quiet = setTimeout(() => {
      // Whoever had to wait long for an answer starts the time anew once more.
      if (server.listening) {
        server.close(() => void database.close());
      }
    }, QUIET_MS);
  });
}

try {
  serve(readSettings(process.env));
} catch (error) {
  if (!(error instanceof SettingsError)) {
    throw error;
  }
  console.error(error.message);
  process.exitCode = 2;
}
