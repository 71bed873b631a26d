import { Client, DatabaseError } from "pg";
import { type RoleFacts } from "./facts";
import { type DatabaseSource } from "./gather";

const CONNECT_MS = 5_000;
const STATEMENT_MS = 10_000;

/** What every session can see of other roles: their attributes, and that their sessions exist. */
const ROLES = `
  select r.rolname as name, r.rolcanlogin as "canLogin", r.rolconnlimit as "connectionLimit",
    case when isfinite(r.rolvaliduntil) then
      to_char(r.rolvaliduntil at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end as "validUntil",
    coalesce(pg_catalog.pg_has_role(r.oid, g.oid, 'USAGE'), false) as "hasRights",
    array(select o.rolname::text from pg_catalog.pg_auth_members m
      join pg_catalog.pg_roles o on o.oid = m.roleid
      where m.member = r.oid and o.rolname <> $2 order by 1) as granted,
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
  readonly sessions: string;
}

/** A PostgreSQL server through node-postgres, over verified TLS. */
export function databaseSource(server: {
  readonly host: string;
  readonly port: number;
  readonly name: string;
}): DatabaseSource {
  return {
    async login(credential, roles, group) {
      const client = new Client({
        host: server.host,
        port: server.port,
        database: server.name,
        ...credential,
        application_name: "status",
        ssl: { rejectUnauthorized: true },
        connectionTimeoutMillis: CONNECT_MS,
        statement_timeout: STATEMENT_MS,
        query_timeout: STATEMENT_MS,
      });
      // A lost session also rejects its query; without a listener it would end the process.
      client.on("error", () => undefined);
      try {
        await client.connect();
        const { rows } = await client.query<RoleRow>(ROLES, [roles, group]);
        return { sqlstate: "", roles: new Map(rows.map((row) => [row.name, factsOf(row)])) };
      } catch (error) {
        if (error instanceof DatabaseError && error.code !== undefined && isDecision(error)) {
          return { sqlstate: error.code, roles: new Map() };
        }
        throw error;
      } finally {
        await client.end();
      }
    },
  };
}

/**
 * Whether the server has decided about the login: class 28, or the role has all the connections
 * that it may have. Anything else, such as a server that is full, decides nothing.
 */
function isDecision({ code, message }: DatabaseError): boolean {
  return code?.startsWith("28") === true || (code === "53300" && / for role /.test(message));
}

function factsOf({ canLogin, connectionLimit, granted, hasRights, ...row }: RoleRow): RoleFacts {
  return {
    canLogin,
    sessions: Number(row.sessions),
    ...(row.validUntil !== null && { validUntil: row.validUntil }),
    ...(connectionLimit >= 0 && { connectionLimit }),
    ...(!hasRights && { lacksRights: true }),
    ...(granted.length > 0 && { granted }),
  };
}
