import assert from "node:assert";
import { readFile } from "node:fs/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { Client } from "pg";
import { databaseSource } from "../../../components/facts/fromDatabase";
import { endLegacyLogin } from "../../../components/rotation/legacyEnd";
import { scramVerifier } from "../../../components/rotation/scramVerifier";
import { says } from "../../support/says";
import { SlotDatabase } from "../../support/slotDatabase";

const LEGACY = "Shop-App.Legacy";
const THEIRS = "what-everybody-knows";
const OURS = "what-nobody-needs";

describe("endLegacyLogin, on a real server", function () {
  this.timeout(60_000);
  const trusted = getCACertificates("default");
  let database: SlotDatabase;
  let users: Client[];

  before(async () => {
    database = await SlotDatabase.start();
    setDefaultCACertificates([...trusted, await readFile(database.world.authority.file, "utf8")]);
    const { user } = database.administrator;
    await database.sql(`create role "${LEGACY}"`);
    // As whoever made it has it, on Azure: its rights are not the administrator's.
    await database.sql(
      `grant "${LEGACY}" to "${user}" with admin option, inherit false, set false`,
    );
  });
  after(async () => {
    setDefaultCACertificates(trusted);
    await database.stop();
  });
  beforeEach(async () => {
    users = [];
    await database.sql(
      `alter role "${LEGACY}" login password '${scramVerifier(THEIRS, [LEGACY])}'`,
    );
  });
  afterEach(() => Promise.all(users.map((user) => user.end())));

  const server = () => ({ host: database.environment["PGHOST"]!, port: 5432 });

  async function user(name: string): Promise<Client> {
    const client = new Client({
      ...server(),
      user: LEGACY,
      password: THEIRS,
      database: "postgres",
      application_name: name,
      ssl: true,
    });
    client.on("error", () => undefined);
    users.push(client);
    await client.connect();
    return client;
  }

  const end = (endsSessions: boolean, drainSeconds = 1) =>
    endLegacyLogin({
      server: server(),
      administrator: database.administrator,
      role: LEGACY,
      verifier: scramVerifier(OURS, [LEGACY]),
      drainSeconds,
      endsSessions,
    });

  async function login(password: string): Promise<string> {
    const source = databaseSource({ ...server(), name: "postgres" });
    return (await source.login({ user: LEGACY, password }, [], "app_rw")).sqlstate;
  }

  it("ends login and password at once: the program's gets 28000, the one that people know 28P01", async () => {
    assert.strictEqual(await login(THEIRS), "");
    assert.strictEqual(await end(false), 0);
    assert.strictEqual(await login(OURS), "28000");
    assert.strictEqual(await login(THEIRS), "28P01");
  });

  it("keeps no right of the login for the administrator", async () => {
    await end(false);
    const memberships = await database.sql(
      `select inherit_option, set_option from pg_auth_members where roleid = '"${LEGACY}"'::regrole`,
    );
    assert.deepStrictEqual(memberships, [{ inherit_option: false, set_option: false }]);
  });

  it("does the same again after a run that stopped", async () => {
    await end(false);
    await end(false);
    assert.strictEqual(await login(OURS), "28000");
  });

  it("changes nothing while somebody is logged in, and says who, from where and since when", async () => {
    await user("monthly report");
    await user("");
    await assert.rejects(end(false), (error: Error) => {
      says(
        error.message,
        `${LEGACY} still has 2 sessions`,
        "Nothing was changed",
        /monthly report from 127\.[\d.]+, since \d{4}-\d\d-\d\dT/,
        "without a name from",
        "rotation:accept legacy",
        "pulumi config rm rotation:accept",
      );
      return true;
    });
    assert.strictEqual(await login(THEIRS), "");
  });

  it("waits for whoever is about to leave", async () => {
    const leaving = await user("old pod");
    const ended = end(false, 20);
    await leaving.query("select pg_catalog.pg_sleep(0.5)");
    await leaving.end();
    await ended;
    assert.strictEqual(await login(OURS), "28000");
  });

  it("ends the sessions that are left where that is accepted", async () => {
    const left = await user("forgotten");
    const gone = new Promise((resolve) => left.once("end", resolve));
    assert.strictEqual(await end(true), 1);
    await gone;
    assert.strictEqual(await login(OURS), "28000");
  });
});
