import { type Client, DatabaseError } from "pg";
import { type DatabaseAddress, withDatabase } from "./databaseSession";
import { type RoleFacts } from "./facts";
import { type DatabaseSource } from "./gather";

/**
 * As whom sessions of `r` act in the application's database. PostgreSQL tries the settings in this order, and passes
 * over one that names a role which `r` may not become, without a word to the client.
 */
const ACTS_AS = `
  (select nullif(nullif(s.role, 'none'), r.rolname) from (
     select substr(e.entry, length('role=') + 1) as role, setrole, setdatabase
       from pg_catalog.pg_db_role_setting cross join unnest(setconfig) as e(entry)
      where e.entry like 'role=%' and setrole in (r.oid, 0) and setdatabase in (0,
        (select oid from pg_catalog.pg_database where datname = $3))
   ) as s left join pg_catalog.pg_roles o on o.rolname = s.role
   where s.role = 'none' or pg_catalog.pg_has_role(r.oid, o.oid, 'SET')
   order by s.setrole = 0, s.setdatabase = 0 limit 1)`;

/** What every session can see of other roles: their attributes, and that their sessions exist. */
const ROLES = `
  select r.rolname as name, r.rolcanlogin as "canLogin", r.rolconnlimit as "connectionLimit",
    case when isfinite(r.rolvaliduntil) then
      to_char(r.rolvaliduntil at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end as "validUntil",
    coalesce(pg_catalog.pg_has_role(r.oid, g.oid, 'USAGE'), false) as "hasRights",
    array(select o.rolname::text from pg_catalog.pg_auth_members m
      join pg_catalog.pg_roles o on o.oid = m.roleid
      where m.member = r.oid and o.rolname <> $2 order by 1) as granted,
    ${ACTS_AS} as "actsAs",
    (select count(*) from pg_catalog.pg_stat_activity
      where usesysid = r.oid and pid <> pg_catalog.pg_backend_pid()) as sessions
  from pg_catalog.pg_roles r left join pg_catalog.pg_roles g on g.rolname = $2
  where r.rolname = any($1)`;

interface RoleRow {
  readonly name: string;
  readonly canLogin: boolean;
  readonly connectionLimit: number;
  readonly validUntil: string | null;
  readonly hasRights: boolean;
  readonly granted: readonly string[];
  readonly actsAs: string | null;
  readonly sessions: string;
}

/** A PostgreSQL server through node-postgres, over verified TLS. */
export function databaseSource(server: DatabaseAddress): DatabaseSource {
  return {
    async login({ database = server.name, ...credential }, roles, group) {
      const place = { ...server, name: database };
      try {
        return await withDatabase(place, credential, "status", async (client) => ({
          sqlstate: "",
          ...(await look(client, [roles, group, server.name])),
        }));
      } catch (error) {
        if (error instanceof DatabaseError && error.code !== undefined && isDecision(error)) {
          return { sqlstate: error.code };
        }
        throw error;
      }
    },
  };
}

/**
 * A session that came about proves the login. That it is of no use is for another one to mend: whoever
 * holds a role's password may give it settings that end its sessions.
 */
async function look(
  client: Client,
  about: readonly [roles: readonly string[], group: string, database: string],
): Promise<{ roles?: ReadonlyMap<string, RoleFacts> }> {
  try {
    const { rows } = await client.query<RoleRow>(ROLES, [...about]);
    return { roles: new Map(rows.map((row) => [row.name, factsOf(row)])) };
  } catch (error) {
    if (error instanceof DatabaseError) {
      return {};
    }
    throw error;
  }
}

/**
 * Whether the server has decided about the login: class 28, or the role has all the connections
 * that it may have. Anything else, such as a server that is full, decides nothing.
 */
function isDecision({ code, message }: DatabaseError): boolean {
  return code?.startsWith("28") === true || (code === "53300" && / for role /.test(message));
}

function factsOf({
  actsAs,
  canLogin,
  connectionLimit,
  granted,
  hasRights,
  ...row
}: RoleRow): RoleFacts {
  return {
    canLogin,
    sessions: Number(row.sessions),
    ...(row.validUntil !== null && { validUntil: row.validUntil }),
    ...(connectionLimit >= 0 && { connectionLimit }),
    ...(!hasRights && { lacksRights: true }),
    ...(granted.length > 0 && { granted }),
    ...(actsAs !== null && { actsAs }),
  };
}
