import * as assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { createAuthority } from "../../../twin/world/certificates";
import { Journal } from "../../../twin/world/journal";
import { startDatabaseServer, type PostgresServer } from "../../../twin/postgresql/server";
import type { World } from "../../../twin/world/world";
import { AUDIT_PARAMETERS } from "../../../components/platform/audit";
import { addresses } from "../../support/loopback";

const PASSWORD = "Correct-horse-battery-1";

describe("PostgreSQL server of the twin", function () {
  this.timeout(60_000);
  let world: World & { journal: Journal };
  let server: PostgresServer;

  before(async () => {
    const directory = await mkdtemp(join(tmpdir(), "postgres-server-"));
    world = {
      directory,
      addresses,
      authority: await createAuthority(directory),
      journal: new Journal(join(directory, "journal.jsonl")),
    };
    server = await startDatabaseServer(world, {
      name: "psql",
      version: "18",
      administrator: "pgadmin",
      password: PASSWORD,
      maxConnections: 40,
    });
  });

  after(async () => {
    await server.stop();
    await world.journal.close();
    await rm(world.directory, { recursive: true });
  });

  async function asked<T extends object>(
    config: pg.ClientConfig,
    query: string,
  ): Promise<T | undefined> {
    const client = new pg.Client(config);
    await client.connect();
    try {
      return (await client.query<T>(query)).rows[0];
    } finally {
      await client.end();
    }
  }

  function administrator(overrides: pg.ClientConfig = {}): pg.ClientConfig {
    return { ...server.superuser, user: "pgadmin", password: PASSWORD, ...overrides };
  }

  const setting = async (name: string) =>
    (await asked<{ value: string }>(server.superuser, `SELECT current_setting('${name}') AS value`))
      ?.value;

  it("gives the administrator what Azure gives, and no more", async () => {
    assert.deepEqual(
      await asked(
        administrator(),
        `SELECT rolsuper, rolcreatedb, rolcreaterole,
                pg_has_role('azure_pg_admin', 'MEMBER') AS azure,
                pg_has_role('pg_signal_backend', 'MEMBER') AS signal
           FROM pg_roles WHERE rolname = current_user`,
      ),
      { rolsuper: false, rolcreatedb: true, rolcreaterole: true, azure: true, signal: false },
    );
  });

  it("is encrypted, and refuses a connection that is not", async () => {
    const encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert.deepEqual(await asked(administrator(), encrypted), { ssl: true });
    await assert.rejects(asked(administrator({ ssl: false }), encrypted), { code: "28000" });
  });

  it("proves who it is only to clients that know the authority of the twin", async () => {
    await assert.rejects(asked(administrator({ ssl: {} }), "SELECT 1"), /self-signed|unable to/);
  });

  it("refuses a wrong password with 28P01", async () => {
    await assert.rejects(asked(administrator({ password: "wrong" }), "SELECT 1"), {
      code: "28P01",
    });
  });

  it("makes databases that belong to the administrator, and drops them under their users", async () => {
    await server.createDatabase("app");
    const guest = new pg.Client(administrator({ database: "app" }));
    guest.on("error", () => undefined);
    await guest.connect();
    assert.deepEqual(
      await asked(
        server.superuser,
        "SELECT datdba::regrole::text AS owner FROM pg_database WHERE datname = 'app'",
      ),
      { owner: "pgadmin" },
    );
    const ended = new Promise((resolve) => guest.once("end", resolve));
    await server.dropDatabase("app");
    await ended;
    await assert.rejects(asked(administrator({ database: "app" }), "SELECT 1"), { code: "3D000" });
  });

  it("keeps the system databases of Azure from the administrator", async () => {
    for (const database of ["azure_maintenance", "azure_sys"]) {
      await assert.rejects(asked(administrator({ database }), "SELECT 1"), { code: "42501" });
    }
  });

  it("brings a parameter into force at once, or leaves it for a restart that somebody else makes", async () => {
    await server.configure("work_mem", "8192");
    assert.equal(await setting("work_mem"), "8MB");
    assert.deepEqual([...server.pendingRestart], []);
    await server.configure("max_connections", "35");
    await server.configure("shared_preload_libraries", "pg_cron,pg_stat_statements,pgaudit");
    assert.notEqual(await setting("max_connections"), "35");
    assert.deepEqual([...server.pendingRestart], ["max_connections", "shared_preload_libraries"]);
    await server.restart();
    assert.equal(await setting("max_connections"), "35");
    await server.configure("shared_preload_libraries", "pg_cron,pg_stat_statements,pgaudit");
    assert.deepEqual([...server.pendingRestart], []);
  });

  it("keeps changes of roles from statistics with what the program sets, whoever turns them on", async () => {
    const kept = async () =>
      (
        await asked<{ kept: number }>(
          server.superuser,
          `SELECT count(*)::int AS kept FROM pg_stat_statements(true)
            WHERE query ILIKE '%ROLE app_statistics%'`,
        )
      )?.kept;
    await asked(server.superuser, "CREATE EXTENSION pg_stat_statements");
    await server.configure("pg_stat_statements.track", "all");
    for (const [name, value] of AUDIT_PARAMETERS) {
      await server.configure(name, value);
    }
    await asked(administrator(), "CREATE ROLE app_statistics PASSWORD 'one'");
    assert.equal(await kept(), 0);
    await server.configure("pg_stat_statements.track_utility", "on");
    await asked(administrator(), "ALTER ROLE app_statistics PASSWORD 'two'");
    assert.equal(await kept(), 1, "the check would not see one");
  });

  it("refuses parameters that it does not have, and values that it cannot take", async () => {
    await assert.rejects(server.configure("no_such_parameter", "1"), /no server parameter/);
    await assert.rejects(server.configure("server_version", "1"), /no server parameter/);
    await assert.rejects(server.configure("work_mem", "much"), { code: "22023" });
    await assert.rejects(server.configure("require_secure_transport", "off"), /cannot be off/);
  });

  it("logs statements, but never a password that it was given itself", async () => {
    await asked(administrator(), "SELECT 'a statement of the administrator'");
    await server.setAdministratorPassword(`${PASSWORD}-2`);
    await asked(administrator({ password: `${PASSWORD}-2` }), "SELECT 1");
    await server.setAdministratorPassword(PASSWORD);
    const log = await readFile(server.logFile, "utf8");
    assert.match(log, /user=pgadmin .*SELECT 'a statement of the administrator'/);
    assert.equal(log.includes(PASSWORD), false);
  });

  it("logs statements whatever the program says, so that a leak into them is found", async () => {
    await server.configure("log_statement", "none");
    await server.configure("log_min_error_statement", "panic");
    await asked(administrator(), "SELECT 'said in spite of that'");
    assert.match(await readFile(server.logFile, "utf8"), /SELECT 'said in spite of that'/);
    await server.configure("log_statement", "all");
  });

  it("comes back from a restart with what it held, having ended every session", async () => {
    const client = new pg.Client(administrator());
    const errors: (Error & { code?: string })[] = [];
    client.on("error", (error) => errors.push(error));
    const ended = new Promise((resolve) => client.once("end", resolve));
    await client.connect();
    await server.restart();
    await ended;
    assert.equal(errors[0]?.code, "57P01");
    assert.ok(await asked(administrator(), "SELECT 1"));
  });

  it("leaves nothing running and no data behind when it is stopped", async () => {
    const other = await startDatabaseServer(world, {
      name: "short-lived",
      version: "18",
      administrator: "pgadmin",
      password: PASSWORD,
      maxConnections: 40,
    });
    await other.stop();
    const [error] = (await once(connect(5432, other.host), "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "ECONNREFUSED");
    await assert.rejects(readFile(join(world.directory, "postgres-short-lived", "PG_VERSION")), {
      code: "ENOENT",
    });
  });
});
