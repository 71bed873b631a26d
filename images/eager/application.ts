import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import type { ClientConfig } from "pg";
import { isNonce, NONCE_HEADER, PROOF_HEADER, proofOf } from "../app/binding.ts";
import { readSettings } from "../app/settings.ts";
import type { Settings } from "../app/settings.ts";
import { EventStreams, wait } from "../app/waiting.ts";

/** Who answers, as a pod describes itself. */
interface Identity extends Pick<Settings, "slot" | "generation" | "secretVersion" | "pod"> {
  readonly sessionUser: string;
}

/** What is wrong with an image, for rehearsals; by default nothing is. */
export interface Faults {
  /** Whether the pod may say that it is ready; by default as soon as its pool answers. */
  readonly mayBeReady?: (settings: Settings) => boolean;
  /** What it says in place of who it is. */
  readonly says?: (identity: Identity) => Identity;
  /** Whether each probe of readiness logs in anew instead of asking the pool. */
  readonly readyByLogin?: boolean;
  /** With what it logs in in place of its password. */
  readonly logsInWith?: (password: string) => string;
}

const CONNECT_MS = 2_500;
/** A request waits so long for a session, as with HikariCP's `connectionTimeout`. */
const WAIT_MS = 4_000;
const TRANSACTION_SECONDS = 20;
const KEEP_ALIVE_MS = 300_000;
const QUIET_MS = 2_000;
/** SQLSTATE of what the role may not do. */
const NOT_PERMITTED = "42501";

class EagerPool {
  private readonly idle: Client[] = [];
  private readonly waiting: ((session: Client) => void)[] = [];

  private readonly config: ClientConfig;

  private constructor(config: ClientConfig) {
    this.config = config;
  }

  /**
   * Resolves with the first connection; the others follow at once, and whatever can be had is held.
   *
   * @throws what the first connection ended with
   */
  static async open(config: ClientConfig, size: number): Promise<EagerPool> {
    const pool = new EagerPool(config);
    pool.put(await pool.connect());
    void pool.fill((session) => {
      // Ends with its session, as everything does that holds one for good.
      pool.work(session).catch((error: unknown) => fail("a transaction was lost", error));
    });
    for (let more = 2; more < size; more++) {
      void pool.fill();
    }
    return pool;
  }

  async query(text: string): Promise<Record<string, unknown>> {
    const session = await this.take();
    try {
      const { rows } = await session.query<Record<string, unknown>>(text);
      this.put(session);
      return rows[0] ?? {};
    } catch (error) {
      // Whether it is lost or not: another one takes its place.
      void session.end();
      throw error;
    }
  }

  /** Long transactions, one after the other, each with a temporary table. */
  private async work(session: Client): Promise<void> {
    let mayHaveTables = true;
    for (;;) {
      await session.query("begin");
      try {
        await session.query(
          mayHaveTables ? "create temporary table work (n int) on commit drop" : "select 1",
        );
        await session.query(`select pg_sleep(${TRANSACTION_SECONDS})`);
      } catch (error) {
        if (codeOf(error) !== NOT_PERMITTED) {
          throw error;
        }
        mayHaveTables = false;
        log("no temporary tables", { reason: NOT_PERMITTED });
      }
      await session.query("commit");
    }
  }

  private async connect(): Promise<Client> {
    const session = new Client(this.config);
    session.on("error", (error) => log("session lost", { reason: codeOf(error) }));
    await session.connect();
    session.once("end", () => {
      const at = this.idle.indexOf(session);
      if (at >= 0) {
        this.idle.splice(at, 1);
      }
      void this.fill();
    });
    return session;
  }

  /** Tries once a second until one connection more is there. */
  private async fill(use = (session: Client) => this.put(session)): Promise<void> {
    for (;;) {
      try {
        return use(await this.connect());
      } catch (error) {
        log("cannot connect", { reason: codeOf(error) });
        await pause(1_000);
      }
    }
  }

  private put(session: Client): void {
    const next = this.waiting.shift();
    if (next === undefined) {
      this.idle.push(session);
    } else {
      next(session);
    }
  }

  private take(): Promise<Client> {
    const session = this.idle.shift();
    if (session !== undefined) {
      return Promise.resolve(session);
    }
    return new Promise((resolve, reject) => {
      const waiting = (taken: Client) => {
        clearTimeout(timer);
        resolve(taken);
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1);
        reject(Object.assign(new Error("no session"), { code: "POOL_TIMEOUT" }));
      }, WAIT_MS);
      this.waiting.push(waiting);
    });
  }
}

function log(event: string, details: Record<string, unknown> = {}): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), event, ...details }));
}

/** SQLSTATE or system code of an error, else its text. */
function codeOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === "string" ? code : String(message);
}

async function serve(
  settings: Settings,
  {
    mayBeReady = () => true,
    says = (identity) => identity,
    readyByLogin = false,
    logsInWith = (password) => password,
  }: Faults,
): Promise<void> {
  const { slot, generation, secretVersion, pod, database, poolSize, trial, describe } = settings;
  const password = await readFile(database.passwordFile, "utf8");
  const config: ClientConfig = {
    host: database.host,
    port: database.port,
    database: database.name,
    user: database.user,
    application_name: database.applicationName,
    password: logsInWith(password),
    ssl: { rejectUnauthorized: true },
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  };
  const pool = await EagerPool.open(config, poolSize);
  const streams = new EventStreams();
  let quiet: NodeJS.Timeout | undefined;

  async function answerTo(
    path: string,
    { url, headers }: IncomingMessage,
    response: ServerResponse,
  ): Promise<Record<string, unknown> | undefined> {
    switch (path) {
      case "/":
      case "/slow": {
        if (path === "/slow") {
          await wait(url);
        }
        quiet?.refresh();
        const row = await pool.query('select session_user::text as "sessionUser"');
        const identity = says({
          ...{ slot, generation, secretVersion, pod },
          sessionUser: String(row["sessionUser"]),
        });
        const { [NONCE_HEADER]: nonce, host = "" } = headers;
        if (isNonce(nonce)) {
          response.setHeader(PROOF_HEADER, proofOf(password, { nonce, host, ...identity }));
        }
        return describe ? { ...identity } : { answered: true };
      }
      case "/startupz":
        // It listens only after the first login of its pool, which is a fresh one.
        return { started: true };
      case "/readyz":
        if (!mayBeReady(settings)) {
          throw new Error("not ready");
        }
        // Waits its turn as a request does, and less than a probe waits.
        await (readyByLogin ? logIn(config) : pool.query("select 1"));
        return { ready: true };
      case "/healthz":
        return { alive: true };
      default:
        return undefined;
    }
  }

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const path = request.url?.split("?")[0] ?? "";
    if (quiet !== undefined) {
      response.setHeader("connection", "close");
    }
    if (quiet !== undefined && path === "/readyz") {
      return send(response, 503, { error: "draining" });
    }
    if (path === "/events") {
      return streams.start(response, describe ? { slot, generation, secretVersion, pod } : {});
    }
    answerTo(path, request, response).then(
      (body) => send(response, body ? 200 : 404, body ?? { error: "not found" }),
      (error: unknown) => send(response, 503, { reason: codeOf(error) }),
    );
  });
  server.listen(settings.port, settings.address, () =>
    log("listening", { slot, generation, trial }),
  );
  process.once("SIGTERM", () => {
    streams.end();
    quiet = setTimeout(() => {
      if (server.listening) {
        server.close(() => process.exit());
      }
    }, QUIET_MS);
  });
}

async function logIn(config: ClientConfig): Promise<void> {
  const client = new Client(config);
  client.on("error", () => undefined);
  try {
    await client.connect();
  } finally {
    void client.end();
  }
}

function send(response: ServerResponse, status: number, body: Record<string, unknown>): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/**
 * An application as many are, for rehearsals: its pool opens all its connections at the start and
 * holds what it gets, as HikariCP does; it ends when it gets none; and one of them is always in a
 * long transaction over a temporary table. Settings are those of the sample application.
 */
export function start(faults: Faults = {}): void {
  serve(readSettings(process.env), faults).catch((error: unknown) => fail("cannot start", error));
}

function fail(event: string, error: unknown): void {
  log(event, { reason: codeOf(error) });
  process.exit(1);
}
