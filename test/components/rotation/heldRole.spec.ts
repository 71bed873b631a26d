import assert from "node:assert";
import type { Client } from "pg";
import { type ModelRole, RoleModel } from "../../support/roleModel";

const FIRST = { counter: 1, live: 1, retired: -1 };
const EMERGENCY = { counter: 2, live: 2, retired: 1 };
const NEXT = { counter: 3, live: 3, retired: 2 };

describe("a role that somebody holds, under the real engine", function () {
  this.timeout(120_000);
  // What follows a run that went wrong says nothing.
  this.bail(true);
  let model: RoleModel;

  before(async () => {
    model = await RoleModel.start();
  });
  after(() => model?.stop());

  /** Everything by which a session of a slot can make others wait. */
  async function hold(role: ModelRole, password?: string): Promise<Client[]> {
    const locks = await model.session(role, password);
    const row = await model.session(role, password);
    // The number by which the provider locks a role, and whoever is a member of it.
    await locks.query("select pg_advisory_lock(oid::bigint) from pg_roles");
    await locks.query("select pg_advisory_lock(oid::bigint) from pg_database");
    await row.query(
      `begin; alter role ${role} set application_name = 'mine'; alter role ${role} password 'again'`,
    );
    return [locks, row];
  }

  async function stored(role: ModelRole) {
    const [row] = await model.ask(
      `select rolcanlogin as login, rolconfig::text as settings from pg_roles where rolname = '${role}'`,
    );
    return row;
  }

  const asMade = `{"search_path=app, public"}`;

  it("is changed and ended all the same, and the other one made meanwhile", async () => {
    const planted = await model.session("app_green");
    await planted.query("alter role current_user password 'mine'");
    const held = await hold("app_green", "mine");
    await model.up(EMERGENCY, FIRST);
    assert.deepStrictEqual(await stored("app_green"), { login: false, settings: asMade });
    assert.deepStrictEqual(await stored("app_blue"), { login: true, settings: asMade });
    for (const session of [...held, planted]) {
      await assert.rejects(session.query("select 1"));
    }
    await assert.rejects(model.session("app_green"), { code: "28000" });
  });

  it("has nothing of its former holder when it gets its next credential", async () => {
    await model.ask("alter role app_green set local_preload_libraries = 'nothing_of_this_name'");
    await model.ask("alter role app_blue password 'mine'");
    await hold("app_blue", "mine");
    await model.up(NEXT, EMERGENCY);
    assert.deepStrictEqual(await stored("app_green"), { login: true, settings: asMade });
    assert.deepStrictEqual(await stored("app_blue"), { login: false, settings: asMade });
    assert.deepStrictEqual(await model.up(NEXT, NEXT), []);
  });
});

describe("a role that acts as the owner and that somebody holds, under the real engine", function () {
  this.timeout(240_000);
  let model: RoleModel;

  before(async () => {
    model = await RoleModel.start("", { actAs: "owner" });
  });
  after(() => model?.stop());

  it("is ended all the same, and the other one made, whatever of the owner's is locked meanwhile", async () => {
    await model.ask("set role app_owner; create table app.items (id int)");
    const open = async (statements: string) => {
      const session = await model.session("app_green");
      await session.query(`begin; ${statements}`);
      return session;
    };
    const held = [
      await open("alter role app_owner password 'mine'; alter role app_owner set work_mem = '4MB'"),
      await open("grant usage on schema app to app_blue; lock table items"),
      await open("set local role none; alter role app_green reset role"),
      await open("select pg_advisory_xact_lock(oid::bigint) from pg_roles"),
    ];
    await model.up(EMERGENCY, FIRST);
    for (const session of held) {
      await assert.rejects(session.query("select 1"));
    }
    const [roles] = await model.ask(
      `select array(select rolname::text from pg_roles where rolcanlogin and rolname in ('app_blue', 'app_green')) as logins,
              array(select distinct array(select unnest(setconfig) order by 1)::text from pg_db_role_setting
                     where setrole in ('app_blue'::regrole, 'app_green'::regrole)) as settings`,
    );
    assert.deepStrictEqual(roles, {
      logins: ["app_blue"],
      settings: [`{role=app_owner,"search_path=app, public"}`],
    });
  });
});
