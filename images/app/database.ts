import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { Client, Pool } from "pg";
import type { ClientConfig, PoolClient, QueryConfig, QueryResult } from "pg";
import type { Settings } from "./settings.ts";

/** What the database says about who is asking. */
export interface Identity {
  readonly sessionUser: string;
  readonly visibleTables: number;
}

const IDENTITY = `
  select session_user::text as "sessionUser", count(c.oid)::int as "visibleTables"
    from pg_catalog.pg_namespace n
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f')
   where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
     and pg_catalog.has_schema_privilege(n.oid, 'USAGE')
     and pg_catalog.has_table_privilege(c.oid, 'SELECT')`;

/** Together below the 5 s after which a probe or a caller gives up. */
const CONNECT_MS = 2_500;
const STATEMENT_MS = 2_000;
/** How long readiness hears nothing of the database before it says so; a probe still hears that. */
const SILENCE_MS = 4_000;

/**
 * SQLSTATE, system code or (where the driver has no code) text of an error which says that the
 * session is gone, not that the query is wrong: ended by an administrator, by a shutdown or a
 * crash of the server, or by the network.
 */
const SESSION_ENDED = new Set([
  "57P01",
  "57P02",
  "57P05",
  "ECONNRESET",
  "EPIPE",
  "Connection terminated unexpectedly",
  "Client has encountered a connection error and is not queryable",
]);

/**
 * The pod's sessions: a pool, and beside it one fresh login at the start. Later there is none: a
 * role that is at its connection limit, or a server that is slow to log in, would make all pods look
 * broken together, although their pools serve.
 */
export class Database {
  private readonly pool: Pool;
  private readonly config: ClientConfig;
  /** When each pooled session was made, as a running number. */
  private readonly born = new WeakMap<PoolClient, number>();
  private sessions = 0;
  private login: Promise<void> | undefined;
  private question: Promise<void> | undefined;
  /** Tells the open question, if there is one, that the database has answered a pooled session. */
  private hear: () => void = () => undefined;

  constructor(settings: Settings, report: (event: string, error: unknown) => void) {
    const { host, port, name, user, applicationName, passwordFile } = settings.database;
    this.config = {
      host,
      port,
      database: name,
      user,
      application_name: applicationName,
      // A function is asked for every new connection, so a replaced file counts at once.
      password: () => readFile(passwordFile, "utf8"),
      // Further authorities come from NODE_EXTRA_CA_CERTS only; there is no way to verify less.
      ssl: { rejectUnauthorized: true },
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      query_timeout: STATEMENT_MS,
      keepAlive: true,
    };
    this.pool = new Pool({ ...this.config, max: settings.poolSize });
    this.pool.on("connect", (client) => {
      this.born.set(client, ++this.sessions);
      // The pool listens to idle sessions only; a session that is lost while lent out also tells
      // its query, and without a listener it would end the process.
      client.on("error", () => undefined);
    });
    // Idle sessions that the server ends; the pool drops them by itself.
    this.pool.on("error", (error) => report("idle session ended", error));
  }

  /** Who the pooled session is and how many tables it can read. */
  async identity(): Promise<Identity> {
    const client = await this.pool.connect();
    try {
      return await this.identify(client);
    } catch (error) {
      if (!SESSION_ENDED.has(reasonOf(error))) {
        throw error;
      }
    }
    // A read may be asked again: the session was ended under it, which says nothing about the
    // credential. Once only, and not on another session that may have been ended with it.
    return this.identify(await this.sessionYoungerThan(this.sessions));
  }

  /**
   * Logs in anew and leaves, until that has worked once: from then on it is proved for as long as
   * the pod lives. Probes that ask at the same time share one login.
   *
   * @throws what the login ended with
   */
  proveLogin(): Promise<void> {
    this.login ??= this.logIn().catch((error: unknown) => {
      this.login = undefined;
      throw error;
    });
    return this.login;
  }

  /**
   * Proves that the database answers the pool, and logs in only where a request would have to as
   * well. A pool in full use is no reason to be unready: the question waits its turn as every
   * request does, and whatever another session is answered meanwhile is as good as its own answer.
   * Its own failure counts when no session is at work, or when none was answered in 4 s. Probes that
   * ask at the same time share one question.
   *
   * @throws what the question ended with
   */
  proveAnswer(): Promise<void> {
    this.question ??= this.askOrHear().finally(() => (this.question = undefined));
    return this.question;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async askOrHear(): Promise<void> {
    const deadline = performance.now() + SILENCE_MS;
    const { promise: heard, resolve } = Promise.withResolvers<void>();
    this.hear = resolve;
    const asked = this.pool.connect().then((client) => this.use(client, { text: "select 1" }));
    try {
      await Promise.race([asked, heard]);
    } catch (error) {
      if (this.pool.idleCount === this.pool.totalCount) {
        throw error;
      }
      // Its own session was not to be had, or was lost; others are at work.
      const silence = pause(deadline - performance.now()).then(() =>
        Promise.reject(error as Error),
      );
      await Promise.race([heard, silence]);
    }
  }

  private async identify(client: PoolClient): Promise<Identity> {
    // Named: each session plans it once, and does half the work from then on.
    const { rows } = await this.use<Identity>(client, { name: "identity", text: IDENTITY });
    const [identity] = rows;
    if (identity === undefined) {
      throw new Error("The database answered without a row.");
    }
    return identity;
  }

  /** Asks one question and gives the session back. */
  private async use<Row extends object>(
    client: PoolClient,
    query: QueryConfig,
  ): Promise<QueryResult<Row>> {
    let failure: Error | undefined;
    try {
      const result = await client.query<Row>(query);
      this.hear();
      return result;
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      client.release(failure);
    }
  }

  /** Ends when all older sessions are gone, which are never more than the pool holds. */
  private async sessionYoungerThan(session: number): Promise<PoolClient> {
    for (;;) {
      const client = await this.pool.connect();
      if ((this.born.get(client) ?? 0) > session) {
        return client;
      }
      client.release(true);
    }
  }

  private async logIn(): Promise<void> {
    const client = new Client(this.config);
    // Without a listener, a connection lost after the login would end the process.
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.query("select 1");
    } finally {
      // Not awaited: the login is proved, and a network that is lost now must not hold the answer.
      void client.end();
    }
  }
}

/** SQLSTATE or system code of an error, else its text; the driver puts no secret into either. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === "string" ? code : String(message);
}
