import assert from "node:assert";

import { PostgresqlProvider } from "../../../../twin/postgresql/provider";
import { Secret, type Properties } from "../../../../twin/plugin/provider";
import { ADMINISTRATOR_PASSWORD, AzurePostgres, SELF_GRANTS } from "../../../support/azurePostgres";
import { Managed } from "../../../support/managed";

const ADMINISTRATOR = "pgadmin";

for (const selfGrant of SELF_GRANTS) {
  describe(`resources of the postgresql twin on a server as Azure's, createrole_self_grant '${selfGrant}'`, function () {
    this.timeout(60_000);

    let server: AzurePostgres;
    let provider: PostgresqlProvider;
    const made: Managed[] = [];

    before(async () => {
      server = await AzurePostgres.start(selfGrant);
      await server.ask(
        `CREATE ROLE owner NOLOGIN; CREATE ROLE reader NOLOGIN;
       GRANT owner, reader TO ${ADMINISTRATOR} WITH ADMIN OPTION;`,
      );
      provider = await configured({});
    });

    afterEach(async () => {
      for (const resource of made.splice(0).reverse()) {
        await resource.delete();
      }
    });

    after(() => server.stop());

    async function configured(settings: Properties): Promise<PostgresqlProvider> {
      const one = new PostgresqlProvider();
      await one.configure({
        host: server.host,
        port: String(server.port),
        username: ADMINISTRATOR,
        password: new Secret(ADMINISTRATOR_PASSWORD),
        database: "app",
        sslmode: "disable",
        superuser: "false",
        ...settings,
      });
      return one;
    }

    /** Made objects are deleted after the test, the last one first. */
    async function create(type: string, inputs: Properties): Promise<Managed> {
      const token = `postgresql:index/${type}:${type[0]?.toUpperCase()}${type.slice(1)}`;
      const resource = new Managed(provider, token);
      await resource.create(inputs);
      made.push(resource);
      return resource;
    }

    async function acl(list: string, from: string): Promise<string> {
      const [row] = await server.ask<{ acl: string }>(
        `SELECT ${list}::text AS acl FROM ${from}`,
        "app",
      );
      return row?.acl ?? "";
    }

    it("gives a schema to its owner, renames it and gives it to another", async () => {
      const schema = await create("schema", { name: "one", owner: "owner" });
      assert.equal(schema.id, "app.one");
      assert.equal((await schema.diff({ name: "one", owner: "owner" })).changes, "none");
      await schema.update({ name: "two", owner: ADMINISTRATOR });
      assert.equal(schema.state["id"], "app.two");
      const owners = "pg_namespace JOIN pg_roles r ON r.oid = nspowner WHERE nspname = 'two'";
      assert.equal(await acl("rolname", owners), ADMINISTRATOR);
    });

    it("makes a function that runs as its owner, and changes its body in place", async () => {
      const count = (body: string) => ({
        name: "answer",
        schema: "public",
        database: "app",
        args: [{ name: "what", type: "text", default: "'all'::text" }],
        returns: "bigint",
        securityDefiner: true,
        strict: true,
        body,
      });
      await server.ask(`GRANT ALL ON SCHEMA public TO ${ADMINISTRATOR}`, "app");
      const made = await create("function", count("BEGIN RETURN 1; END"));
      assert.equal(made.id, "app.public.answer(text)");
      assert.equal((await made.diff(count("BEGIN RETURN 1; END"))).changes, "none");
      await made.update(count("BEGIN RETURN 2; END"));
      const [row] = await server.ask("SELECT public.answer() AS n", "app");
      assert.deepEqual(row, { n: "2" });
      const read = await made.read();
      assert.deepEqual(read?.inputs, made.inputs);
    });

    it("would replace a function for ever whose schema needs quotes, as the official one", async () => {
      await create("schema", { name: "my-app" });
      const inputs = {
        name: "f",
        database: "app",
        schema: "my-app",
        returns: "integer",
        body: "BEGIN RETURN 1; END",
      };
      const made = await create("function", inputs);
      assert.deepEqual((await made.diff(inputs)).replaces, ["schema"]);
    });

    it("takes the right to execute from everybody and gives it to one role", async () => {
      await server.ask(`GRANT ALL ON SCHEMA public TO ${ADMINISTRATOR}`, "app");
      await create("function", { name: "f", schema: "public", returns: "void", body: "BEGIN END" });
      const target = { database: "app", schema: "public", objectType: "function", objects: ["f"] };
      await create("grant", { ...target, role: "public", privileges: [] });
      const grant = await create("grant", { ...target, role: "reader", privileges: ["EXECUTE"] });
      assert.equal(grant.id, "reader_app_public_function_f");
      assert.equal(
        await acl("proacl", "pg_proc WHERE proname = 'f'"),
        `{${ADMINISTRATOR}=X/${ADMINISTRATOR},reader=X/${ADMINISTRATOR}}`,
      );
    });

    it("notices a privilege that somebody else took away", async () => {
      const wanted = { database: "app", role: "reader", objectType: "database" };
      const grant = await create("grant", { ...wanted, privileges: ["CONNECT", "TEMPORARY"] });
      await server.ask("REVOKE TEMPORARY ON DATABASE app FROM reader");
      const read = await grant.read();
      assert.deepEqual(read?.outputs["privileges"], ["CONNECT"]);
    });

    it("takes all privileges for what ALL stands for", async () => {
      const all = { database: "app", schema: "own", role: "reader", objectType: "schema" };
      await create("schema", { name: "own", owner: "owner" });
      const grant = await create("grant", { ...all, privileges: ["ALL"] });
      assert.deepEqual(grant.state["privileges"], ["ALL"]);
      assert.match(await acl("nspacl", "pg_namespace WHERE nspname = 'own'"), /reader=UC/);
    });

    it("grants on single columns", async () => {
      await server.ask(
        `CREATE TABLE people (name text, pay integer); ALTER TABLE people OWNER TO ${ADMINISTRATOR}`,
        "app",
      );
      await create("grant", {
        database: "app",
        schema: "public",
        role: "reader",
        objectType: "column",
        objects: ["people"],
        columns: ["name"],
        privileges: ["SELECT"],
      });
      const column = "pg_attribute WHERE attrelid = 'people'::regclass AND attname = 'name'";
      assert.match(await acl("attacl", column), /reader=r/);
      await made.splice(0)[0]?.delete();
      assert.equal(await acl("attacl", column), "");
      await server.ask("DROP TABLE people", "app");
    });

    it("refuses grants that make no sense before it asks the server", async () => {
      const grant = (inputs: Properties) =>
        create("grant", { database: "app", role: "reader", privileges: [], ...inputs });
      await assert.rejects(grant({ objectType: "table" }), /'schema' is mandatory/);
      await assert.rejects(
        grant({ objectType: "schema", schema: "public", privileges: ["SELECT"] }),
        /SELECT is not an allowed privilege for object type schema/,
      );
    });

    it("says that default privileges are for the objects of a schema or of all", async () => {
      const wanted = { database: "app", role: "reader", owner: "owner", objectType: "sequence" };
      const defaults = await create("defaultPrivileges", { ...wanted, privileges: ["USAGE"] });
      assert.equal(defaults.id, "reader_app_noschema_owner_sequence");
      const inputs = { ...wanted, privileges: ["USAGE", "SELECT"] };
      assert.deepEqual((await defaults.update(inputs))["privileges"], ["SELECT", "USAGE"]);
      assert.deepEqual((await defaults.read())?.outputs["privileges"], ["SELECT", "USAGE"]);
    });

    it("resets what a role no longer has", async () => {
      const name = "limited";
      const all = {
        name,
        searchPaths: ["a", "b"],
        statementTimeout: 500,
        idleInTransactionSessionTimeout: 700,
        assumeRole: "reader",
      };
      const role = await create("role", all);
      assert.deepEqual((await role.read())?.outputs["searchPaths"], ["a", "b"]);
      await role.update({ name });
      const settings = `SELECT rolconfig FROM pg_roles WHERE rolname = '${name}'`;
      assert.deepEqual(await server.ask(settings), [{ rolconfig: null }]);
      assert.equal(role.state["statementTimeout"], 0);
    });

    it("drops a role that owns something only after giving that away", async () => {
      const role = await create("role", { name: "leaver", login: false });
      const schema = await create("schema", { name: "left", owner: "leaver" });
      made.splice(made.indexOf(role), 1);
      await role.delete();
      schema.state = (await schema.read())?.outputs ?? {};
      assert.equal(schema.state["owner"], ADMINISTRATOR);
    });

    it("says that an object is gone, whatever its type", async () => {
      const role = await create("role", { name: "gone" });
      const schema = await create("schema", { name: "gone" });
      const membership = await create("grantRole", { role: "gone", grantRole: "reader" });
      made.splice(0);
      await server.ask("DROP SCHEMA gone", "app");
      await server.ask("DROP ROLE gone");
      for (const resource of [role, schema, membership]) {
        assert.equal(await resource.read(), undefined);
      }
    });

    it("refuses to read passwords as a superuser that it is not", async () => {
      const bold = new Managed(
        await configured({ superuser: "true" }),
        "postgresql:index/role:Role",
      );
      await assert.rejects(
        bold.create({ name: "bold", login: true, password: "p" }),
        /superuser = false/,
      );
      await server.ask("DROP ROLE bold");
    });

    it("waits for its turn when no more connections are allowed", async () => {
      provider = await configured({ maxConnections: "1" });
      const names = ["a", "b", "c", "d"];
      await Promise.all(names.map((name) => create("role", { name: `turn_${name}` })));
      const roles = await server.ask("SELECT 1 FROM pg_roles WHERE rolname LIKE 'turn_%'");
      assert.equal(roles.length, names.length);
    });

    it("changes many grants of one role at the same time", async () => {
      provider = await configured({});
      const schemas = ["s1", "s2", "s3", "s4"];
      await Promise.all(schemas.map((name) => create("schema", { name })));
      await Promise.all(
        schemas.map((schema) =>
          create("grant", {
            database: "app",
            schema,
            role: "reader",
            objectType: "schema",
            privileges: ["USAGE"],
          }),
        ),
      );
      const granted = "SELECT 1 FROM pg_namespace WHERE nspacl::text LIKE '%reader=U%'";
      assert.equal((await server.ask(granted, "app")).length, schemas.length);
    });
  });
}
