import { setTimeout as pause } from "node:timers/promises";
import type * as pulumi from "@pulumi/pulumi";
import type { Client } from "pg";
import { sqlstateOf, withDatabase } from "../facts";
import { SERVER_DATABASE, type SlotRights } from "../plan";
import { type AdministratorAccess, administratorHook, endSessions } from "./administrator";
import type { RotationEnvironment } from "./environment";

export interface ShutOutArgs extends AdministratorAccess {
  readonly role: string;
  /** The role that its sessions act as from their first statement on; undefined for itself. */
  readonly assumes: string | undefined;
  /** What else its sessions begin with, milliseconds by setting. */
  readonly timeouts: SlotRights["timeouts"];
  /** Whether the role may log in afterwards, with the password of the verifier. */
  readonly login: boolean;
  /** What the role has instead of whatever password its holder gave it. Secret. */
  readonly verifier: string;
}

/** What whoever held the password left. */
export interface Leftovers {
  readonly sessionsEnded: number;
  readonly preparedRolledBack: number;
  /** Names of settings that no run gave the role. */
  readonly settings: readonly string[];
}

/** A holder with many sessions comes back in milliseconds; ending them all takes as long. */
const WITHIN_MS = 60_000;
const PAUSE_MS = 20;
/** Milliseconds that a change waits for a transaction of a session that is being ended. */
const LOCK_MS = 1_000;

/** What PostgreSQL says when somebody else changes a role at the same time. */
const CONTENDED = ["55P03", "40P01", "XX000"];
/** A prepared transaction that is gone by now. */
const UNDEFINED_OBJECT = "42704";

/**
 * Takes a role from whoever holds its password, so that nobody can hold up what follows: no login, no
 * session, no prepared transaction and with them no lock; no setting of theirs, and no password of
 * theirs. Then the role may log in again, if it is to, with the program's password alone.
 *
 * What its sessions act as, and their timeouts, are set again here: the provider sends those only where
 * the state says that they differ.
 *
 * Only for a role without traffic. Does the same when it is done again.
 *
 * @throws Error when the role was not to be had in a minute
 */
export function shutOut(args: ShutOutArgs): Promise<Leftovers> {
  return asAdministrator(args, SERVER_DATABASE, async (client) => {
    const { assumes, login, role, timeouts, verifier } = args;
    const name = client.escapeIdentifier(role);
    const deadline = Date.now() + WITHIN_MS;
    let sessionsEnded = 0;
    let preparedRolledBack = 0;
    const clear = async () => {
      sessionsEnded += await endSessions(client, role);
      preparedRolledBack += await rollBackPrepared(client, args);
    };
    for (;;) {
      await clear();
      try {
        await client.query(`ALTER ROLE ${name} NOLOGIN`);
        break;
      } catch (error) {
        if (!CONTENDED.includes(sqlstateOf(error) ?? "")) {
          throw error;
        }
        refuseAfter(deadline, role);
      }
    }
    while (await isHeld(client, args)) {
      await clear();
      refuseAfter(deadline, role);
      // The server does not tell when a session of somebody else has ended.
      await pause(PAUSE_MS);
    }
    const settings = await resetSettings(client, args);
    if (assumes !== undefined) {
      await client.query(`ALTER ROLE ${name} SET role TO ${client.escapeIdentifier(assumes)}`);
    }
    for (const [setting, milliseconds] of Object.entries(timeouts)) {
      await client.query(`ALTER ROLE ${name} SET ${setting} TO ${milliseconds}`);
    }
    const password = client.escapeLiteral(verifier);
    await client.query(`ALTER ROLE ${name} ${login ? "LOGIN" : "NOLOGIN"} PASSWORD ${password}`);
    return { sessionsEnded, preparedRolledBack, settings };
  });
}

/**
 * A hook that does so before the role of a slot is changed, and says what it found.
 *
 * @param advice which commands go on when it fails
 */
export function shutOutHook(
  name: string,
  advice: string,
  database: RotationEnvironment["database"],
  {
    verifier,
    ...role
  }: Pick<ShutOutArgs, "role" | "assumes" | "timeouts" | "login"> & {
    readonly verifier: pulumi.Output<string>;
  },
): pulumi.ResourceHook {
  return administratorHook(name, advice, database, verifier, async (access, its) =>
    leftoversText(role.role, await shutOut({ ...access, ...role, verifier: its })),
  );
}

/** What was found of a holder, for people; undefined when it was nothing. */
export function leftoversText(role: string, found: Leftovers): string | undefined {
  const parts = [
    ...(found.sessionsEnded > 0 ? [`${found.sessionsEnded} sessions`] : []),
    ...(found.preparedRolledBack > 0 ? [`${found.preparedRolledBack} prepared transactions`] : []),
    ...(found.settings.length > 0 ? [`the settings ${found.settings.join(", ")}`] : []),
  ];
  return parts.length === 0
    ? undefined
    : `Somebody held the role ${role}: ended ${parts.join(", ")}, which no run gave it.`;
}

function asAdministrator<T>(
  { administrator, server }: ShutOutArgs,
  database: string,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const address = { ...server, name: database };
  return withDatabase(address, administrator, "rotation", use, [`lock_timeout=${LOCK_MS}`]);
}

/**
 * What a holder prepared: as the role, or as what it acts as, if that transaction changes a role. A
 * transaction that does not may be the other slot's work.
 */
const PREPARED = `
  SELECT gid, database, owner FROM pg_prepared_xacts p
   WHERE owner = $1 OR owner = $2 AND EXISTS (
     SELECT FROM pg_locks own JOIN pg_locks l USING (virtualtransaction)
      WHERE own.transactionid = p.transaction AND own.pid IS NULL AND l.pid IS NULL
        AND l.relation IN ('pg_authid'::regclass, 'pg_db_role_setting'::regclass))`;

/** Each in its own database and as its owner, who is whom PostgreSQL lets do it. */
async function rollBackPrepared(client: Client, args: ShutOutArgs): Promise<number> {
  const { rows } = await client.query<Record<"gid" | "database" | "owner", string>>(PREPARED, [
    args.role,
    args.assumes,
  ]);
  for (const { gid, database, owner } of rows) {
    await asAdministrator(args, database, async (there) => {
      await there.query(`SET ROLE ${there.escapeIdentifier(owner)}`);
      await there.query(`ROLLBACK PREPARED ${there.escapeLiteral(gid)}`).catch((error: unknown) => {
        if (sqlstateOf(error) !== UNDEFINED_OBJECT) {
          throw error;
        }
      });
    });
  }
  return rows.length;
}

async function isHeld(
  client: Client,
  { assumes, role }: Pick<ShutOutArgs, "assumes" | "role">,
): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE usename = $1) OR EXISTS (${PREPARED}) AS held`,
    [role, assumes],
  );
  return rows[0]?.held ?? true;
}

/** Takes all settings of a role away, those in single databases too; returns the names of theirs. */
async function resetSettings(
  client: Client,
  { assumes, role, timeouts }: Pick<ShutOutArgs, "assumes" | "role" | "timeouts">,
): Promise<string[]> {
  const name = client.escapeIdentifier(role);
  const { rows } = await client.query<{ database: string | null; settings: string[] }>(
    `SELECT d.datname AS database, s.setconfig AS settings
       FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole
       LEFT JOIN pg_database d ON d.oid = s.setdatabase
      WHERE r.rolname = $1`,
    [role],
  );
  // Settings of a language are known once it is loaded, and reset only then.
  await client.query("DO 'BEGIN END'");
  for (const { database } of rows) {
    const where = database === null ? "" : `IN DATABASE ${client.escapeIdentifier(database)} `;
    await client.query(`ALTER ROLE ${name} ${where}RESET ALL`);
  }
  const given = [
    `role=${assumes}`,
    ...Object.entries(timeouts).map(([setting, milliseconds]) => `${setting}=${milliseconds}`),
  ];
  const theirs = rows.flatMap(({ database, settings }) =>
    settings
      .filter((entry) => database !== null || !given.includes(entry))
      .map((entry) => entry.split("=")[0]!)
      .filter((setting) => setting !== "search_path"),
  );
  return [...new Set(theirs)].sort();
}

function refuseAfter(deadline: number, role: string): void {
  if (Date.now() > deadline) {
    throw new Error(
      `The role ${role} could not be taken from whoever holds its password in ` +
        `${WITHIN_MS / 1000} s; nothing else of it was changed. Take the pods away that log in ` +
        "as it, then run the same command again.",
    );
  }
}
