import assert from "node:assert";
import { readFile } from "node:fs/promises";
import pg from "pg";
import { SlotDatabase } from "../../../support/slotDatabase";

describe("a login with a credential that was ended, on a real server", function () {
  this.timeout(60_000);
  let database: SlotDatabase;

  before(async () => {
    database = await SlotDatabase.start();
  });
  after(() => database.stop());

  /** Logs in as green; `meanwhile` happens after the server has looked the password up. */
  async function logIn(password: string, meanwhile: () => Promise<unknown>): Promise<void> {
    const client = new pg.Client({
      host: database.environment["PGHOST"]!,
      database: "app",
      user: "app_green",
      password: async () => {
        await meanwhile();
        return password;
      },
      ssl: { ca: await readFile(database.world.authority.file, "utf8") },
    });
    client.on("error", () => undefined);
    await client.connect();
    await client.end();
  }

  it("that began before the role got its next password comes through, and none that begins then", async () => {
    const old = await readFile(database.passwordFile("app_green"), "utf8");
    await database.sql("alter role app_green nologin");
    await assert.rejects(
      logIn(old, () => Promise.resolve()),
      { code: "28000" },
    );
    await logIn(old, () => database.sql("alter role app_green login password 'the next one'"));
    await assert.rejects(
      logIn(old, () => Promise.resolve()),
      { code: "28P01" },
    );
  });
});
