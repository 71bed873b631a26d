import * as assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { standardImages } from "../../twin/kubernetes/kubelet/images";
import { ImageProcess } from "../support/images";
import { ask, loopbackAddress, type Reply } from "../support/loopback";
import { SlotDatabase } from "../support/slotDatabase";

const POOL_SIZE = 3;

describe("the eager application", function () {
  this.timeout(60_000);
  let database: SlotDatabase;
  const started: ImageProcess[] = [];
  /** Of its sessions: those of an application that ended stay as long as their transaction. */
  let name = "";

  beforeEach(async () => {
    name = `eager-${started.length}`;
    // The server does not hear that a client is gone while its statement sleeps.
    const left = () =>
      database.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app_green'",
      );
    while ((await left()).length > 0) {
      await pause(50);
    }
  });

  before(async () => {
    database = await SlotDatabase.start();
  });

  after(async () => {
    started.forEach((app) => app.signal("SIGKILL"));
    await Promise.all(started.map((app) => app.ended));
    await database.stop();
  });

  function start(overrides: Record<string, string> = {}, program = "eager/server.ts") {
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
      DESCRIBE: "true",
      ...overrides,
    };
    const app = new ImageProcess(program, [], settings);
    started.push(app);
    return {
      app,
      get: (path: string) => ask(settings.POD_IP, "app", { port: 8080, path }),
    };
  }

  async function said(reply: Promise<Reply>): Promise<[number, Record<string, unknown>]> {
    const { status, body } = await reply;
    return [status, JSON.parse(body) as Record<string, unknown>];
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

  it("is ready with what it can have when its role may have no more, and no login is left", async () => {
    await database.sql(`alter role app_green connection limit ${POOL_SIZE - 1}`);
    try {
      const { app, get } = start();
      await app.logged("listening");
      await untilSessions(POOL_SIZE - 1);
      await assert.rejects(database.session("app_green"), { code: "53300" });
      for (const path of ["/startupz", "/readyz", "/"]) {
        assert.equal((await get(path)).status, 200, path);
      }
      app.signal("SIGKILL");
      await app.ended;
    } finally {
      await database.sql("alter role app_green connection limit -1");
    }
  });

  it("is not ready when its pool has no session for a request", async () => {
    const { app, get } = start();
    await app.logged("listening");
    await untilSessions(POOL_SIZE);
    await database.sql("alter role app_green connection limit 0");
    try {
      await database.sql(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = '${name}' and xact_start is null`,
      );
      await untilSessions(1);
      assert.deepEqual(await said(get("/readyz")), [503, { reason: "POOL_TIMEOUT" }]);
      assert.equal((await get("/healthz")).status, 200);
    } finally {
      await database.sql("alter role app_green connection limit -1");
    }
    await untilSessions(POOL_SIZE);
    assert.equal((await get("/readyz")).status, 200);
    app.signal("SIGKILL");
    await app.ended;
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

  describe("with a fault", () => {
    const faults: [string, Record<string, string>, { ready: number; slot: string }][] = [
      ["never-ready", { TRIAL: "true" }, { ready: 503, slot: "green" }],
      ["only-in-trial", { TRIAL: "true" }, { ready: 200, slot: "green" }],
      ["only-in-trial", {}, { ready: 503, slot: "green" }],
      ["wrong-answers", {}, { ready: 200, slot: "blue" }],
    ];

    for (const [tag, settings, { ready, slot }] of faults) {
      const where = settings.TRIAL === undefined ? "a rollout" : "a trial";
      it(`${tag} starts in ${where}, says ${ready} when it is asked for readiness, and ${slot}`, async () => {
        const { app, get } = start(settings, `faulty/${tag}.ts`);
        await app.logged("listening");
        await untilSessions(POOL_SIZE);
        assert.equal((await get("/startupz")).status, 200);
        assert.equal((await get("/readyz")).status, ready);
        const [status, identity] = await said(get("/"));
        assert.deepEqual([status, identity.slot, identity.sessionUser], [200, slot, "app_green"]);
        app.signal("SIGKILL");
        await app.ended;
      });
    }

    it("ready-by-login is not ready while its role may have no further connection", async () => {
      const { app, get } = start({}, "faulty/ready-by-login.ts");
      await app.logged("listening");
      await untilSessions(POOL_SIZE);
      assert.equal((await get("/readyz")).status, 200);
      await database.sql(`alter role app_green connection limit ${POOL_SIZE}`);
      try {
        assert.equal((await get("/readyz")).status, 503);
        assert.equal((await get("/")).status, 200);
      } finally {
        await database.sql("alter role app_green connection limit 20");
        app.signal("SIGKILL");
        await app.ended;
      }
    });

    it("no-login ends, because its password is wrong", async () => {
      const { app } = start({}, "faulty/no-login.ts");
      assert.equal(await app.ended, 1);
      assert.match(app.output, /"cannot start","reason":"28P01"/);
    });

    it("is an image by its tag, and nothing of another tag can be pulled", () => {
      for (const tag of [
        "never-ready",
        "only-in-trial",
        "wrong-answers",
        "no-login",
        "ready-by-login",
      ]) {
        const { entrypoint = [] } = standardImages(`rehearsal/faulty:${tag}`) ?? {};
        assert.ok(entrypoint.at(-1)?.endsWith(`/images/faulty/${tag}.ts`), tag);
      }
      assert.equal(standardImages("rehearsal/faulty:1.0.0"), undefined);
      assert.equal(standardImages("rehearsal/faulty"), undefined);
      assert.ok(standardImages("registry.example:5000/rehearsal/eager:1.0.0"));
    });
  });
});
