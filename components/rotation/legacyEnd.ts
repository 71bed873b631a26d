import { setTimeout as pause } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { Client } from "pg";
import { withDatabase } from "../facts";
import { LEGACY, SERVER_DATABASE } from "../plan";
import { type AdministratorAccess, administratorHook, endSessions } from "./administrator";
import { type Credential, credential } from "./credential";
import type { RotationEnvironment } from "./environment";

export interface LegacyEndArgs extends AdministratorAccess {
  readonly role: string;
  /** What the role has instead of the password that people know. Secret. */
  readonly verifier: string;
  /** Seconds that its sessions may take to end on their own. */
  readonly drainSeconds: number;
  /** Whether those that are left then are ended. */
  readonly endsSessions: boolean;
}

/** A server does not tell when a session of somebody else has ended. */
const PAUSE_MS = 250;
/** Sessions that an error names. */
const NAMED = 10;

/**
 * Ends a legacy login: it can no longer log in, and has a password of the program's, so that the proof
 * of refusal gets 28000 and nobody needs the old one. It stays the owner of what it owns, and slots
 * that act as it go on.
 *
 * Whoever still uses it is waited for first, and named; nothing is changed then. Does the same when it
 * is done again.
 *
 * @returns how many sessions were ended
 * @throws Error that names the sessions that are left
 */
export function endLegacyLogin(args: LegacyEndArgs): Promise<number> {
  const { administrator, role, server, verifier } = args;
  return withDatabase({ ...server, name: SERVER_DATABASE }, administrator, "rotation", (client) =>
    seeing(client, role, async () => {
      const left = await waitForNone(client, args);
      if (left.length > 0 && !args.endsSessions) {
        throw new Error(stillUsed(role, left, "Nothing was changed."));
      }
      const name = client.escapeIdentifier(role);
      await client.query(`ALTER ROLE ${name} NOLOGIN PASSWORD ${client.escapeLiteral(verifier)}`);
      const ended = args.endsSessions ? await endSessions(client, role) : 0;
      // Somebody may have logged in a moment before.
      const late = await waitForNone(client, args);
      if (late.length > 0) {
        throw new Error(
          stillUsed(role, late, "It can no longer log in, but these sessions go on."),
        );
      }
      return ended;
    }),
  );
}

/**
 * Sees and may end the sessions of a role meanwhile, which only who has its rights may. The administrator
 * has them through the slots where the role owns what they act as, and not where another one does.
 */
async function seeing<T>(client: Client, role: string, use: () => Promise<T>): Promise<T> {
  const { rows } = await client.query<{ sees: boolean }>(
    "SELECT pg_has_role($1, 'USAGE') AS sees",
    [role],
  );
  if (rows[0]?.sees === true) {
    return use();
  }
  const name = client.escapeIdentifier(role);
  await client.query(`GRANT ${name} TO CURRENT_USER WITH INHERIT TRUE, SET FALSE`);
  try {
    return await use();
  } finally {
    await client.query(`REVOKE ${name} FROM CURRENT_USER GRANTED BY CURRENT_USER`);
  }
}

/**
 * The end of an adopted application's legacy login, on record: made once, and for good.
 *
 * @param advice which commands go on when it fails
 */
export function legacyEnd(
  name: string,
  {
    advice,
    endsSessions,
    environment,
    role,
  }: {
    readonly advice: string;
    readonly endsSessions: boolean;
    readonly environment: RotationEnvironment;
    readonly role: string;
  },
  opts: pulumi.CustomResourceOptions,
): { readonly credential: Credential; readonly ended: pulumi.Resource } {
  const { application, database, proof, validityDays } = environment;
  const own = credential(name, {
    generation: LEGACY,
    validityDays,
    identity: [application, role, `${LEGACY}`],
    opts,
  });
  const end = administratorHook(
    `${name}-end`,
    advice,
    database,
    own.verifier,
    async (access, verifier) => {
      const { drainSeconds } = proof;
      const ended = await endLegacyLogin({ ...access, role, verifier, drainSeconds, endsSessions });
      return ended > 0
        ? `Ended ${ended} sessions of the legacy login ${role}, as accepted.`
        : undefined;
    },
  );
  const ended = new pulumi.Stash(
    `${name}-ended`,
    { input: { role } },
    { ...opts, hooks: { beforeCreate: [end] } },
  );
  return { credential: own, ended };
}

interface Session {
  readonly pid: number;
  readonly name: string;
  readonly address: string;
  readonly since: string;
}

async function sessionsOf(client: Client, role: string): Promise<Session[]> {
  const { rows } = await client.query<Session>(
    `SELECT pid, coalesce(nullif(application_name, ''), 'without a name') AS name,
            coalesce(host(client_addr), 'the server itself') AS address,
            to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
       FROM pg_stat_activity WHERE usename = $1 ORDER BY backend_start, pid`,
    [role],
  );
  return rows;
}

/** @returns those that are left when the time is over */
async function waitForNone(
  client: Client,
  { drainSeconds, role }: Pick<LegacyEndArgs, "drainSeconds" | "role">,
): Promise<Session[]> {
  const deadline = Date.now() + drainSeconds * 1000;
  for (;;) {
    const left = await sessionsOf(client, role);
    if (left.length === 0 || Date.now() >= deadline) {
      return left;
    }
    await pause(PAUSE_MS);
  }
}

function stillUsed(role: string, sessions: readonly Session[], what: string): string {
  const named = sessions
    .slice(0, NAMED)
    .map(({ address, name, since }) => `  ${name} from ${address}, since ${since}`);
  return [
    `The legacy login ${role} still has ${sessions.length} sessions. ${what}`,
    ...named,
    ...(sessions.length > NAMED ? [`  and ${sessions.length - NAMED} more`] : []),
    "Scale the workload to zero that logs in as it, and whatever else is named here, then run " +
      "`pulumi up` again. To end what is left of them instead, for this run only: pulumi config set " +
      "rotation:accept legacy && pulumi up && pulumi config rm rotation:accept",
  ].join("\n");
}
