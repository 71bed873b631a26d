import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import { Pool } from "pg";

/**
 * A visitors' book, as a team writes it that has never heard of a rotation: its answers say nothing
 * of a slot, a version or a credential, and it makes its table itself, as whoever it logs in as.
 */

const { PASSWORD_FILE, PGPASSWORD, POOL_SIZE = "10", PORT = "3000" } = process.env;

/** Longer than a gateway keeps an idle connection, so that it is never this side that closes it. */
const KEEP_ALIVE_MS = 300_000;
const CONNECT_MS = 5_000;

// Host, port, database and user are PGHOST, PGPORT, PGDATABASE and PGUSER.
const pool = new Pool({
  password: PASSWORD_FILE === undefined ? PGPASSWORD : readFileSync(PASSWORD_FILE, "utf8"),
  ssl: true,
  max: Number(POOL_SIZE),
  connectionTimeoutMillis: CONNECT_MS,
});
// Sessions that the server ends while nobody uses them: the pool drops them.
pool.on("error", (error) => console.error("session ended:", error.message));

/** Several instances may start at once, so the first one does it and the others wait: any number will do. */
const MIGRATION_LOCK = 31_415;

/** One transaction: a query of several statements is one. */
const MIGRATE = `
  select pg_advisory_xact_lock(${MIGRATION_LOCK});
  create table if not exists visitors (
    id bigint generated always as identity primary key,
    name text not null
  );
  alter table visitors add column if not exists country text;
  create index if not exists visitors_name on visitors (name);`;

async function home(response: ServerResponse): Promise<void> {
  const { rows } = await pool.query<{ visitors: number }>(
    "select count(*)::int as visitors from visitors",
  );
  page(response, 200, `We have had ${rows[0]?.visitors} visitors.`);
}

function page(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, { "content-type": "text/html; charset=utf-8" })
    .end(`<!doctype html><title>Visitors</title><h1>Visitors' book</h1><p>${text}</p>\n`);
}

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
  switch (request.url?.split("?")[0]) {
    case "/":
      home(response).catch((error: unknown) => {
        console.error("request failed:", (error as Error).message);
        page(response, 503, "The book is closed for a moment.");
      });
      break;
    case "/health":
      response.end("ok\n");
      break;
    default:
      page(response, 404, "There is no such page.");
  }
});

process.once("SIGTERM", () => {
  // Requests under way are answered first.
  server.close(() => void pool.end());
});

await pool.query(MIGRATE);
server.listen(Number(PORT), () => console.log(`listening on ${PORT}`));
