import assert from "node:assert";
import { readFile } from "node:fs/promises";
import pg from "pg";
import { workingRoles } from "../../../rehearsal/clients/checks";
import type { DatabaseLogin } from "../../../twin/process";
import { type Role, SlotDatabase } from "../../support/slotDatabase";

const SLOTS = ["app_blue", "app_green"] as const;

describe("the roles whose sessions work", function () {
  let database: SlotDatabase;
  let login: DatabaseLogin;
  let sessions: Record<Role, pg.Client>;

  before(async () => {
    database = await SlotDatabase.start();
    const { PGHOST: host, PGPORT: port, NODE_EXTRA_CA_CERTS: file } = database.environment;
    const server = { host: host!, port: Number(port) };
    const certificate = await readFile(file!, "utf8");
    login = { ...server, ...database.administrator, certificate };
    const connect = async (user: Role) => {
      const password = await readFile(database.passwordFile(user), "utf8");
      const ssl = { ca: certificate };
      const session = new pg.Client({ ...server, user, password, database: "app", ssl });
      await session.connect();
      await session.query("SELECT 1");
      return [user, session] as const;
    };
    const roles = [...SLOTS, "app_rotator"] as const;
    sessions = Object.fromEntries(await Promise.all(roles.map(connect))) as typeof sessions;
  });
  after(async () => {
    await Promise.all(Object.values(sessions).map((session) => session.end()));
    await database.stop();
  });

  const seenWhile = (work: () => Promise<unknown>) => workingRoles(login, SLOTS, work);

  it("are those that did something meanwhile, and none that only are there", async () => {
    assert.deepStrictEqual(await seenWhile(() => Promise.resolve()), []);
    assert.deepStrictEqual(await seenWhile(() => sessions.app_green.query("SELECT 1")), [
      "app_green",
    ]);
  });

  it("are both when both did, and never one that was not asked for", async () => {
    const all = () => Promise.all(Object.values(sessions).map((each) => each.query("SELECT 1")));
    assert.deepStrictEqual(await seenWhile(all), ["app_blue", "app_green"]);
  });
});
