import type { Client } from "pg";
import { Undecided } from "./evidence.ts";

/** Sessions of the role of `client`, others than its own, that did something since a moment. */
const ACTIVE = `
  select pid from pg_catalog.pg_stat_activity
   where usename = session_user and pid <> pg_backend_pid() and backend_type = 'client backend'
     and extract(epoch from greatest(backend_start, state_change)) >= $1::numeric`;

/**
 * What other sessions of a role did in the database while somebody was asked. A role sees that of its
 * own sessions, wherever they come from: a probe of a pod is among them. A session says when its
 * statement ended before it gives the result away; one that has ended itself by now is not seen.
 *
 * @param client a session of the role
 * @returns the answer, and the processes of the sessions that began, or began or ended a statement
 */
export async function activityDuring<T>(
  client: Client,
  ask: () => Promise<T>,
): Promise<{ readonly answer: T; readonly sessions: readonly number[] }> {
  // Of the database's clock, and exact: a moment of this one may be another one there.
  const { rows } = await client.query<{ since: string; tracks: string }>(
    `select extract(epoch from clock_timestamp())::text as since,
            current_setting('track_activities') as tracks`,
  );
  const [{ since, tracks }] = rows as [{ since: string; tracks: string }];
  if (tracks !== "on") {
    throw new Undecided("The server does not say what sessions do: track_activities is off");
  }
  const answer = await ask();
  const active = await client.query<{ pid: number }>(ACTIVE, [since]);
  return { answer, sessions: active.rows.map(({ pid }) => pid) };
}
