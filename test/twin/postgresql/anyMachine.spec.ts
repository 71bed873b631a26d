import assert from "node:assert";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startDatabaseServer } from "../../../twin/postgresql/server";
import { createAuthority } from "../../../twin/world/certificates";
import { temporaryFolder } from "../../../twin/world/folder";
import { Journal } from "../../../twin/world/journal";
import { addresses } from "../../support/loopback";

/** Of somebody who administers other servers, in a language that is not installed. */
const SHELL = {
  ...{ PGHOST: "192.0.2.1", PGDATA: "/nowhere", PGSSLMODE: "disable" },
  ...{ LC_ALL: "xx_YY.UTF-8", LANG: "xx_YY.UTF-8", TZ: "Nowhere/There", HOME: "/nowhere" },
};

describe("PostgreSQL on anybody's machine", () => {
  const before = { ...process.env };
  const umask = process.umask();
  let closed: string;

  beforeEach(async () => {
    closed = await mkdtemp(join(tmpdir(), "closed-"));
    await mkdir(join(closed, "tmp"));
    await chmod(closed, 0o700);
  });
  afterEach(async () => {
    process.umask(umask);
    for (const name of [...Object.keys(SHELL), "TMPDIR"]) {
      delete process.env[name];
    }
    Object.assign(process.env, before);
    await rm(closed, { recursive: true });
  });

  it("starts with a strict umask, below a closed TMPDIR, with another shell's variables", async () => {
    process.umask(0o077);
    Object.assign(process.env, SHELL, { TMPDIR: join(closed, "tmp") });
    const directory = await temporaryFolder("any-");
    const journal = new Journal(join(directory, "journal.jsonl"));
    const authority = await createAuthority(directory);
    const server = await startDatabaseServer(
      { directory, addresses, authority, journal },
      {
        ...{ name: "psql", version: "18", administrator: "pgadmin", maxConnections: 40 },
        password: "Correct-horse-battery-1",
      },
    );
    try {
      const client = new pg.Client(server.superuser);
      await client.connect();
      const { rows } = await client.query("SHOW lc_messages");
      await client.end();
      assert.deepStrictEqual(rows, [{ lc_messages: "C" }]);
    } finally {
      await server.stop();
      await journal.close();
      await rm(directory, { recursive: true });
    }
  });
});
