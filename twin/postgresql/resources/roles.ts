/** Locks and memberships that the official provider takes around its statements. */
import { step, type Query } from "./connection";
import { identifier } from "./quoting";

/** Everybody; no role of the catalogue. */
export const PUBLIC = "public";

/** Two runs must not change a role, or the members of one, at the same time. */
export async function lockRole(query: Query, role: string): Promise<void> {
  await query("SET statement_timeout = 0");
  await query("SELECT pg_advisory_xact_lock(oid::bigint) FROM pg_roles WHERE rolname = $1", [role]);
  await query(
    "SELECT pg_advisory_xact_lock(member::bigint) FROM pg_auth_members " +
      "JOIN pg_roles ON roleid = pg_roles.oid WHERE rolname = $1",
    [role],
  );
}

export async function lockDatabase(query: Query, database: string): Promise<void> {
  await query("SET statement_timeout = 0");
  await query("SELECT pg_advisory_xact_lock(oid::bigint) FROM pg_database WHERE datname = $1", [
    database,
  ]);
}

/**
 * Runs the work as a member of the roles: who is no superuser may change an object only as a
 * member of its owner. Memberships that were missing are taken back afterwards.
 */
export async function withRolesGranted(
  query: Query,
  roles: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  const user = await currentUser(query);
  if (roles.length === 0 || (await isSuperuser(query, user))) {
    return work();
  }
  const granted: string[] = [];
  const revoked: string[] = [];
  for (const role of roles) {
    if (await isSuperuser(query, role)) {
      continue;
    }
    // Two roles cannot be members of each other.
    if (await revokeMembership(query, user, role)) {
      revoked.push(role);
    }
    if (await grantMembership(query, role, user)) {
      granted.push(role);
    }
  }
  await work();
  for (const role of granted) {
    await revokeMembership(query, role, user);
  }
  for (const role of revoked) {
    if (await roleExists(query, role)) {
      await grantMembership(query, user, role);
    }
  }
}

/** Resolves to false when there was nothing to do. */
async function grantMembership(query: Query, role: string, member: string): Promise<boolean> {
  if (member === role || (await isMember(query, role, member))) {
    return false;
  }
  await step(
    `error granting role ${role} to ${member}`,
    query(`GRANT ${identifier(role)} TO ${identifier(member)}`),
  );
  return true;
}

/** Resolves to false when there was nothing to do. */
async function revokeMembership(query: Query, role: string, member: string): Promise<boolean> {
  if (member === role || !(await isMember(query, role, member))) {
    return false;
  }
  await step(
    `error revoking role ${role} from ${member}`,
    query(`REVOKE ${identifier(role)} FROM ${identifier(member)}`),
  );
  return true;
}

/** Since PostgreSQL 16 whoever creates a role is its administrator, but may not act as it. */
async function isMember(query: Query, role: string, member: string): Promise<boolean> {
  const rows = await query(
    "SELECT 1 FROM pg_auth_members WHERE pg_get_userbyid(roleid) = $1 " +
      "AND pg_get_userbyid(member) = $2 AND set_option",
    [role, member],
  );
  return rows.length > 0;
}

async function currentUser(query: Query): Promise<string> {
  const [row] = await query<{ name: string }>("SELECT CURRENT_USER AS name");
  return row?.name ?? "";
}

export async function isSuperuser(query: Query, role: string): Promise<boolean> {
  const [row] = await query<{ rolsuper: boolean }>(
    "SELECT rolsuper FROM pg_roles WHERE rolname = $1",
    [role],
  );
  if (!row) {
    throw new Error(`could not check if role ${role} is superuser: sql: no rows in result set`);
  }
  return row.rolsuper;
}

export async function roleExists(query: Query, role: string): Promise<boolean> {
  return (await query("SELECT 1 FROM pg_roles WHERE rolname = $1", [role])).length > 0;
}

export async function schemaExists(query: Query, schema: string): Promise<boolean> {
  return (await query("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema])).length > 0;
}

export async function databaseExists(query: Query, database: string): Promise<boolean> {
  return (await query("SELECT 1 FROM pg_database WHERE datname = $1", [database])).length > 0;
}

/** The number by which access lists name a role; 0 is everybody. */
export async function oidOf(query: Query, role: string): Promise<number> {
  if (role === PUBLIC) {
    return 0;
  }
  const [row] = await query<{ oid: number }>("SELECT oid FROM pg_roles WHERE rolname = $1", [role]);
  if (!row) {
    throw new Error(`could not find oid for role ${role}: sql: no rows in result set`);
  }
  return row.oid;
}

export async function databaseOwner(query: Query, database: string): Promise<string> {
  const [row] = await query<{ rolname: string }>(
    "SELECT rolname FROM pg_database JOIN pg_roles ON datdba = pg_roles.oid WHERE datname = $1",
    [database],
  );
  if (!row) {
    throw new Error(`could not find database '${database}' while looking for owner`);
  }
  return row.rolname;
}
