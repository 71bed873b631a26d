// A list of tasks with Knex: its pool, and its migrations at the start.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import Knex from "knex";

const { DATABASE_URL, PASSWORD_FILE, PORT = "3000" } = process.env;
/** Two at least: a migration needs one beside that of its lock. */
const POOL_SIZE = Number(process.env.POOL_SIZE ?? 5);

/** Longer than a gateway keeps an idle connection, so that it is never this side that closes it. */
const KEEP_ALIVE_MS = 300_000;
const CONNECT_MS = 5_000;

/** Any number will do, as long as all instances have the same. */
const MIGRATION_LOCK = 27_182;

/** The password as part of DATABASE_URL, in PASSWORD_FILE, or as PGPASSWORD, which the driver reads itself. */
function connection() {
  const always = { ssl: true, connectionTimeoutMillis: CONNECT_MS };
  if (DATABASE_URL !== undefined) {
    return { ...always, connectionString: DATABASE_URL };
  }
  if (PASSWORD_FILE === undefined) {
    return always;
  }
  const password = readFileSync(PASSWORD_FILE, "utf8");
  // Knex keeps what it is told until this says true; one that always does gives out no connection at all.
  const expirationChecker = () => readFileSync(PASSWORD_FILE, "utf8") !== password;
  return { ...always, password, expirationChecker };
}

const knex = Knex({
  client: "pg",
  connection,
  pool: { min: 0, max: POOL_SIZE },
  acquireConnectionTimeout: CONNECT_MS,
  migrations: { directory: `${import.meta.dirname}/migrations`, loadExtensions: [".mjs"] },
});

/**
 * One instance after the other. Knex itself only refuses the second one, by a row that somebody who is
 * killed leaves behind, so that nobody can start any more: who holds the lock may free it.
 */
async function migrate() {
  await knex.transaction(async (transaction) => {
    await transaction.raw("select pg_advisory_xact_lock(?)", [MIGRATION_LOCK]);
    await knex.migrate.forceFreeMigrationsLock();
    await knex.migrate.latest();
  });
}

async function answer(request, response) {
  switch (request.url.split("?")[0]) {
    case "/": {
      const [{ count }] = await knex("tasks").count();
      return send(response, 200, { tasks: Number(count) });
    }
    case "/health":
      return send(response, 200, { alive: true });
    default:
      return send(response, 404, { error: "not found" });
  }
}

function send(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
  answer(request, response).catch((error) => {
    console.error("request failed:", error.code, error.message);
    send(response, 503, { error: "try again" });
  });
});

// Requests under way are answered first.
process.once("SIGTERM", () => server.close(() => void knex.destroy()));

try {
  await migrate();
  server.listen(Number(PORT), () => console.log(`listening on ${PORT}`));
} catch (error) {
  console.error("cannot start:", error.code, error.message);
  process.exitCode = 1;
  await knex.destroy();
}
