import { PostgresqlProvider } from "../../../twin/postgresql/provider";
import { Secret, type Properties } from "../../../twin/plugin/provider";
import type { Rig } from "../../support/conformance";
import { PlainPostgres } from "../../support/postgres";

const PASSWORD = "adminpw";

/** What was configured otherwise, by the words of the recording. */
const CONFIGURED: Readonly<Record<string, Properties>> = {
  "a port where nothing listens": { port: 1 },
  "a wrong password": { password: new Secret("wrong") },
};

/** What the neighbours make, and what they grant to the groups. */
const LEFTOVERS = `
  DROP SCHEMA IF EXISTS n_schema, n_schema_a, n_schema_b CASCADE;
  DROP FUNCTION IF EXISTS n_function, n_function_a, n_function_b CASCADE;
  DROP OWNED BY c_grp, c_grp2;
  REVOKE c_grp FROM c_grp2; REVOKE c_grp2 FROM c_grp;
  GRANT c_grp, c_grp2 TO pgadmin WITH ADMIN OPTION;`;

let server: PlainPostgres;

export const postgresql: Rig = {
  create: () => new PostgresqlProvider(),
  configuration: ({ configure = "" }) => ({
    host: server.host,
    port: server.port,
    username: "pgadmin",
    password: new Secret(PASSWORD),
    database: "app",
    sslmode: "disable",
    superuser: false,
    ...CONFIGURED[configure],
  }),
  start: async () => {
    server = await PlainPostgres.start();
    await server.ask(
      `CREATE ROLE pgadmin LOGIN CREATEDB CREATEROLE PASSWORD '${PASSWORD}';
       CREATE ROLE c_grp NOLOGIN; CREATE ROLE c_grp2 NOLOGIN;
       GRANT c_grp, c_grp2 TO pgadmin WITH ADMIN OPTION;`,
    );
    await server.ask("CREATE DATABASE app OWNER pgadmin");
    await server.ask(
      `CREATE TABLE public.t1 (id integer); ALTER TABLE public.t1 OWNER TO pgadmin;
       GRANT ALL ON SCHEMA public TO pgadmin;`,
      "app",
    );
  },
  stop: () => server.stop(),
  reset: async () => {
    for (const database of ["app", "postgres"]) {
      await server.ask(LEFTOVERS, database);
    }
    await server.ask("DROP ROLE IF EXISTS n_role, n_role_a, n_role_b");
  },
  // The client reads the time `infinity` as a number that JSON does not have.
  sql: async (query) =>
    (await server.ask<Properties>(query, "app")).map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, value === Infinity ? null : value]),
      ),
    ),
};
