import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { Client, DatabaseError } from "pg";
import { Disproved, Undecided } from "./evidence.ts";
import type { Settings } from "./settings.ts";

/** Where the database is. */
export interface Server {
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

/** A role and the file with its password. */
export interface Login {
  readonly user: string;
  readonly passwordFile: string;
  /**
   * Whether its session acts as the role that it was set to act as.
   * @default as itself
   */
  readonly actsAsSet?: boolean;
}

/** The role that may count and end the sessions of the slots' roles. */
export interface Rotator extends Login {
  /** Schema of the two functions with which it does so. */
  readonly schema: string;
  /** Database of that schema; undefined for the one that the slots log in to. */
  readonly database: string | undefined;
}

const CONNECT_MS = 5_000;
const STATEMENT_MS = 10_000;
const PAUSE_MS = 100;
const RETRY_MS = 500;

export function readServer(settings: Settings): Server {
  return {
    host: settings.text("PGHOST"),
    port: settings.integer("PGPORT", 1, 65535),
    database: settings.text("PGDATABASE"),
  };
}

export function readRotator(settings: Settings): Rotator {
  return {
    schema: settings.text("ROTATOR_SCHEMA"),
    database: settings.optional("ROTATOR_DATABASE"),
    user: settings.text("ROTATOR_USER"),
    passwordFile: settings.file("ROTATOR_PASSWORD_FILE"),
  };
}

/**
 * What every session begins with, whatever its role was given: whoever holds its password may have
 * set the rest. Names mean PostgreSQL's own things, and nothing is loaded that is not there.
 */
const OPTIONS = [
  "search_path=pg_catalog,pg_temp",
  "local_preload_libraries=",
  "lock_timeout=0",
  "idle_session_timeout=0",
  "idle_in_transaction_session_timeout=0",
];
const AS_ITSELF = "role=none";

/** Runs `use` in a fresh session, which is ended whatever happens. */
export async function withSession<T>(
  server: Server,
  login: Login,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({
    ...server,
    user: login.user,
    password: () => readFile(login.passwordFile, "utf8"),
    application_name: "proof",
    options: [...OPTIONS, ...(login.actsAsSet === true ? [] : [AS_ITSELF])]
      .map((option) => `-c ${option}`)
      .join(" "),
    // Further authorities come from NODE_EXTRA_CA_CERTS only; there is no way to verify less.
    ssl: { rejectUnauthorized: true },
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS,
  });
  // A session that is lost also tells its query; without a listener it would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end();
  }
}

/**
 * As `withSession`, for a credential that is to be proved: tries again while the database is away; a
 * refusal is final. `use` begins anew when its session is lost.
 *
 * @param deadline milliseconds since the epoch
 */
export async function freshSession<T>(
  server: Server,
  login: Login,
  deadline: number,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await withSession(server, login, use);
    } catch (error) {
      if (error instanceof Disproved || error instanceof Undecided) {
        throw error;
      }
      const { sqlstate, message } = troubleOf(error);
      if (!isUnavailable(error)) {
        throw new Disproved(`The login as ${login.user} failed: ${message}`, { sqlstate });
      }
      if (Date.now() >= deadline) {
        throw new Undecided(`The database is unavailable: ${message}`, { sqlstate });
      }
    }
    // A database that restarts or fails over does not say when it is back.
    await pause(RETRY_MS);
  }
}

/** As `withSession`, for the rotator, whose troubles leave every question open. */
async function asRotator<T>(
  server: Server,
  rotator: Rotator,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const { database = server.database } = rotator;
  try {
    return await withSession({ ...server, database }, rotator, use);
  } catch (error) {
    const { sqlstate, message } = troubleOf(error);
    throw new Undecided(`The role ${rotator.user} could not do its part: ${message}`, { sqlstate });
  }
}

/** What the catalogue says of a role. */
export interface RoleState {
  /** By which the log of the server's sessions knows it. */
  readonly id: number;
  readonly canLogin: boolean;
  readonly sessions: number;
}

export function roleState(server: Server, rotator: Rotator, role: string): Promise<RoleState> {
  return asRotator(server, rotator, async (client) => {
    const { rows } = await client.query<{ id: string; canLogin: boolean }>(
      'select oid::text as id, rolcanlogin as "canLogin" from pg_roles where rolname = $1',
      [role],
    );
    if (rows[0] === undefined) {
      throw new Error(`there is no role ${role}`);
    }
    const { id, canLogin } = rows[0];
    const sessions = (await sessionIds(client, role)).length;
    return { id: Number(id), canLogin, sessions };
  });
}

/** Sessions of a slot's role, counted by the rotator. */
export function countSessions(server: Server, rotator: Rotator, role: string): Promise<number> {
  return asRotator(server, rotator, (client) => callFor(client, rotator, "count_sessions", role));
}

/** Seconds that PostgreSQL gives a login. */
export function loginSeconds(server: Server, rotator: Rotator): Promise<number> {
  return asRotator(server, rotator, async (client) => {
    const { rows } = await client.query<{ seconds: string }>(
      "select setting as seconds from pg_catalog.pg_settings where name = 'authentication_timeout'",
    );
    return Number(rows[0]?.seconds);
  });
}

/**
 * Ends all sessions of a slot's role and waits until those are gone, because PostgreSQL only
 * signals a session to end. Sessions that came meanwhile are none of its business.
 * @returns how many were ended
 */
export function endSessions(server: Server, rotator: Rotator, role: string): Promise<number> {
  return asRotator(server, rotator, async (client) => {
    const before = await sessionIds(client, role);
    const ended = await callFor(client, rotator, "end_sessions", role);
    const deadline = Date.now() + STATEMENT_MS;
    while ((await sessionIds(client, role)).some((id) => before.includes(id))) {
      if (Date.now() > deadline) {
        throw new Error(`sessions of ${role} did not end in ${STATEMENT_MS / 1000} s`);
      }
      // The server does not tell when a session of somebody else has ended.
      await pause(PAUSE_MS);
    }
    return ended;
  });
}

/** SQLSTATE where the server said one, and the text. */
export function troubleOf(error: unknown): { sqlstate: string | undefined; message: string } {
  return {
    sqlstate: error instanceof DatabaseError ? error.code : undefined,
    message: error instanceof Error ? error.message || error.name : String(error),
  };
}

/**
 * Whether the server could not be asked at all (network, starting, stopping, full), so that its
 * answer says nothing about the credential.
 */
export function isUnavailable(error: unknown): boolean {
  const { sqlstate } = troubleOf(error);
  return sqlstate === undefined || /^(08|53|57P)/.test(sqlstate);
}

async function callFor(
  client: Client,
  { schema }: Rotator,
  name: "count_sessions" | "end_sessions",
  role: string,
): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `select ${client.escapeIdentifier(schema)}.${name}($1) as count`,
    [role],
  );
  return Number(rows[0]?.count);
}

async function sessionIds(client: Client, role: string): Promise<number[]> {
  const { rows } = await client.query<{ pid: number }>(
    "select pid from pg_catalog.pg_stat_activity where usename = $1",
    [role],
  );
  return rows.map(({ pid }) => pid);
}
