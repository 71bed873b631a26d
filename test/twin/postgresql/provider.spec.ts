import assert from "node:assert";
import * as postgresql from "@pulumi/postgresql";
import pg from "pg";

import { DatabaseRoles } from "../../../components/application/databaseRoles";
import { PostgresqlProvider } from "../../../twin/postgresql/provider";
import { ADMINISTRATOR_PASSWORD, AzurePostgres, SELF_GRANTS } from "../../support/azurePostgres";
import { EngineStack, type Program } from "../../support/engine";

const ADMINISTRATOR = "pgadmin";

type RoleArgs = Partial<postgresql.RoleArgs>;

describe("postgresql twin under the real engine", function () {
  this.timeout(120_000);

  let server: AzurePostgres;
  let stack: EngineStack;

  before(async () => {
    server = await AzurePostgres.start("");
    const create = () => new PostgresqlProvider();
    stack = await EngineStack.start([{ name: "postgresql", version: "3.18.1", create }]);
  });

  after(async () => {
    await stack.stop();
    await server.stop();
  });

  afterEach(() => stack.destroy());

  function provider(settings: postgresql.ProviderArgs = {}): postgresql.Provider {
    return new postgresql.Provider("server", { ...server.settings, ...settings });
  }

  function role(args: RoleArgs, settings: postgresql.ProviderArgs = {}): Program {
    return () => {
      const made = new postgresql.Role("role", args, { provider: provider(settings) });
      return { name: made.name };
    };
  }

  async function login(user: string, password: string): Promise<pg.Client> {
    const { host, port } = server;
    const client = new pg.Client({ host, port, user, password, database: "app" });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }

  async function canLogIn(user: string, password: string): Promise<string> {
    try {
      await (await login(user, password)).end();
      return "yes";
    } catch (error) {
      return (error as pg.DatabaseError).code ?? String(error);
    }
  }

  it("makes a role under a name of its own and then has nothing more to do", async () => {
    const program = role({ login: false });
    assert.deepEqual(await stack.up(program), ["create Role role"]);
    const { name } = await stack.outputs();
    assert.match(String(name), /^role-[0-9a-f]{7}$/);
    assert.deepEqual(await stack.up(program), []);
    assert.deepEqual(await stack.up(program, { refresh: true }), []);
    assert.equal(
      (await server.ask("SELECT 1 FROM pg_roles WHERE rolname LIKE 'role-%'")).length,
      1,
    );
    await stack.destroy();
    assert.equal(
      (await server.ask("SELECT 1 FROM pg_roles WHERE rolname LIKE 'role-%'")).length,
      0,
    );
  });

  it("gives a role its new password and its login in one update", async () => {
    await stack.up(role({ name: "slot", login: false, password: "first" }));
    assert.equal(await canLogIn("slot", "first"), "28000");
    assert.deepEqual(await stack.up(role({ name: "slot", login: true, password: "second" })), [
      "update Role role",
    ]);
    assert.equal(await canLogIn("slot", "second"), "yes");
    assert.equal(await canLogIn("slot", "first"), "28P01");
  });

  it("never writes a password into the state in clear text", async () => {
    await stack.up(role({ name: "slot", password: "clear-text-password" }));
    assert.ok(!(await stack.state()).includes("clear-text-password"));
  });

  it("takes the old grant away before it makes the one that replaces it", async () => {
    const granted =
      (to: string): Program =>
      () => {
        const opts = { provider: provider() };
        const roles = ["one", "two"].map((name) => new postgresql.Role(name, { name }, opts));
        new postgresql.Grant(
          "grant",
          { database: "app", role: to, objectType: "database", privileges: ["CONNECT"] },
          { ...opts, dependsOn: roles },
        );
      };
    await stack.up(granted("one"));
    assert.deepEqual(await stack.up(granted("two")), [
      "delete-replaced Grant grant",
      "replace Grant grant",
      "create-replacement Grant grant",
    ]);
  });

  it("previews roles before there is a server", async () => {
    const nowhere = { host: "database.invalid" };
    assert.deepEqual(await stack.preview(role({ name: "slot" }, nowhere)), ["create Role role"]);
  });

  it("says what is wrong: a value, a server, a password, a role that is there", async () => {
    const negative = role({ name: "slot", connectionLimit: -2 });
    await assert.rejects(stack.preview(negative), /connection_limit to be at least \(-1\), got -2/);
    await assert.rejects(stack.up(role({ name: "slot" }, { port: 1 })), /connection refused/);
    const wrong = { password: "wrong" };
    await assert.rejects(stack.up(role({ name: "slot" }, wrong)), /authentication failed.*28P01/);
    const taken = role({ name: ADMINISTRATOR });
    await assert.rejects(stack.up(taken), /role \\?"pgadmin\\?" already exists \(42710\)/);
  });

  it("says which type it does not know", async () => {
    await assert.rejects(
      stack.preview(
        () =>
          void new postgresql.Extension("uuid", { name: "uuid-ossp" }, { provider: provider() }),
      ),
      /does not know the type postgresql:index\/extension:Extension/,
    );
  });

  it("takes a failed update for done, as the official provider does", async () => {
    await stack.up(role({ name: "slot", login: true, password: "first" }));
    const lost = role({ name: "slot", login: true, password: "second" }, { port: 1 });
    await assert.rejects(stack.up(lost), /connection refused/);
    // The state holds the new password now, so the next run sees no difference in it.
    await stack.up(role({ name: "slot", login: true, password: "second" }));
    assert.equal(await canLogIn("slot", "first"), "yes");
    await stack.up(role({ name: "slot", login: true, password: "third" }));
    assert.equal(await canLogIn("slot", "third"), "yes");
  });

  for (const selfGrant of SELF_GRANTS) {
    describe(`with the roles of an application, on a server as Azure's, createrole_self_grant '${selfGrant}'`, () => {
      before(() => server.grantSelf(selfGrant));

      it("has an administrator who keeps the group that Azure put him into", async () => {
        const client = await login(ADMINISTRATOR, ADMINISTRATOR_PASSWORD);
        await assert.rejects(client.query(`REVOKE azure_pg_admin FROM ${ADMINISTRATOR}`), {
          code: "42501",
          message: "Cannot revoke azure_pg_admin from session user",
        });
        const { rows } = await client.query("SHOW createrole_self_grant");
        assert.deepEqual(rows, [{ createrole_self_grant: selfGrant }]);
        await client.end();
      });

      const slots: Program = () => {
        const inside = provider();
        const roles = new DatabaseRoles(
          "roles",
          { application: "app", databaseName: "app" },
          { providers: [inside] },
        );
        const opts = { provider: inside, dependsOn: [roles] };
        for (const slot of ["blue", "green"]) {
          const made = new postgresql.Role(
            slot,
            {
              name: `app_${slot}`,
              login: true,
              password: slot,
              roles: ["app_rw"],
              skipReassignOwned: true,
            },
            opts,
          );
          new postgresql.GrantRole(
            `${slot}-sessions`,
            { role: ADMINISTRATOR, grantRole: made.name },
            // The creator of a role has the admin option already; the provider reads that one.
            { ...opts, deletedWith: made, ignoreChanges: ["withAdminOption"] },
          );
        }
      };

      it("has nothing more to do in the second run, and takes everything away again", async () => {
        await stack.up(slots);
        assert.deepEqual(await stack.up(slots), []);
        assert.deepEqual(await stack.up(slots, { refresh: true }), []);
        await stack.destroy();
        assert.deepEqual(
          await server.ask("SELECT rolname FROM pg_roles WHERE rolname ~ '^app_'"),
          [],
        );
      });

      it("lets both slots use what the owner makes, and make nothing themselves", async () => {
        await stack.up(slots);
        await server.ask(
          "SET ROLE app_owner; CREATE TABLE app.made (id integer); INSERT INTO app.made VALUES (1)",
          "app",
        );
        for (const slot of ["blue", "green"]) {
          const client = await login(`app_${slot}`, slot);
          const { rows } = await client.query("SELECT * FROM app.made");
          assert.deepEqual(rows, [{ id: 1 }]);
          await assert.rejects(client.query("CREATE TABLE app.own (id integer)"), {
            code: "42501",
          });
          await client.end();
        }
        await server.ask("DROP TABLE app.made", "app");
      });

      it("lets the administrator's functions end the sessions of a slot", async () => {
        await stack.up(slots);
        const [blue, administrator] = [
          await login("app_blue", "blue"),
          await login(ADMINISTRATOR, ADMINISTRATOR_PASSWORD),
        ];
        const ask = (call: string) =>
          administrator.query<{ n: string }>(`SELECT app_rotation.${call} AS n`);
        assert.equal((await ask("count_sessions('app_blue')")).rows[0]?.n, "1");
        assert.equal((await ask("end_sessions('app_blue')")).rows[0]?.n, "1");
        await assert.rejects(blue.query("SELECT 1"));
        await assert.rejects(ask("end_sessions('pgadmin')"), { code: "22023" });
        await administrator.end();
      });

      it("has a database postgres that nobody but its owner may enter", async () => {
        await stack.up(slots);
        const [acl] = await server.ask(
          "SELECT datacl::text FROM pg_database WHERE datname = 'postgres'",
        );
        assert.doesNotMatch(String(acl?.["datacl"]), /[{,]=/);
      });
    });
  }
});
