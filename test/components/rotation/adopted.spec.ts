import assert from "node:assert";
import type { Adopted } from "../../../components/plan";
import { LEGACY } from "../../../rehearsal/rig/legacyDatabase";
import { ADOPTED as ANY } from "../../support/adopted";
import { SELF_GRANTS } from "../../support/azurePostgres";
import { type ModelRole, RoleModel } from "../../support/roleModel";

const BEGINNING = { counter: -1, live: -1, retired: -2 };
const PROMOTED = { counter: 0, live: 0, retired: -2 };
const RETIRED = { counter: 0, live: 0, retired: -1 };
const NEXT = { counter: 1, live: 1, retired: -1 };
const AFTER_NEXT = { counter: 2, live: 2, retired: -1 };
const SLOTS: readonly ModelRole[] = ["app_blue", "app_green"];

const ADOPTED: Adopted = { ...ANY, statementTimeout: LEGACY.statementTimeout };

/** Owners and rights of all there is in a database, and what its roles are. */
const INSIDE = `
  SELECT array(SELECT c.oid::regclass || ' ' || relowner::regrole || ' ' || coalesce(relacl::text, '')
                 FROM pg_class c ORDER BY 1) AS relations,
         array(SELECT nspname || ' ' || nspowner::regrole || ' ' || coalesce(nspacl::text, '')
                 FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp' ORDER BY 1) AS schemas,
         array(SELECT p.oid::regprocedure || ' ' || proowner::regrole FROM pg_proc p
                ORDER BY 1) AS functions,
         array(SELECT defaclobjtype::text || ' ' || defaclacl::text FROM pg_default_acl ORDER BY 1) AS defaults,
         (SELECT datdba::regrole || ' ' || coalesce(datacl::text, '') FROM pg_database
           WHERE datname = current_database()) AS database,
         (SELECT to_jsonb(r) - 'oid' FROM pg_roles r WHERE rolname = '${LEGACY.role}') AS login`;

type Inside = Readonly<Record<"login", Readonly<Record<string, unknown>>>> &
  Readonly<Record<string, unknown>>;

for (const selfGrant of SELF_GRANTS) {
  describe(`slots that take a login over, under the real engine, createrole_self_grant '${selfGrant}'`, function () {
    this.timeout(120_000);
    // What follows a run that went wrong says nothing.
    this.bail(true);
    let model: RoleModel;
    let found: unknown[];

    before(async () => {
      model = await RoleModel.start(selfGrant, {
        adopted: ADOPTED,
        first: BEGINNING,
        beforeRuns: async (made) => {
          found = await made.ask(INSIDE);
        },
      });
    });
    after(() => model?.stop());

    async function ask(role: ModelRole, ...statements: string[]): Promise<unknown[]> {
      const client = await model.session(role);
      try {
        let rows: unknown[] = [];
        for (const statement of statements) {
          ({ rows } = await client.query<Record<string, unknown>>(statement));
        }
        return rows;
      } finally {
        await client.end();
      }
    }

    it("leave the database, its rights and the login as they were", async () => {
      assert.deepStrictEqual(await model.ask(INSIDE), found);
      await assert.rejects(model.session("app_blue"), { code: "28000" });
      await model.up(PROMOTED, BEGINNING);
      assert.deepStrictEqual(await model.ask(INSIDE), found);
      assert.deepStrictEqual(await model.up(PROMOTED, PROMOTED), []);
    });

    /** What a slot's session is, sees and has. */
    const seenBy = async (role: ModelRole) =>
      ask(
        role,
        `SELECT session_user::text AS session, current_user::text AS current,
                current_setting('statement_timeout') AS timeout,
                (SELECT count(*)::int FROM public.orders) AS orders,
                (SELECT value FROM settings) AS own, current_schemas(false)::text[] AS path`,
      );
    const asTheLogin = (role: ModelRole) => [
      {
        ...{ session: role, current: LEGACY.role, timeout: "15s", orders: 1, own: "hello" },
        path: [LEGACY.role, "public"],
      },
    ];

    it("act as the owner, see what it sees, and have its settings", async () => {
      assert.deepStrictEqual(await seenBy("app_blue"), asTheLogin("app_blue"));
    });

    it("make what is the owner's, so that login and slots use each other's", async () => {
      await ask("app_blue", "CREATE TABLE made (id int)", "INSERT INTO made VALUES (1)");
      await model.ask(
        `SET SESSION AUTHORIZATION "${LEGACY.role}"; INSERT INTO made VALUES (2);
         CREATE TABLE later (id int)`,
      );
      await ask("app_blue", "ALTER TABLE later ADD COLUMN name text", "DROP TABLE made, later");
      assert.deepStrictEqual(await model.ask(INSIDE), found);
    });

    it("have sessions that the rotator counts from the server's own database, and ends but for the login's", async () => {
      const blue = await model.session("app_blue");
      const ended = new Promise((resolve) => blue.once("end", resolve));
      const rotator = await model.session("app_rotator", undefined, "postgres");
      const call = async (name: string, role: string) => {
        const query = `SELECT app_rotation.${name}($1)::int AS n`;
        return (await rotator.query<{ n: number }>(query, [role])).rows[0]?.n;
      };
      assert.strictEqual(await call("count_sessions", LEGACY.role), 0);
      assert.strictEqual(await call("count_sessions", "app_blue"), 1);
      assert.strictEqual(await call("end_sessions", "app_blue"), 1);
      await ended;
      for (const other of [LEGACY.role, "rotation_admin"]) {
        await assert.rejects(call("end_sessions", other), { code: "22023" }, other);
      }
    });

    it("go on as they are once the login has ended, which stays the owner", async () => {
      await model.up(RETIRED, PROMOTED);
      const [{ login, ...inside }, [{ login: before, ...rest }]] = [
        (await model.ask<Inside>(INSIDE))[0]!,
        found as [Inside],
      ];
      assert.deepStrictEqual(inside, rest);
      assert.deepStrictEqual(login, { ...before, rolcanlogin: false });
      assert.deepStrictEqual(await seenBy("app_blue"), asTheLogin("app_blue"));
      await model.up(NEXT, RETIRED);
      assert.deepStrictEqual(await seenBy("app_green"), asTheLogin("app_green"));
      await ask("app_green", "CREATE TABLE made (id int)");
      await ask("app_blue", "DROP TABLE made");
    });

    it("keep all of it with the next password, whatever a holder of the last one set", async () => {
      await ask(
        "app_blue",
        "SET ROLE NONE",
        "ALTER ROLE app_blue SET statement_timeout = 1",
        "ALTER ROLE app_blue RESET role",
        "ALTER ROLE app_blue SET search_path = pg_catalog",
      );
      await model.up(AFTER_NEXT, NEXT);
      assert.deepStrictEqual(await seenBy("app_blue"), asTheLogin("app_blue"));
      assert.deepStrictEqual(await model.up(AFTER_NEXT, AFTER_NEXT), []);
    });

    it("can be dropped as they stand", async () => {
      for (const role of SLOTS) {
        await model.ask(
          `SET SESSION AUTHORIZATION rotation_admin; BEGIN; DROP ROLE ${role}; ROLLBACK`,
        );
      }
    });
  });
}
