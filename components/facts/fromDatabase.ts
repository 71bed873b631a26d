import { Client, DatabaseError } from "pg";
import { type DatabaseSource, type RoleFacts } from "./gather";

const CONNECT_MS = 5_000;
const STATEMENT_MS = 10_000;

/** What every session may see of another role: its flag, and that its sessions are there. */
const ROLES = `
  select rolname as name, rolcanlogin as "canLogin",
    (select count(*) from pg_catalog.pg_stat_activity
      where usesysid = pg_roles.oid and pid <> pg_catalog.pg_backend_pid()) as sessions
  from pg_catalog.pg_roles where rolname = any($1)`;

/** A PostgreSQL server through node-postgres, over verified TLS. */
export function databaseSource(server: {
  readonly host: string;
  readonly port: number;
  readonly name: string;
}): DatabaseSource {
  return {
    async login(credential, roles) {
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
      // A session that is lost also tells its query; without a listener it would end the process.
      client.on("error", () => undefined);
      try {
        await client.connect();
        const { rows } = await client.query<{ name: string; canLogin: boolean; sessions: string }>(
          ROLES,
          [roles],
        );
        return {
          sqlstate: "",
          roles: new Map<string, RoleFacts>(
            rows.map(({ name, canLogin, sessions }) => [
              name,
              { canLogin, sessions: Number(sessions) },
            ]),
          ),
        };
      } catch (error) {
        // Class 28: the server has decided about the login. Anything else decides nothing.
        if (error instanceof DatabaseError && error.code?.startsWith("28")) {
          return { sqlstate: error.code, roles: new Map() };
        }
        throw error;
      } finally {
        await client.end();
      }
    },
  };
}
