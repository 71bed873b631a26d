import { Client, DatabaseError } from "pg";

/** Where a database is. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly name: string;
}

const CONNECT_MS = 5_000;
const STATEMENT_MS = 10_000;

/**
 * What a session begins with, whatever its role was given: whoever holds its password may have set the
 * rest. Names mean PostgreSQL's own things, and nothing is loaded that is not there.
 */
const OPTIONS = [
  "search_path=pg_catalog,pg_temp",
  "role=none",
  "local_preload_libraries=",
  "lock_timeout=0",
  "idle_session_timeout=0",
];

/**
 * Runs `use` in a fresh session over verified TLS, which is ended whatever happens.
 *
 * @param purpose by what the server's log knows the session
 * @param options further settings of the session, such as `lock_timeout=500`
 */
export async function withDatabase<T>(
  { host, port, name }: DatabaseAddress,
  credential: { readonly user: string; readonly password: string },
  purpose: string,
  use: (client: Client) => Promise<T>,
  options: readonly string[] = [],
): Promise<T> {
  const client = new Client({
    host,
    port,
    database: name,
    ...credential,
    application_name: purpose,
    options: [...OPTIONS, ...options].map((option) => `-c ${option}`).join(" "),
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

/** SQLSTATE of what the server said; undefined where it said nothing. */
export function sqlstateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}
