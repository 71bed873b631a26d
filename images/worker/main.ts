import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { Client, Pool } from "pg";

/**
 * A letter box, as a team writes it that has a queue in its database: `web` takes a letter with each
 * visit, `work` answers letters, each in one transaction, and `count` is a Job that counts for so many
 * seconds.
 */

const { PASSWORD_FILE = "", POOL_SIZE = "4", PORT = "3000" } = process.env;

const CONNECT_MS = 5_000;
/** Longer than a gateway keeps an idle connection, so that it is never this side that closes it. */
const KEEP_ALIVE_MS = 300_000;
/** Seconds that an answer takes. */
const WORK_SECONDS = 0.2;
const IDLE_MS = 200;

/** Host, port, database and user are PGHOST, PGPORT, PGDATABASE and PGUSER. */
const login = {
  password: readFileSync(PASSWORD_FILE, "utf8"),
  ssl: true,
  connectionTimeoutMillis: CONNECT_MS,
};
const pool = new Pool({ ...login, max: Number(POOL_SIZE) });
// Sessions that the server ends while nobody uses them: the pool drops them.
pool.on("error", (error) => console.error("session ended:", error.message));
// One that is lost while it is at work also tells its query; without a listener it would end the process.
pool.on("connect", (client) => client.on("error", () => undefined));

/** Several instances may start at once, so the first one does it and the others wait: any number will do. */
const MIGRATION_LOCK = 27_182;

/** One transaction: a query of several statements is one. */
const MIGRATE = `
  select pg_advisory_xact_lock(${MIGRATION_LOCK});
  create table if not exists letters (
    id bigint generated always as identity primary key,
    answered boolean not null default false
  );
  create table if not exists answers (
    letter bigint primary key references letters,
    by text not null default session_user
  );`;

/** A letter that nobody else is at. */
const TAKE = `
  select id from letters where not answered order by id limit 1 for update skip locked`;

/** @returns whether there was a letter to answer */
async function answerOne(): Promise<boolean> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const { rows } = await client.query<{ id: string }>(TAKE);
    const [letter] = rows;
    if (letter !== undefined) {
      await client.query("select pg_sleep($1)", [WORK_SECONDS]);
      await client.query("insert into answers (letter) values ($1)", [letter.id]);
      await client.query("update letters set answered = true where id = $1", [letter.id]);
    }
    await client.query("commit");
    client.release();
    return letter !== undefined;
  } catch (error) {
    // Its transaction ends with its session.
    client.release(true);
    throw error;
  }
}

/** Answers letters until it is told to end, and then the one that it has begun. */
async function answerAll(isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const found = await answerOne().catch((error: unknown) => {
      console.error("a letter waits:", (error as Error).message);
      return false;
    });
    if (!found) {
      await pause(IDLE_MS);
    }
  }
}

/** Logs in anew: sessions of before would say nothing about the password. */
async function logIn(): Promise<void> {
  const client = new Client(login);
  client.on("error", () => undefined);
  try {
    await client.connect();
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function take(): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    "insert into letters default values returning id",
  );
  return `Your letter has number ${rows[0]?.id}.`;
}

/** Serves a home page, if there is one, and what probes ask. */
function listen(home: () => Promise<string>) {
  const answer = async (path: string | undefined): Promise<string | undefined> => {
    switch (path) {
      case "/":
        return home();
      case "/ready":
        await logIn();
        return "ready";
      case "/health":
        return "alive";
      default:
        return undefined;
    }
  };
  const listener: RequestListener = ({ url }, response) => {
    answer(url?.split("?")[0]).then(
      (text) => response.writeHead(text === undefined ? 404 : 200).end(`${text ?? "nothing"}\n`),
      (error: unknown) => {
        console.error("request failed:", (error as Error).message);
        response.writeHead(503).end("not now\n");
      },
    );
  };
  return createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, listener).listen(Number(PORT), () =>
    console.log(`listening on ${PORT}`),
  );
}

async function web(): Promise<void> {
  await pool.query(MIGRATE);
  const server = listen(take);
  process.once("SIGTERM", () => {
    // Requests under way are answered first.
    server.close(() => void pool.end());
  });
}

async function work(): Promise<void> {
  await pool.query(MIGRATE);
  let isOver = false;
  const server = listen(() => Promise.resolve("at work"));
  process.once("SIGTERM", () => (isOver = true));
  await Promise.all(Array.from({ length: Number(POOL_SIZE) }, () => answerAll(() => isOver)));
  server.close();
  await pool.end();
}

async function count(seconds: number): Promise<void> {
  const client = new Client(login);
  await client.connect();
  for (let second = 0; second < seconds; second++) {
    await client.query("select pg_sleep(1)");
  }
  await client.end();
}

const [command, seconds] = process.argv.slice(2);
await (command === "count" ? count(Number(seconds)) : command === "work" ? work() : web());
