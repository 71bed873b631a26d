import assert from "node:assert";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import type { Client } from "pg";
import { scramVerifier } from "../../../components/rotation/scramVerifier";
import { leftoversText, shutOut, type ShutOutArgs } from "../../../components/rotation/shutOut";
import { SlotDatabase } from "../../support/slotDatabase";

const ROLE = "app_green";
const PASSWORD = "the-next-password";

describe("shutOut, against whoever holds a role's password on a real server", function () {
  this.timeout(60_000);
  const trusted = getCACertificates("default");
  let database: SlotDatabase;
  let holders: Client[];

  before(async () => {
    database = await SlotDatabase.start();
    setDefaultCACertificates([...trusted, await readFile(database.world.authority.file, "utf8")]);
    await database.restartWith("max_prepared_transactions", "5");
  });
  after(async () => {
    setDefaultCACertificates(trusted);
    await database.stop();
  });
  beforeEach(async () => {
    holders = [];
    await database.sql(`alter role ${ROLE} login`);
    await database.restorePassword(ROLE);
  });
  afterEach(() => Promise.all(holders.map((holder) => holder.end())));

  async function holder(): Promise<Client> {
    const client = await database.session(ROLE);
    holders.push(client);
    return client;
  }

  function shut(login: boolean, assumes?: string, timeouts: ShutOutArgs["timeouts"] = {}) {
    return shutOut({
      server: { host: database.environment["PGHOST"]!, port: 5432 },
      administrator: database.administrator,
      role: ROLE,
      assumes,
      timeouts,
      login,
      verifier: scramVerifier(PASSWORD, [ROLE]),
    });
  }

  async function settings(): Promise<string[]> {
    const rows = await database.sql<{ entry: string }>(
      `select unnest(setconfig) as entry from pg_db_role_setting where setrole = '${ROLE}'::regrole`,
    );
    return rows.map(({ entry }) => entry);
  }

  /** How a login with a password ends: empty, or SQLSTATE. */
  async function loginWith(password: string): Promise<string> {
    const source = { host: database.environment["PGHOST"]!, port: 5432, name: "app" };
    const { databaseSource } = await import("../../../components/facts/fromDatabase");
    return (await databaseSource(source).login({ user: ROLE, password }, [], "app_rw")).sqlstate;
  }

  it("ends a transaction that holds the role's row, which an administrator alone waits for without end", async () => {
    const attacker = await holder();
    await attacker.query(
      `begin; alter role ${ROLE} set work_mem = '4MB'; alter role ${ROLE} password 'mine'`,
    );
    const [found] = await Promise.all([
      shut(false),
      new Promise((end) => attacker.once("end", end)),
    ]);
    assert.strictEqual(found.sessionsEnded, 1);
    assert.strictEqual(await loginWith(PASSWORD), "28000");
  });

  it("wins against sessions that come back and change the role all the time", async () => {
    const password = await readFile(database.passwordFile(ROLE), "utf8");
    let isOver = false;
    const storm = Array.from({ length: 4 }, async () => {
      for (let turn = 0; !isOver; turn++) {
        try {
          const attacker = await holder();
          for (;;) {
            await attacker.query(`alter role ${ROLE} set application_name = 'mine${turn}'`);
            await attacker.query(`alter role ${ROLE} password '${password}'`);
          }
        } catch {
          // Ended, refused, or at the same time as another one: it comes back.
          await pause(1);
        }
      }
    });
    await pause(500);
    const { sessionsEnded } = await shut(false);
    isOver = true;
    await Promise.all(storm);
    assert.ok(sessionsEnded > 0);
    assert.deepStrictEqual([await database.sessions(ROLE), await settings()], [0, []]);
    assert.strictEqual(await loginWith(PASSWORD), "28000");
  });

  it("rolls prepared transactions back, which outlive every session", async () => {
    const attacker = await holder();
    await attacker.query(
      `begin; alter role ${ROLE} password 'mine'; prepare transaction 'it''s mine'`,
    );
    const { preparedRolledBack } = await shut(false);
    assert.strictEqual(preparedRolledBack, 1);
    assert.deepStrictEqual(await database.sql("select gid from pg_prepared_xacts"), []);
  });

  describe("of a role that acts as the owner", () => {
    before(() => database.sql(`grant app_owner to ${ROLE}`));
    after(() => database.sql(`revoke app_owner from ${ROLE}`));

    it("rolls back what was prepared as the owner and holds the role, and nothing else of the owner's", async () => {
      const attacker = await holder();
      await attacker.query(
        `begin; alter role ${ROLE} password 'mine'; set role app_owner; prepare transaction 'role'`,
      );
      await attacker.query(
        `begin; set role none; alter role ${ROLE} set work_mem = '4MB'; set role app_owner;
         prepare transaction 'setting'`,
      );
      // Of the other slot's application, perhaps.
      await attacker.query(
        "begin; set role app_owner; insert into app.items (name) values ('kept'); prepare transaction 'work'",
      );
      const { preparedRolledBack } = await shut(false, "app_owner");
      assert.strictEqual(preparedRolledBack, 2);
      const left = "select gid, owner from pg_prepared_xacts";
      assert.deepStrictEqual(await database.sql(left), [{ gid: "work", owner: "app_owner" }]);
      await database.sql("rollback prepared 'work'");
    });
  });

  it("takes away every setting that a holder can give the role, and names them", async () => {
    const attacker = await holder();
    await attacker.query("do 'begin end'");
    for (const setting of [
      "local_preload_libraries = 'nothing_of_this_name'",
      "default_transaction_read_only = on",
      "search_path = nowhere",
      "role = app_rw",
      "statement_timeout = 1",
      "transaction_timeout = 1",
      "plpgsql.extra_errors = 'all'",
      "temp_buffers = 200",
    ]) {
      await attacker.query(`alter role ${ROLE} set ${setting}`);
    }
    await attacker.query(`alter role ${ROLE} in database app set idle_session_timeout = 1`);
    const { settings: named } = await shut(true);
    assert.deepStrictEqual(await settings(), []);
    assert.deepStrictEqual(named, [
      "default_transaction_read_only",
      "idle_session_timeout",
      "local_preload_libraries",
      "plpgsql.extra_errors",
      "role",
      "statement_timeout",
      "temp_buffers",
      "transaction_timeout",
    ]);
  });

  it("leaves what the role's sessions act as, and names who was put in its place", async () => {
    await database.sql(`alter role ${ROLE} set role = app_owner`);
    assert.deepStrictEqual((await shut(true, "app_owner")).settings, []);
    assert.deepStrictEqual(await settings(), ["role=app_owner"]);
    for (const where of ["", "in database app"]) {
      await database.sql(`alter role ${ROLE} ${where} set role = app_rw`);
      assert.deepStrictEqual((await shut(true, "app_owner")).settings, ["role"], where);
      assert.deepStrictEqual(await settings(), ["role=app_owner"], where);
    }
    await database.sql(`alter role ${ROLE} reset role`);
    assert.deepStrictEqual((await shut(true, "app_owner")).settings, []);
    assert.deepStrictEqual(await settings(), ["role=app_owner"]);
    assert.deepStrictEqual((await shut(true)).settings, ["role"]);
  });

  it("leaves the timeouts that a run gave the role, and names what somebody made of them", async () => {
    await database.sql(`alter role ${ROLE} set statement_timeout to 15000`);
    const timeouts = { statement_timeout: 15_000, idle_in_transaction_session_timeout: 60_000 };
    const given = ["statement_timeout=15000", "idle_in_transaction_session_timeout=60000"];
    assert.deepStrictEqual((await shut(true, undefined, timeouts)).settings, []);
    assert.deepStrictEqual(await settings(), given);
    await database.sql(`alter role ${ROLE} set statement_timeout to 1`);
    assert.deepStrictEqual((await shut(true, undefined, timeouts)).settings, ["statement_timeout"]);
    assert.deepStrictEqual((await settings()).sort(), given.toSorted());
  });

  it("leaves the program's password alone in force, whatever a holder made of it", async () => {
    const attacker = await holder();
    await attacker.query(`alter role ${ROLE} password 'mine'`);
    await shut(true);
    assert.deepStrictEqual([await loginWith("mine"), await loginWith(PASSWORD)], ["28P01", ""]);
    await shut(false);
    assert.deepStrictEqual(
      [await loginWith("mine"), await loginWith(PASSWORD)],
      ["28P01", "28000"],
    );
  });

  it("does the same when it is done again, and leaves others alone", async () => {
    const other = await database.session("app_blue");
    assert.deepStrictEqual(await shut(true), {
      sessionsEnded: 0,
      preparedRolledBack: 0,
      settings: [],
    });
    assert.strictEqual((await other.query("select 1")).rows.length, 1);
    await other.end();
  });

  it("passes on what is no contention, at once", async () => {
    await database.sql(`revoke ${ROLE} from pgadmin`);
    try {
      await assert.rejects(shut(false), /permission denied to alter role/);
    } finally {
      await database.sql(`grant ${ROLE} to pgadmin with admin option`);
    }
  });

  it("says what it found, and nothing where nobody was", () => {
    const nothing = { sessionsEnded: 0, preparedRolledBack: 0, settings: [] };
    assert.strictEqual(leftoversText(ROLE, nothing), undefined);
    assert.strictEqual(
      leftoversText(ROLE, {
        sessionsEnded: 3,
        preparedRolledBack: 1,
        settings: ["role", "work_mem"],
      }),
      "Somebody held the role app_green: ended 3 sessions, 1 prepared transactions, " +
        "the settings role, work_mem, which no run gave it.",
    );
  });
});
