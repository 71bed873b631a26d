import assert from "node:assert";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { readFile } from "node:fs/promises";
import { changesByHand, type Expectation } from "../../../components/facts";
import { databaseSource } from "../../../components/facts/fromDatabase";
import { type Role, SlotDatabase } from "../../support/slotDatabase";

const ROLES = ["app_blue", "app_green", "app_none"];

describe("What a session sees of the slots' roles, on a real server", function () {
  this.timeout(30_000);
  const trusted = getCACertificates("default");
  let database: SlotDatabase;

  before(async () => {
    database = await SlotDatabase.start();
    setDefaultCACertificates([...trusted, await readFile(database.world.authority.file, "utf8")]);
  });
  after(async () => {
    setDefaultCACertificates(trusted);
    await database.stop();
  });

  async function login(user: Role, group = "app_rw", elsewhere?: string) {
    const host = database.environment["PGHOST"]!;
    const password = await readFile(database.passwordFile(user), "utf8");
    return databaseSource({ host, port: 5432, name: "app" }).login(
      { user, password, ...(elsewhere && { database: elsewhere }) },
      ROLES,
      group,
    );
  }

  /** What blue's session sees of green while something is otherwise. */
  async function greenAfter(change: string, back: string) {
    await database.sql(change);
    try {
      return (await login("app_blue")).roles?.get("app_green");
    } finally {
      await database.sql(back);
    }
  }

  it("is every attribute that can stop a login, and which role is not there", async () => {
    const { sqlstate, roles } = await login("app_blue");
    assert.ok(roles);
    const usual = { canLogin: true, sessions: 0, connectionLimit: 20 };
    assert.strictEqual(sqlstate, "");
    assert.deepStrictEqual([...roles.keys()].sort(), ["app_blue", "app_green"]);
    assert.deepStrictEqual(roles.get("app_green"), usual);
    assert.deepStrictEqual(
      await greenAfter(
        "ALTER ROLE app_green VALID UNTIL '2025-01-01 01:00+01' CONNECTION LIMIT -1",
        "ALTER ROLE app_green VALID UNTIL 'infinity' CONNECTION LIMIT 20",
      ),
      { canLogin: true, sessions: 0, validUntil: "2025-01-01T00:00:00Z" },
    );
    assert.deepStrictEqual(
      await greenAfter("REVOKE app_rw FROM app_green", "GRANT app_rw TO app_green"),
      { ...usual, lacksRights: true },
    );
    assert.deepStrictEqual(
      await greenAfter("ALTER ROLE app_green NOLOGIN", "ALTER ROLE app_green LOGIN"),
      { ...usual, canLogin: false },
    );
    assert.deepStrictEqual(
      await greenAfter(
        "CREATE ROLE reporting; GRANT reporting, pg_monitor TO app_green",
        "REVOKE pg_monitor FROM app_green; DROP ROLE reporting",
      ),
      { ...usual, granted: ["pg_monitor", "reporting"] },
    );
  });

  it("is as whom a session of it acts, which no login fails for", async () => {
    const member = "GRANT app_owner TO app_green";
    const assumes = "ALTER ROLE app_green SET role TO app_owner";
    for (const [given, acts] of [
      [[], "app_green"],
      [[member, assumes], "app_owner"],
      [[member], "app_green"],
      [[assumes], "app_green"],
      [[`${member} WITH SET FALSE`, assumes], "app_green"],
      [[member, assumes, "ALTER ROLE app_green IN DATABASE app SET role TO app_rw"], "app_rw"],
      [[member, assumes, "ALTER ROLE app_green IN DATABASE app SET role TO none"], "app_green"],
      [
        [member, assumes, "ALTER ROLE app_green IN DATABASE app SET role TO pg_monitor"],
        "app_owner",
      ],
      [
        [member, assumes, "ALTER ROLE app_green IN DATABASE postgres SET role TO none"],
        "app_owner",
      ],
      [[member, "ALTER DATABASE app SET role TO app_owner"], "app_owner"],
      [[member, assumes, "ALTER DATABASE app SET role TO app_rw"], "app_owner"],
      [["ALTER ROLE app_green SET role TO app_green"], "app_green"],
    ] as const) {
      await database.sql(given.join("; "));
      const session = await database.session("app_green");
      try {
        const { rows } = await session.query<{ user: string }>("select current_user::text as user");
        const seen = (await login("app_blue")).roles?.get("app_green");
        assert.deepStrictEqual(
          [rows[0]?.user, seen?.actsAs ?? "app_green"],
          [acts, acts],
          given.join("; "),
        );
      } finally {
        await session.end();
        await database.sql(`SET ROLE NONE; ALTER DATABASE app RESET role; REVOKE app_owner FROM app_green;
          ALTER ROLE app_green RESET ALL; ALTER ROLE app_green IN DATABASE app RESET ALL;
          ALTER ROLE app_green IN DATABASE postgres RESET ALL`);
      }
    }
  });

  it("is as it should be after the SQL that the text about a change by hand gives", async () => {
    await database.sql("GRANT app_owner TO app_blue; ALTER ROLE app_blue SET role TO app_owner");
    const expected: Expectation = {
      ...{ application: "app", actAs: "owner", namespace: "app", vault: "kv", secretVersion: "v" },
      ...{ replicas: 1, connections: 20, plan: { counter: 1, live: 1, retired: -1 } },
    };
    const changes = async () => {
      const roles = (await login("app_blue")).roles;
      const role = (name: string) => ({ role: roles?.get(name) ?? null });
      const slots = { blue: role("app_blue"), green: role("app_green") };
      return changesByHand({ slots, unseen: [] }, expected).filter(({ what }) => what === "role");
    };
    try {
      for (const change of [
        "SELECT",
        "ALTER ROLE app_green IN DATABASE app SET role TO app_rw",
        "GRANT app_owner TO app_green WITH SET FALSE",
        "ALTER ROLE app_green RESET role",
        "REVOKE app_owner FROM app_green",
      ]) {
        await database.sql(change);
        const found = await changes();
        assert.deepStrictEqual([found.length, change], [1, change]);
        const [, statements = ""] = /^psql --command "(.+)"$/.exec(found[0]!.help) ?? [];
        await database.sql(statements);
        assert.deepStrictEqual(await changes(), [], change);
      }
    } finally {
      await database.sql(`REVOKE app_owner FROM app_blue, app_green;
        ALTER ROLE app_blue RESET ALL; ALTER ROLE app_green RESET ALL`);
    }
  });

  it("is the same of slots that took a login over, seen from the server's own database, too", async () => {
    const legacy = "Shop-App.Legacy";
    const member = (role: string) =>
      `REVOKE app_rw FROM ${role}; GRANT "${legacy}" TO ${role};
       ALTER ROLE ${role} SET role TO "${legacy}";`;
    await database.sql(`CREATE ROLE "${legacy}"; ${member("app_blue")} ${member("app_green")}`);
    const expected: Expectation = {
      ...{ application: "app", actAs: "owner", namespace: "app", vault: "kv", secretVersion: "v" },
      ...{ replicas: 1, connections: 20, plan: { counter: 1, live: 1, retired: -1 } },
      legacy: { role: legacy, service: "shop", databaseName: "app", ownerRole: legacy },
    };
    const changes = async (user: Role, elsewhere?: string) => {
      const { roles } = await login(user, legacy, elsewhere);
      const role = (name: string) => ({ role: roles?.get(name) ?? null });
      const slots = { blue: role("app_blue"), green: role("app_green") };
      return changesByHand({ slots, unseen: [] }, expected).filter(({ what }) => what === "role");
    };
    try {
      for (const change of [
        `REVOKE "${legacy}" FROM app_green`,
        `GRANT "${legacy}" TO app_green WITH SET FALSE`,
        `GRANT "${legacy}" TO app_green WITH INHERIT FALSE`,
        "ALTER ROLE app_green IN DATABASE app SET role TO app_rw; GRANT app_rw TO app_green",
      ]) {
        assert.deepStrictEqual(await changes("app_blue"), []);
        await database.sql(change);
        const found = await changes("app_blue");
        assert.deepStrictEqual(await changes("app_rotator", "postgres"), found);
        assert.ok(found.length > 0, change);
        for (const { help } of found) {
          const [, , statements = ""] = /^psql --command (["'])(.+)\1$/.exec(help) ?? [];
          await database.sql(statements);
        }
      }
      assert.deepStrictEqual(await changes("app_blue"), []);
    } finally {
      await database.sql(`ALTER ROLE app_blue RESET ALL; ALTER ROLE app_green RESET ALL;
        ALTER ROLE app_green IN DATABASE app RESET ALL; DROP OWNED BY "${legacy}"; DROP ROLE "${legacy}";
        GRANT app_rw TO app_blue, app_green`);
    }
  });

  it("is not there when the role has all the connections that it may have: that is an answer", async () => {
    await database.sql("ALTER ROLE app_green CONNECTION LIMIT 0");
    try {
      assert.deepStrictEqual(await login("app_green"), { sqlstate: "53300" });
    } finally {
      await database.sql("ALTER ROLE app_green CONNECTION LIMIT 20");
    }
  });

  it("is what it would be without the settings that a holder of its password gave the role", async () => {
    // What a member of the owner can put in the place of the comparison that finds the roles.
    await database.sql(`
      CREATE FUNCTION app.eq(name, name) RETURNS boolean LANGUAGE sql RETURN false;
      CREATE OPERATOR app.= (LEFTARG = name, RIGHTARG = name, FUNCTION = app.eq);
      GRANT USAGE ON SCHEMA app TO app_blue`);
    for (const setting of [
      "search_path = app, pg_catalog",
      "local_preload_libraries = 'nothing_of_this_name'",
      "idle_session_timeout = 1",
      "role = app_rw",
    ]) {
      await database.sql(`ALTER ROLE app_blue SET ${setting}`);
      const { sqlstate, roles } = await login("app_blue");
      assert.deepStrictEqual([sqlstate, roles?.size], ["", 2], setting);
    }
    await database.sql(`
      ALTER ROLE app_blue RESET ALL;
      DROP OPERATOR app.= (name, name);
      DROP FUNCTION app.eq(name, name);
      REVOKE USAGE ON SCHEMA app FROM app_blue`);
  });

  it("is left to another role's session where its own do not live, and the login counts", async () => {
    await database.sql("ALTER ROLE app_blue SET transaction_timeout = 1");
    try {
      const { sqlstate, roles } = await login("app_blue");
      assert.deepStrictEqual([sqlstate, roles], ["", undefined]);
    } finally {
      await database.sql("ALTER ROLE app_blue RESET ALL");
    }
  });

  it("is unknown while the server as a whole has no connection left", async () => {
    await database.sql("ALTER DATABASE app CONNECTION LIMIT 0");
    try {
      await assert.rejects(login("app_green"), /too many connections for database/);
    } finally {
      await database.sql("ALTER DATABASE app CONNECTION LIMIT -1");
    }
  });
});
