import { asManyAs } from "./asMany.ts";
import { answersInARow, readDeadline, readQuestions } from "./answers.ts";
import { endSessions, freshSession, readRotator, readServer } from "./database.ts";
import type { Login, Server } from "./database.ts";
import { Disproved } from "./evidence.ts";
import type { Facts } from "./evidence.ts";
import { byIdentity } from "./identity.ts";
import { readCluster } from "./kubernetes.ts";
import { lateLoginsOver } from "./lateLogins.ts";
import { readMeans } from "./means.ts";
import { closedTo, compareRoles, MOST_NAMED } from "./parity.ts";
import { Settings } from "./settings.ts";
import { podsReady } from "./slotPods.ts";
import { byStatusOfStage } from "./status.ts";

/**
 * Proves that a slot may be given traffic: its credential logs in anew, its role may do what
 * it has to, and, where it has pods before it serves, these, as many as the other slot has to have,
 * answer with this credential and no older one.
 */
export async function beforePromotion(environment: NodeJS.ProcessEnv): Promise<Facts> {
  const settings = new Settings(environment);
  const credential = readCredential(settings);
  const stage = settings.optional("STAGE_HOST") === undefined ? undefined : readStage(settings);
  settings.check();

  const rights = await mayServe(credential);
  return { ...rights, ...(stage && (await answersOnStage(credential, stage))) };
}

type NewCredential = ReturnType<typeof readCredential>;
type Stage = ReturnType<typeof readStage>;

function readCredential(settings: Settings) {
  return {
    server: readServer(settings),
    login: { user: settings.text("PGUSER"), passwordFile: settings.file("PASSWORD_FILE") },
    otherRole: settings.text("OTHER_ROLE"),
    group: settings.text("GROUP_ROLE"),
    ownerRole: settings.text("OWNER_ROLE"),
    connectionLimit: settings.integer("CONNECTION_LIMIT", 1),
    actAsRole: settings.optional("ACT_AS_ROLE"),
    deadline: readDeadline(settings),
  };
}

function readStage(settings: Settings) {
  const means = readMeans(settings);
  return {
    rotator: readRotator(settings),
    expected: {
      slot: settings.slot("SLOT"),
      generation: settings.integer("GENERATION", 0),
      secretVersion: settings.secretVersion("SECRET_VERSION"),
      sessionUser: settings.text("PGUSER"),
    },
    endLeftovers: settings.flag("END_LEFTOVERS"),
    cluster: readCluster(settings),
    deployment: settings.text("DEPLOYMENT"),
    selectors: settings.selectors("POD_SELECTORS"),
    other: settings.text("AS_MANY_AS"),
    questions: readQuestions(settings, "STAGE"),
    means,
    credential: means.by === "status" ? settings.credential("CREDENTIAL") : undefined,
  };
}

/** The credential logs in, and its role may do what the others may. */
async function mayServe({
  server,
  login,
  otherRole,
  group,
  ownerRole,
  connectionLimit,
  actAsRole,
  deadline,
}: NewCredential): Promise<Facts> {
  const actsAs = actAsRole && (await acting(server, login, actAsRole, deadline));
  const session = await freshSession(server, login, deadline, async (client) => {
    const { rows } = await client.query<{ user: string }>("select session_user::text as user");
    const { rowCount } = await client.query("select from pg_roles where rolname = $1", [otherRole]);
    const other = rowCount === 0 ? undefined : otherRole;
    return {
      user: rows[0]?.user,
      other,
      ...(await compareRoles(client, login.user, {
        other,
        group,
        owner: ownerRole,
        connectionLimit,
      })),
      closed: await closedTo(client, login.user, ownerRole),
    };
  });
  if (session.user !== login.user) {
    throw new Disproved(`The login as ${login.user} is a session of ${session.user}`);
  }
  const { differences, beyond } = session;
  if (differences.length > 0) {
    throw new Disproved(`${login.user} lacks privileges of ${group} and ${otherRole}`, {
      differences: differences.slice(0, MOST_NAMED),
      notNamed: Math.max(0, differences.length - MOST_NAMED),
      beyond,
    });
  }
  return {
    actsAs,
    sameRightsAs: session.other ?? "no other role yet",
    // No reason to fail: what the slot cannot use, production does without today.
    closed: session.closed.slice(0, MOST_NAMED),
    beyond,
  };
}

/** The slot's pods are there, and answer with the credential. */
async function answersOnStage({ server, login }: NewCredential, stage: Stage): Promise<Facts> {
  const { cluster, credential, deployment, endLeftovers, expected, means } = stage;
  const { other, questions, rotator, selectors } = stage;
  const { deadline } = questions;
  const ready = await asManyAs(cluster, deployment, other, deadline);
  const pods = await podsReady(cluster, deployment, { selectors, credential }, deadline);
  // The database checks a password only when a session begins. With all sessions ended, and no login
  // left that began before, whoever answers from now on has logged in with this credential.
  const waitedForLogins = endLeftovers
    ? await lateLoginsOver(server, rotator, { cluster, selectors, deadline })
    : 0;
  const sessionsEnded = endLeftovers ? await endSessions(server, rotator, login.user) : 0;
  return {
    ready,
    ...(credential && { credential, pods }),
    waitedForLogins,
    sessionsEnded,
    ...(means.by === "status"
      ? await freshSession(server, login, deadline, (client) =>
          answersInARow(questions, expected, byStatusOfStage(client, means)),
        )
      : await answersInARow(questions, expected, await byIdentity(expected, means))),
  };
}

/**
 * The role that the application's sessions act as. A login whose membership is missing, or does not
 * let it act as the role that it is set to, succeeds all the same (seen on 18).
 *
 * @throws Disproved when it is another one
 */
async function acting(
  server: Server,
  login: Login,
  role: string,
  deadline: number,
): Promise<string> {
  return freshSession(server, { ...login, actsAsSet: true }, deadline, async (client) => {
    const { rows } = await client.query<{ user: string }>("select current_user::text as user");
    const user = rows[0]?.user;
    if (user !== role) {
      throw new Disproved(`A session of ${login.user} acts as ${user}, not as ${role}`);
    }
    return role;
  });
}
