import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "pg";
import { asManyAs } from "./asMany.ts";
import { answersInARow, readQuestions } from "./answers.ts";
import { readMeans } from "./binding.ts";
import { endSessions, isUnavailable, readRotator, readServer } from "./database.ts";
import { troubleOf, withSession } from "./database.ts";
import type { Login, Server } from "./database.ts";
import { Disproved, Undecided } from "./evidence.ts";
import type { Facts } from "./evidence.ts";
import { readCluster } from "./kubernetes.ts";
import { closedTo, compareRoles } from "./parity.ts";
import type { Parity } from "./parity.ts";
import { Settings } from "./settings.ts";

const PAUSE_MS = 500;
/** Enough to see what is wrong, without making the one line of evidence a book. */
const MOST_NAMED = 50;

/**
 * Proves that a slot may be given traffic: its credential logs in anew, its role may do what the
 * other slot's role may do, and its pods, as many as the other slot has to have, answer with this
 * credential and no older one.
 */
export async function beforePromotion(environment: NodeJS.ProcessEnv): Promise<Facts> {
  const settings = new Settings(environment);
  const server = readServer(settings);
  const rotator = readRotator(settings);
  const login = { user: settings.text("PGUSER"), passwordFile: settings.file("PASSWORD_FILE") };
  const otherRole = settings.text("OTHER_ROLE");
  const ownerRole = settings.text("OWNER_ROLE");
  const expected = {
    slot: settings.slot("SLOT"),
    generation: settings.integer("GENERATION", 0),
    secretVersion: settings.secretVersion("SECRET_VERSION"),
    sessionUser: login.user,
  };
  const endLeftovers = settings.flag("END_LEFTOVERS");
  const cluster = readCluster(settings);
  const deployment = settings.text("DEPLOYMENT");
  const other = settings.text("AS_MANY_AS");
  const questions = readQuestions(settings, "STAGE");
  const means = readMeans(settings);
  settings.check();

  const session = await freshSession(server, login, questions.deadline, async (client) => {
    const { rows } = await client.query<{ user: string }>("select session_user::text as user");
    return {
      user: rows[0]?.user,
      parity: await parityWith(client, login.user, otherRole),
      closed: await closedTo(client, login.user, ownerRole),
    };
  });
  if (session.user !== login.user) {
    throw new Disproved(`The login as ${login.user} is a session of ${session.user}`);
  }
  const { differences, owned } = session.parity ?? { differences: [], owned: [] };
  if (differences.length > 0 || owned.length > 0) {
    const reason =
      differences.length > 0
        ? `${login.user} and ${otherRole} have different privileges`
        : `What ${login.user} or ${otherRole} owns, the other cannot use`;
    throw new Disproved(reason, {
      differences: differences.slice(0, MOST_NAMED),
      owned: owned.slice(0, MOST_NAMED),
      notNamed: notNamed(differences) + notNamed(owned),
    });
  }
  const ready = await asManyAs(cluster, deployment, other, questions.deadline);
  // The database checks a password only when a session begins. With all sessions ended, whoever
  // answers from now on has logged in with this credential.
  const sessionsEnded = endLeftovers ? await endSessions(server, rotator, login.user) : 0;
  const sameRightsAs = session.parity === undefined ? "no other role yet" : otherRole;
  // No reason to fail: what the slot cannot use, production does without today.
  const closed = session.closed.slice(0, MOST_NAMED);
  return {
    sameRightsAs,
    closed,
    ready,
    sessionsEnded,
    ...(await answersInARow(questions, expected, means)),
  };
}

/** Undefined when there is no other role: on the very first deployment this one is made first. */
async function parityWith(
  client: Client,
  mine: string,
  other: string,
): Promise<Parity | undefined> {
  const { rowCount } = await client.query("select from pg_roles where rolname = $1", [other]);
  return rowCount === 0 ? undefined : compareRoles(client, mine, other);
}

/** Tries again while the database is away; a refusal is final. */
async function freshSession<T>(
  server: Server,
  login: Login,
  deadline: number,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await withSession(server, login, use);
    } catch (error) {
      const { sqlstate, message } = troubleOf(error);
      if (!isUnavailable(error)) {
        throw new Disproved(`The login as ${login.user} failed: ${message}`, { sqlstate });
      }
      if (Date.now() >= deadline) {
        throw new Undecided(`The database is unavailable: ${message}`, { sqlstate });
      }
    }
    // A database that restarts or fails over does not say when it is back.
    await pause(PAUSE_MS);
  }
}

function notNamed(list: readonly string[]): number {
  return Math.max(0, list.length - MOST_NAMED);
}
