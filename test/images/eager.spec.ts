import * as assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { ImageProcess } from "../support/images";
import { ask, loopbackAddress } from "../support/loopback";
import { SlotDatabase } from "../support/slotDatabase";

const POOL_SIZE = 3;

describe("the eager application", function () {
  this.timeout(60_000);
  let database: SlotDatabase;
  const started: ImageProcess[] = [];
  /** Of its sessions: those of an application that ended stay as long as their transaction. */
  let name = "";

  beforeEach(() => {
    name = `eager-${started.length}`;
  });

  before(async () => {
    database = await SlotDatabase.start();
  });

  after(async () => {
    started.forEach((app) => app.signal("SIGKILL"));
    await Promise.all(started.map((app) => app.ended));
    await database.stop();
  });

  function start(overrides: Record<string, string> = {}) {
    const settings = {
      ...database.environment,
      SLOT: "green",
      GENERATION: "3",
      SECRET_VERSION: "0".repeat(32),
      PASSWORD_FILE: database.passwordFile("app_green"),
      PGUSER: "app_green",
      PGAPPNAME: name,
      POOL_SIZE: `${POOL_SIZE}`,
      PORT: "8080",
      POD_IP: loopbackAddress(),
      POD_NAME: "app-green-1",
      ...overrides,
    };
    const app = new ImageProcess("eager/server.ts", [], settings);
    started.push(app);
    return {
      app,
      get: (path: string) => ask(settings.POD_IP, "app", { port: 8080, path }),
    };
  }

  /** Resolves when so many sessions are there. */
  async function untilSessions(wanted: number): Promise<void> {
    while ((await sessions()) !== wanted) {
      await pause(50);
    }
  }

  async function sessions(condition = "true"): Promise<number> {
    const [row] = await database.sql<{ count: number }>(
      `select count(*)::int from pg_stat_activity where application_name = '${name}' and ${condition}`,
    );
    return row!.count;
  }

  // The server does not hear that a client is gone while its statement sleeps.
  beforeEach(async () => {
    const left = () =>
      database.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app_green'",
      );
    while ((await left()).length > 0) {
      await pause(50);
    }
  });

  it("holds all connections of its pool before anybody asks, one in a long transaction", async () => {
    const { app, get } = start();
    await app.logged("listening");
    await untilSessions(POOL_SIZE);
    assert.equal((await get("/readyz")).status, 200);
    assert.equal(await sessions("xact_start is not null"), 1);
    const { status, body } = await get("/");
    assert.equal(status, 200);
    const { slot, generation, sessionUser } = JSON.parse(body) as Record<string, unknown>;
    assert.deepEqual([slot, generation, sessionUser], ["green", 3, "app_green"]);
    app.signal("SIGTERM");
    assert.equal(await app.ended, 0);
  });

  it("keeps a temporary table in it where its role may have one", async () => {
    await database.sql("grant temporary on database app to app_green");
    try {
      const { app, get } = start();
      await app.logged("listening");
      await untilSessions(POOL_SIZE);
      assert.equal((await get("/readyz")).status, 200);
      // Not committed: nobody else sees the table, but its lock.
      const locks = await database.sql(
        `select 1 from pg_locks where mode = 'AccessExclusiveLock' and pid in
          (select pid from pg_stat_activity where application_name = '${name}')`,
      );
      assert.ok(locks.length > 0);
      app.signal("SIGKILL");
      await app.ended;
    } finally {
      await database.sql("revoke temporary on database app from app_green");
    }
  });

  it("holds what it can have when its role may have no more, so that no login is left", async () => {
    await database.sql(`alter role app_green connection limit ${POOL_SIZE - 1}`);
    try {
      const { app, get } = start();
      await app.logged("listening");
      await untilSessions(POOL_SIZE - 1);
      assert.equal((await get("/")).status, 200);
      assert.equal((await get("/readyz")).status, 503);
      app.signal("SIGKILL");
      await app.ended;
    } finally {
      await database.sql("alter role app_green connection limit -1");
    }
  });

  it("ends when it cannot have one connection", async () => {
    await database.sql("alter role app_green connection limit 0");
    try {
      const { app } = start();
      assert.equal(await app.ended, 1);
      assert.match(app.output, /"cannot start","reason":"53300"/);
    } finally {
      await database.sql("alter role app_green connection limit -1");
    }
  });
});
