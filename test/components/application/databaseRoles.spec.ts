import assert from "node:assert";
import * as postgresql from "@pulumi/postgresql";
import pg from "pg";
import { DatabaseRoles } from "../../../components/application/databaseRoles";
import { MockProgram, type Registration, valueOf } from "../../../mocks/mocks";
import { SELF_GRANTS } from "../../support/azurePostgres";
import { type ModelRole, RoleModel } from "../../support/roleModel";

/** Types as the engine names them. */
const TYPE = {
  defaults: "postgresql:index/defaultPrivileges:DefaultPrivileges",
  function: "postgresql:index/function:Function",
  grant: "postgresql:index/grant:Grant",
  role: "postgresql:index/role:Role",
  schema: "postgresql:index/schema:Schema",
} as const;

describe("DatabaseRoles", () => {
  describe("under mocks", () => {
    let program: MockProgram;

    before(async () => {
      program = await MockProgram.start();
      new DatabaseRoles("roles", { application: "app", databaseName: "app" });
      await program.drained();
    });

    it("makes an owner and a group that cannot log in, and a role without a password for migrations", () => {
      const made = program
        .ofType(TYPE.role)
        .map(({ inputs }) => [inputs["name"], inputs["login"], inputs["password"]]);
      assert.deepStrictEqual(made.sort(), [
        ["app_migrator", true, undefined],
        ["app_owner", false, undefined],
        ["app_rw", false, undefined],
      ]);
    });

    it("leaves to owner and group what somebody made them members of", () => {
      const groups = program.ofType(TYPE.role).filter(({ inputs }) => inputs["login"] === false);
      assert.deepStrictEqual(
        groups.map(({ options }) => options.ignoreChanges),
        [["roles"], ["roles"]],
      );
    });

    it("grants to the group and to nobody else, and takes from everybody", () => {
      const given = [...program.ofType(TYPE.grant), ...program.ofType(TYPE.defaults)];
      const lines = given.map(({ inputs }) => {
        const { role, objectType, schema, database, privileges } = inputs as Record<string, string>;
        return `${role} ${objectType} ${schema ?? database}: ${String(privileges)}`;
      });
      assert.deepStrictEqual(lines.sort(), [
        "app_owner database app: TEMPORARY",
        "app_rw database app: CONNECT,TEMPORARY",
        "app_rw function app: EXECUTE",
        "app_rw schema app: USAGE",
        "app_rw sequence app: SELECT,USAGE,UPDATE",
        "app_rw table app: SELECT,INSERT,UPDATE,DELETE",
        "public database app: ",
        "public database postgres: ",
        "public function app_rotation: ",
      ]);
    });

    it("changes rights one after another, because PostgreSQL refuses them at once", () => {
      const changes = [TYPE.schema, TYPE.grant, TYPE.defaults, TYPE.function].flatMap((type) =>
        program.ofType(type),
      );
      const ordered = (a: Registration, b: Registration) =>
        program.comesAfter(a, b) || program.comesAfter(b, a);
      for (const [index, one] of changes.entries()) {
        for (const other of changes.slice(index + 1)) {
          assert.ok(ordered(one, other), `${one.name} and ${other.name} could run at once`);
        }
      }
    });

    it("leaves the database postgres alone where its server is to keep it open, and says so", async () => {
      const program = await MockProgram.start();
      new DatabaseRoles("roles", {
        application: "app",
        databaseName: "app",
        postgresDatabase: "open",
      });
      await program.drained();
      const databases = program.ofType(TYPE.grant).map(({ inputs }) => inputs["database"]);
      assert.ok(databases.every((database) => database === "app"));
      const [schema, closed] = [
        program.find(TYPE.schema, "roles-schema"),
        program.find(TYPE.grant, "roles-grant-public"),
      ];
      assert.ok(program.comesAfter(closed, schema));
    });

    it("hands the rotator's schema out only when everybody else is locked out of it", async () => {
      const program = await MockProgram.start();
      const { rotatorSchema } = new DatabaseRoles("roles", {
        application: "app",
        databaseName: "app",
      });
      const user = new postgresql.Grant("user", {
        database: "app",
        role: "app_rotator",
        objectType: "schema",
        schema: rotatorSchema,
        privileges: ["USAGE"],
      });
      await program.drained();
      assert.strictEqual(await valueOf(user.schema), "app_rotation");
      assert.ok(
        program.comesAfter(
          program.find(TYPE.grant, "user"),
          program.find(TYPE.grant, "roles-grant-functions"),
        ),
      );
    });
  });

  for (const selfGrant of SELF_GRANTS) {
    describe(`on a real server as Azure's, createrole_self_grant '${selfGrant}'`, function () {
      this.timeout(120_000);
      let model: RoleModel;

      before(async () => (model = await RoleModel.start(selfGrant)));
      after(() => model.stop());

      async function call(role: ModelRole, name: string, of: string | null): Promise<string> {
        const client = await model.session(role);
        try {
          return await callIn(client, name, of);
        } finally {
          await client.end();
        }
      }

      /** What a function returns, or the SQLSTATE of its refusal. */
      async function callIn(client: pg.Client, name: string, of: string | null): Promise<string> {
        try {
          const query = `SELECT app_rotation.${name}($1) AS answer`;
          return (await client.query<{ answer: string }>(query, [of])).rows[0]!.answer;
        } catch (error) {
          return `refused with ${(error as pg.DatabaseError).code}`;
        }
      }

      it("has nothing more to do the second time", async () => {
        assert.deepStrictEqual(await model.up(), []);
      });

      it("lets the rotator execute exactly two functions", async () => {
        const executable = await model.ask<{ name: string }>(
          `SELECT p.oid::regprocedure::text AS name
           FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
          WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
            AND has_schema_privilege('app_rotator', n.oid, 'USAGE')
            AND has_function_privilege('app_rotator', p.oid, 'EXECUTE')
          ORDER BY 1`,
        );
        assert.deepStrictEqual(
          executable.map(({ name }) => name),
          ["app_rotation.count_sessions(text)", "app_rotation.end_sessions(text)"],
        );
      });

      it("lets no role of the application into the database that every server has", async () => {
        const roles = ["app_blue", "app_green", "app_rotator", "app_rw", "app_owner"];
        const list = roles.map((role) => `'${role}'`).join(", ");
        const rows = await model.ask(
          `SELECT rolname, has_database_privilege(oid, 'postgres', 'CONNECT, TEMPORARY') AS may
           FROM pg_roles WHERE rolname IN (${list})`,
        );
        assert.strictEqual(rows.length, roles.length);
        assert.ok(rows.every(({ may }) => may === false));
      });

      it("lets the rotator do nothing else in the database", async () => {
        const [row] = await model.ask(
          `SELECT array(SELECT nspname::text FROM pg_namespace
                       WHERE has_schema_privilege('app_rotator', oid, 'USAGE')
                         AND nspname !~ '^(pg_|information_schema|public$)') AS schemas,
                array(SELECT nspname::text FROM pg_namespace
                       WHERE has_schema_privilege('app_rotator', oid, 'CREATE')) AS creates_in,
                has_database_privilege('app_rotator', 'app', 'CREATE, TEMPORARY') AS creates,
                array(SELECT roleid::regrole::text FROM pg_auth_members
                       WHERE member = 'app_rotator'::regrole) AS member_of,
                (SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls
                   FROM pg_roles WHERE rolname = 'app_rotator') AS powerful`,
        );
        assert.deepStrictEqual(row, {
          schemas: ["app_rotation"],
          creates_in: [],
          creates: false,
          member_of: [],
          powerful: false,
        });
        const kill =
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app_blue'";
        const blue = await model.session("app_blue");
        assert.strictEqual(await model.refusal("app_rotator", kill), "42501");
        await blue.end();
      });

      it("counts and ends the sessions of that slot and of no other", async () => {
        const [blue, green] = [await model.session("app_blue"), await model.session("app_green")];
        const ended = new Promise((resolve) => blue.once("end", resolve));
        assert.strictEqual(await call("app_rotator", "count_sessions", "app_blue"), "1");
        assert.strictEqual(await call("app_rotator", "end_sessions", "app_blue"), "1");
        await ended;
        assert.strictEqual(await call("app_rotator", "count_sessions", "app_blue"), "0");
        assert.strictEqual(await call("app_rotator", "count_sessions", "app_green"), "1");
        assert.strictEqual((await green.query("SELECT 1")).rowCount, 1);
        await green.end();
      });

      it("accepts the roles of the two slots and no other text", async () => {
        const others = [
          ...["app_rotator", "app_owner", "app_rw", "rotation_admin", "postgres", "public"],
          ...["", "APP_BLUE", "app_blue ", "app_blue' OR ''='", "app_%", null],
        ];
        for (const name of ["count_sessions", "end_sessions"]) {
          for (const other of others) {
            const verdict = await call("app_rotator", name, other);
            assert.strictEqual(verdict, "refused with 22023", `${name}(${other})`);
          }
        }
      });

      it("lets the roles of the slots call neither function", async () => {
        for (const role of ["app_blue", "app_green"] as const) {
          for (const name of ["count_sessions", "end_sessions"]) {
            assert.strictEqual(await call(role, name, "app_blue"), "refused with 42501", role);
          }
        }
      });

      it("does the same when the caller puts functions and operators of its own first", async () => {
        await model.ask(ATTACK);
        const [green, rotator] = [
          await model.session("app_green"),
          await model.session("app_rotator"),
        ];
        // Once before, so that a plan is kept that the attack could reuse.
        assert.strictEqual(await callIn(rotator, "count_sessions", "app_green"), "1");
        await rotator.query("SET search_path = attack, pg_catalog");
        const attacked =
          "SELECT 'a'::text = 'b'::text AS same, count(*) AS n FROM pg_stat_activity";
        assert.deepStrictEqual((await rotator.query(attacked)).rows, [{ same: true, n: "666" }]);

        assert.strictEqual(await callIn(rotator, "count_sessions", "app_green"), "1");
        assert.strictEqual(
          await callIn(rotator, "count_sessions", "app_owner"),
          "refused with 22023",
        );
        assert.strictEqual(
          await callIn(rotator, "end_sessions", "app_owner"),
          "refused with 22023",
        );
        assert.strictEqual(await callIn(rotator, "end_sessions", "app_blue"), "0");
        assert.strictEqual((await green.query("SELECT 1")).rowCount, 1);
        const fresh = await model.session("app_rotator");
        await fresh.query("SET search_path = attack, pg_catalog");
        assert.strictEqual(
          await callIn(fresh, "count_sessions", "app_owner"),
          "refused with 22023",
        );
        assert.strictEqual(await callIn(fresh, "count_sessions", "app_green"), "1");
        await Promise.all([green, rotator, fresh].map((client) => client.end()));
      });

      it("gives both slots the same rights on whatever the owner makes", async () => {
        await model.ask(
          `SET ROLE app_owner;
         CREATE TABLE app.items (id bigint GENERATED BY DEFAULT AS IDENTITY, name text);
         CREATE SEQUENCE app.numbers;
         RESET ROLE`,
        );
        for (const role of ["app_blue", "app_green"]) {
          const [rights] = await model.ask(
            `SELECT array(SELECT p FROM unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) p
                         WHERE has_table_privilege('${role}', 'app.items', p)) AS on_table,
                  array(SELECT p FROM unnest('{USAGE,SELECT,UPDATE}'::text[]) p
                         WHERE has_sequence_privilege('${role}', 'app.numbers', p)) AS on_sequence`,
          );
          assert.deepStrictEqual(rights, {
            on_table: ["SELECT", "INSERT", "UPDATE", "DELETE"],
            on_sequence: ["USAGE", "SELECT", "UPDATE"],
          });
        }
        const [blue, green] = [await model.session("app_blue"), await model.session("app_green")];
        await blue.query("INSERT INTO app.items (name) VALUES ('made by blue')");
        const { rows } = await green.query("DELETE FROM app.items RETURNING name");
        assert.deepStrictEqual(rows, [{ name: "made by blue" }]);
        await Promise.all([blue.end(), green.end()]);
      });

      it("has no password for migrations until somebody gives them a way in", async () => {
        const [row] = await model.ask(
          "SELECT rolpassword IS NULL AS none FROM pg_authid WHERE rolname = 'app_migrator'",
        );
        assert.deepStrictEqual(row, { none: true });
      });

      it("makes what a migration makes the owner's, so that both slots can use it", async () => {
        await model.ask("ALTER ROLE app_migrator PASSWORD 'for this test'");
        const migrator = await model.session("app_migrator", "for this test");
        await migrator.query(
          `CREATE TEMPORARY TABLE scratch (id int);
         CREATE TABLE migrated (id bigint GENERATED BY DEFAULT AS IDENTITY, name text);
         CREATE FUNCTION migrated_names() RETURNS bigint LANGUAGE sql
           AS 'SELECT count(*) FROM app.migrated'`,
        );
        await migrator.query("RESET ROLE");
        await migrator.query("ALTER TABLE migrated ADD COLUMN more int");
        await migrator.end();
        const [row] = await model.ask(
          `SELECT relnamespace::regnamespace::text AS schema, relowner::regrole::text AS owner
           FROM pg_class WHERE relname = 'migrated'`,
        );
        assert.deepStrictEqual(row, { schema: "app", owner: "app_owner" });
        for (const role of ["app_blue", "app_green"] as const) {
          const slot = await model.session(role);
          await slot.query("INSERT INTO migrated (name) VALUES ('seen')");
          assert.strictEqual((await slot.query("SELECT migrated_names()")).rowCount, 1);
          await slot.end();
        }
      });

      it("lets the slots make temporary tables, which are gone with their session", async () => {
        for (const role of ["app_blue", "app_green"] as const) {
          assert.strictEqual(await model.refusal(role, "CREATE TEMPORARY TABLE own (id int)"), "");
        }
      });

      it("leaves the slots without a thing or a grant of their own", async () => {
        for (const role of ["app_blue", "app_green"]) {
          const [row] = await model.ask(
            `SELECT (SELECT count(*)::int FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass
                      AND refobjid = '${role}'::regrole) AS depends_on_it,
                  array(SELECT roleid::regrole::text FROM pg_auth_members
                         WHERE member = '${role}'::regrole) AS member_of`,
          );
          assert.deepStrictEqual(row, { depends_on_it: 0, member_of: ["app_rw"] });
        }
      });

      it("lets the slots create nothing that outlives their session", async () => {
        for (const role of ["app_blue", "app_green"] as const) {
          for (const statement of [
            "CREATE TABLE app.own (id int)",
            "CREATE TABLE public.own (id int)",
            "CREATE SCHEMA own",
            "CREATE FUNCTION app.own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE ROLE own",
            "SET ROLE app_owner",
          ]) {
            assert.strictEqual(await model.refusal(role, statement), "42501", statement);
          }
        }
      });

      it("lets nobody else into the database", async () => {
        await model.ask("CREATE ROLE outsider");
        const [row] = await model.ask(
          `SELECT has_database_privilege('outsider', 'app', 'CONNECT') AS connects,
                has_schema_privilege('outsider', 'app', 'USAGE') AS uses,
                has_schema_privilege('outsider', 'app_rotation', 'USAGE') AS rotates,
                has_function_privilege('outsider', 'app_rotation.end_sessions(text)', 'EXECUTE')
                  AS executes`,
        );
        assert.deepStrictEqual(row, {
          connects: false,
          uses: false,
          rotates: false,
          executes: false,
        });
      });
    });
  }
});

/** Everything that the functions use, under the same names, with answers that would let all pass. */
const ATTACK = `
  CREATE SCHEMA attack;
  GRANT USAGE ON SCHEMA attack TO PUBLIC;
  CREATE FUNCTION attack.yes(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
  CREATE FUNCTION attack.yes(name, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
  CREATE FUNCTION attack.no(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
  CREATE OPERATOR attack.= (LEFTARG = text, RIGHTARG = text, FUNCTION = attack.yes);
  CREATE OPERATOR attack.= (LEFTARG = name, RIGHTARG = text, FUNCTION = attack.yes);
  CREATE OPERATOR attack.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = attack.no);
  CREATE FUNCTION attack.set_config(text, text, boolean) RETURNS text
    LANGUAGE sql AS 'SELECT NULL::text';
  CREATE AGGREGATE attack.count(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '665');
  CREATE VIEW attack.pg_stat_activity AS SELECT 1 AS pid, 'app_owner'::name AS usename;
  GRANT SELECT ON attack.pg_stat_activity TO PUBLIC;
`;
