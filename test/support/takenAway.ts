import * as assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { type Delivery, POOL_SIZE, type Stranger, Strangers } from "./strangers";

/** How an application takes it that its credential is taken away: docs/recipes.md, as one that ran. */
export interface Behaviour {
  readonly image: string;
  /** The first one is used wherever it does not matter. */
  readonly deliveries: readonly [Delivery, ...Delivery[]];
  /** A table that it makes. */
  readonly table: string;
  /** What its log says when its login is refused. */
  readonly says: {
    readonly disabled: RegExp;
    readonly wrongPassword: RegExp;
    readonly limitReached: RegExp;
  };
  /** Requests at most, of 8 at once, that end with the sessions of its pool. */
  readonly lostWithSessions: number;
  /**
   * Lazy: a request that finds no connection logs in itself, and hears at once how that went. Eager: all
   * are there from the start, others than requests replace them, and a request waits for that.
   */
  readonly pool: "lazy" | "eager";
  /** Settings that make it answer sooner. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Exit code after SIGTERM. */
  readonly endsWith: number;
}

const ALL_SERVED = Array<number>(8).fill(200);
const ALL_FAILED = Array<number>(8).fill(503);

/**
 * Plays what a rotation does to a credential on a real PostgreSQL. Not a proof of a rotation.
 *
 * @returns what it plays with, for what only that application does
 */
export function takesAway(behaviour: Behaviour): () => Strangers {
  const { image, deliveries, table, says } = behaviour;
  const [usual] = deliveries;
  const isEager = behaviour.pool === "eager";
  let strangers: Strangers;

  before(async () => {
    strangers = await Strangers.start(image);
  });

  afterEach(async () => {
    const outputs = await strangers.clear();
    for (const secret of strangers.database.secrets) {
      assert.ok(!outputs.some((output) => output.includes(secret)), "a log holds a password");
    }
  });

  after(() => strangers.stop());

  const sql = <Row extends object>(statement: string) => strangers.database.sql<Row>(statement);

  /** An instance whose pool is full, so that what comes next finds a session. */
  async function started(delivery: Delivery = usual) {
    const app = strangers.run("app_blue", delivery, behaviour.variables);
    await app.up();
    const release = await hold(table);
    const asked = app.burst(POOL_SIZE);
    await untilWaiting(POOL_SIZE);
    await release();
    await asked;
    assert.deepEqual(await app.burst(), ALL_SERVED, app.program.output);
    return app;
  }

  it("migrates in both slots at once, and what it makes is the owner's", async () => {
    const both = [strangers.run("app_blue", usual), strangers.run("app_green", usual)];
    await Promise.all(both.map((app) => app.up()));
    for (const app of both) {
      assert.deepEqual(await app.burst(), ALL_SERVED, app.program.output);
    }
    const owners = await sql<{ owner: string }>(
      "select distinct tableowner as owner from pg_tables where schemaname = 'app'",
    );
    assert.deepEqual(owners, [{ owner: "app_owner" }]);
    assert.equal((await sql(`select from pg_tables where tablename = '${table}'`)).length, 1);
    for (const role of ["app_blue", "app_green"] as const) {
      const count = await strangers.database.sessions(role);
      assert.ok(count > 0 && count <= POOL_SIZE, `${count} sessions of ${role}`);
    }
    for (const app of both) {
      app.program.signal("SIGTERM");
      assert.equal(await app.program.ended, behaviour.endsWith, app.program.output);
    }
  });

  for (const delivery of deliveries) {
    it(`logs in with its password as ${delivery}, over TLS, and says nothing of it`, async () => {
      const app = await started(delivery);
      const [tls] = await sql<{ plain: number }>(
        `select count(*) filter (where not ssl)::int as plain from pg_stat_ssl
          join pg_stat_activity using (pid) where usename = 'app_blue'`,
      );
      assert.deepEqual(tls, { plain: 0 });
      const { body, headers } = await app.get("/");
      assert.doesNotMatch(body + JSON.stringify(headers), /blue|green|rotation/i);
    });
  }

  it("trusts no authority but those that it was given", async () => {
    const app = strangers.run("app_blue", usual, { NODE_EXTRA_CA_CERTS: "/dev/null" });
    assert.notEqual(await app.program.ended, 0);
    assert.match(app.program.output, /certificate|SSL|PKIX/i);
  });

  it("serves on with its sessions when its login is disabled, fails without them, and recovers with the login", async () => {
    const app = await started();
    await sql("alter role app_blue nologin");
    assert.deepEqual(await app.burst(), ALL_SERVED, app.program.output);
    await strangers.endSessions("app_blue");
    await app.burst();
    assert.deepEqual(await app.burst(), ALL_FAILED, app.program.output);
    assert.match(app.program.output, says.disabled);
    assert.equal((await app.get("/health")).status, 200);
    await sql("alter role app_blue login");
    await recovers(app);
  });

  it("serves on with its sessions when it has another password, and fails without them", async () => {
    const app = await started();
    await sql("set log_statement = 'none'; alter role app_blue password 'another'");
    try {
      assert.deepEqual(await app.burst(), ALL_SERVED, app.program.output);
      await strangers.endSessions("app_blue");
      await app.burst();
      assert.deepEqual(await app.burst(), ALL_FAILED, app.program.output);
      assert.match(app.program.output, says.wrongPassword);
      assert.equal((await app.get("/health")).status, 200);
    } finally {
      await strangers.database.restorePassword("app_blue");
    }
    await recovers(app);
  });

  it(`loses ${behaviour.lostWithSessions} of 8 requests at most when nothing but its sessions end`, async () => {
    const app = await started();
    await strangers.endSessions("app_blue");
    const failed = (await app.burst()).filter((status) => status !== 200);
    assert.ok(failed.length <= behaviour.lostWithSessions, app.program.output);
    assert.deepEqual(await app.burst(), ALL_SERVED, app.program.output);
  });

  it("does not start when its role may have no connection more", async () => {
    await sql("alter role app_blue connection limit 0");
    try {
      const app = strangers.run("app_blue", usual);
      assert.equal(await app.program.ended, 1, app.program.output);
      assert.match(app.program.output, says.limitReached);
    } finally {
      await sql("alter role app_blue connection limit 20");
    }
  });

  it(`serves by the connections that its role may have, and lets requests ${isEager ? "wait for those" : "fail that find none"}`, async () => {
    await sql("alter role app_blue connection limit 2");
    try {
      const app = strangers.run("app_blue", usual);
      await app.up();
      const release = await hold(table);
      const statuses: number[] = [];
      const asked = ALL_SERVED.map(async () => statuses.push((await app.get("/")).status));
      // Those two connections wait for the table, and no request can have another one.
      await untilWaiting(2);
      while (!isEager && statuses.length < 6) {
        await pause(20);
      }
      await release();
      await Promise.all(asked);
      const failed = isEager ? 0 : 6;
      const expected = [...ALL_FAILED.slice(0, failed), ...ALL_SERVED.slice(failed)];
      assert.deepEqual(statuses, expected, app.program.output);
      if (!isEager) {
        assert.match(app.program.output, says.limitReached);
      }
    } finally {
      await sql("alter role app_blue connection limit 20");
    }
  });

  it("answers what it was asked before SIGTERM, then ends", async () => {
    const app = await started();
    const release = await hold(table);
    const asked = app.get("/");
    await untilWaiting(1);
    app.program.signal("SIGTERM");
    await untilDeaf(app);
    await release();
    assert.equal((await asked).status, 200);
    assert.equal(await app.program.ended, behaviour.endsWith, app.program.output);
    await strangers.untilSessions("app_blue", 0);
  });

  /** With its next requests; an eager pool tries again by its own clock. */
  async function recovers(app: Stranger): Promise<void> {
    while (isEager && (await app.burst(1))[0] !== 200) {
      await pause(100);
    }
    assert.deepEqual(await app.burst(), ALL_SERVED, app.program.output);
  }

  /** Keeps a table from everybody, until the answer is called. */
  async function hold(name: string): Promise<() => Promise<void>> {
    const holder = await strangers.database.session("app_green");
    await holder.query(`begin; lock table ${name} in access exclusive mode`);
    return () => holder.end();
  }

  /** Resolves when so many sessions wait for a table. */
  async function untilWaiting(wanted: number): Promise<void> {
    const waiting = "select from pg_stat_activity where wait_event_type = 'Lock'";
    while ((await sql(waiting)).length !== wanted) {
      await pause(20);
    }
  }

  return () => strangers;
}

/** Asks until nobody answers: gunicorn refuses nothing, it leaves who comes waiting. */
async function untilDeaf(app: Stranger): Promise<void> {
  for (;;) {
    try {
      await app.get("/health", AbortSignal.timeout(1_000));
    } catch {
      return;
    }
    await pause(20);
  }
}
