import * as assert from "node:assert/strict";
import { once } from "node:events";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import * as http from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { ImageProcess } from "../support/images";
import { ask, loopbackAddress, type Reply } from "../support/loopback";
import { proofOf } from "../support/proofs";
import { SlotDatabase } from "../support/slotDatabase";
import { Wire } from "../support/wire";

const VERSION = "0123456789abcdef0123456789abcdef";
const POOL_SIZE = 3;

describe("The sample application", function () {
  this.timeout(30_000);
  let database: SlotDatabase;
  const started: ImageProcess[] = [];

  before(async () => {
    database = await SlotDatabase.start();
  });

  after(async () => {
    started.forEach((app) => app.signal("SIGKILL"));
    await Promise.all(started.map((app) => app.ended));
    await database.stop();
  });

  function environment(overrides: Record<string, string> = {}): Record<string, string> {
    return {
      ...database.environment,
      SLOT: "blue",
      GENERATION: "4",
      SECRET_VERSION: VERSION,
      PASSWORD_FILE: database.passwordFile("app_blue"),
      PGUSER: "app_blue",
      PGAPPNAME: "app-blue/4",
      POOL_SIZE: `${POOL_SIZE}`,
      PORT: "8080",
      POD_IP: loopbackAddress(),
      POD_NAME: "app-blue-1",
      ...overrides,
    };
  }

  const endSessions = () =>
    database.sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app_blue'",
    );

  const holdsSecret = (text: string): boolean =>
    database.secrets.some((secret) => text.includes(secret));

  async function run(overrides: Record<string, string> = {}) {
    const settings = environment(overrides);
    const app = new ImageProcess("app/server.ts", [], settings);
    started.push(app);
    await app.logged("listening");
    const get = async (path: string, options: http.RequestOptions = {}): Promise<Reply> => {
      const reply = await ask(settings.POD_IP!, "app", { port: 8080, path, ...options });
      assert.ok(!holdsSecret(reply.body));
      return reply;
    };
    return { app, address: settings.POD_IP!, get };
  }

  it("tells nobody which slot, generation, role or version answers, in no answer and no header", async () => {
    const { app, get } = await run();
    const events = get("/events");
    const replies = [await get("/"), await get("/slow?seconds=0"), await get("/readyz")];
    app.signal("SIGTERM");
    for (const { headers, body } of [...replies, await events]) {
      const text = JSON.stringify([headers, body]);
      for (const word of ["blue", "app_blue", VERSION, "generation"]) {
        assert.ok(!text.includes(word), text);
      }
      assert.equal(headers["rotation-proof"], undefined);
    }
    assert.deepEqual(JSON.parse(replies[0]!.body), { answered: true });
  });

  it("binds its answer to a nonce, to the host that was asked and to the mounted password", async () => {
    const { get } = await run();
    const password = await readFile(database.passwordFile("app_blue"), "utf8");
    for (const [nonce, host] of [
      ["0a".repeat(32), "www.example.com"],
      ["0b".repeat(32), "www.example.com"],
      ["0a".repeat(32), "blue.example.com"],
    ] as const) {
      const { headers, body } = await get("/", { headers: { host, "rotation-nonce": nonce } });
      assert.equal(headers["rotation-proof"], proofOf(password, nonce, host));
      assert.deepEqual(JSON.parse(body), { answered: true });
    }
  });

  it("binds its answer to no nonce that is not 32 bytes", async () => {
    const { get } = await run();
    for (const nonce of ["", "0a", "0a".repeat(33), "0A".repeat(32), "zz".repeat(32)]) {
      const reply = await get("/", { headers: { host: "app", "rotation-nonce": nonce } });
      assert.equal(reply.status, 400, nonce);
      assert.equal(reply.headers["rotation-proof"], undefined);
    }
  });

  it("says which slot, generation, role and secret version answers where it is told to", async () => {
    const { get } = await run({ DESCRIBE: "true" });
    const reply = await get("/");
    assert.equal(reply.status, 200);
    assert.deepEqual(JSON.parse(reply.body), {
      slot: "blue",
      generation: 4,
      sessionUser: "app_blue",
      visibleTables: 2,
      secretVersion: VERSION,
      pod: "app-blue-1",
    });
  });

  it("answers what it does not know with 404, and what is not a GET with 405", async () => {
    const { get } = await run();
    assert.equal((await get("/nothing")).status, 404);
    assert.equal((await get("//")).status, 404);
    assert.equal((await get("/", { method: "POST" })).status, 405);
  });

  it("listens on the pod's address only", async () => {
    await run();
    const [error] = (await once(connect(8080, loopbackAddress()), "error")) as [
      NodeJS.ErrnoException,
    ];
    assert.equal(error.code, "ECONNREFUSED");
  });

  it("names every wrong setting at once and ends with 2", async () => {
    const app = new ImageProcess("app/server.ts", [], { SLOT: "red", PORT: "80 80" });
    assert.equal(await app.ended, 2);
    for (const name of Object.keys(environment())) {
      assert.equal(app.output.includes(`${name} must be`), name !== "NODE_EXTRA_CA_CERTS", name);
    }
    assert.ok(app.output.includes('SLOT must be blue or green, not "red".'));
  });

  it("has started once a new login worked, and asks for no other one", async () => {
    await database.sql("alter role app_blue nologin");
    const { get } = await run();
    const reply = await get("/startupz");
    assert.equal(reply.status, 503);
    assert.equal((JSON.parse(reply.body) as { reason: string }).reason, "28000");
    await database.sql("alter role app_blue login");
    assert.equal((await get("/startupz")).status, 200);
    await database.sql("alter role app_blue nologin");
    try {
      assert.equal((await get("/startupz")).status, 200);
    } finally {
      await database.sql("alter role app_blue login");
    }
  });

  it("is ready as long as its pool is answered, whatever becomes of a new login", async () => {
    const { get } = await run();
    assert.equal((await get("/readyz")).status, 200);
    await database.sql("alter role app_blue nologin");
    try {
      assert.equal((await get("/readyz")).status, 200);
      assert.equal((await get("/")).status, 200);
      await endSessions();
      const reply = await get("/readyz");
      assert.equal(reply.status, 503);
      assert.equal((JSON.parse(reply.body) as { reason: string }).reason, "28000");
      assert.equal((await get("/healthz")).status, 200);
    } finally {
      await database.sql("alter role app_blue login");
    }
    assert.equal((await get("/readyz")).status, 200);
  });

  it("is ready while all its sessions are at work and it can have no other one", async () => {
    await endSessions();
    const { get } = await run();
    assert.equal((await get("/")).status, 200);
    await database.sql("alter role app_blue connection limit 1");
    try {
      const statuses = new Map<string, Set<number>>([
        ["/", new Set()],
        ["/readyz", new Set()],
      ]);
      for (let times = 0; times < 20; times++) {
        const paths = [...Array.from({ length: 5 }, () => "/"), "/readyz"];
        const replies = await Promise.all(paths.map((path) => get(path)));
        replies.forEach(({ status }, at) => statuses.get(paths[at]!)?.add(status));
      }
      assert.deepEqual(statuses.get("/readyz"), new Set([200]));
      assert.ok(statuses.get("/")?.has(503), "No request found all sessions at work.");
    } finally {
      await database.sql("alter role app_blue connection limit 20");
    }
  });

  it("says in time for a probe that its database is silent", async () => {
    await endSessions();
    const { get } = await run();
    await Promise.all(Array.from({ length: 10 }, () => get("/")));
    const rows = await database.sql<{ pid: number }>(
      "select pid from pg_stat_activity where usename = 'app_blue'",
    );
    assert.equal(rows.length, POOL_SIZE);
    const pids = [await database.pid(), ...rows.map(({ pid }) => pid)];
    const tell = (signal: NodeJS.Signals) => pids.forEach((pid) => process.kill(pid, signal));
    tell("SIGSTOP");
    try {
      const began = performance.now();
      // More than the pool has sessions: the question finds none and waits its turn.
      const requests = Array.from({ length: POOL_SIZE + 1 }, () => get("/"));
      assert.equal((await get("/readyz")).status, 503);
      assert.ok(performance.now() - began < 5_000);
      await Promise.all(requests);
    } finally {
      tell("SIGCONT");
    }
    assert.equal((await get("/readyz")).status, 200);
  });

  it("says whether it is in a trial", async () => {
    for (const [trial, said] of [
      ["", false],
      ["false", false],
      ["true", true],
    ] as const) {
      const { app } = await run({ TRIAL: trial });
      assert.ok(app.output.includes(`"trial":${said}`), app.output);
    }
    const app = new ImageProcess("app/server.ts", [], environment({ TRIAL: "yes" }));
    assert.equal(await app.ended, 2);
    assert.match(app.output, /^TRIAL must be true, false or not set, not "yes"\.\n$/);
  });

  it("reads the password again for every connection", async () => {
    const file = join(database.world.directory, "replaced");
    await writeFile(file, "wrong");
    const { get } = await run({ PASSWORD_FILE: file });
    const paths = ["/", "/startupz", "/readyz"];
    for (const path of paths) {
      const reply = await get(path);
      assert.equal(reply.status, 503);
      assert.equal((JSON.parse(reply.body) as { reason: string }).reason, "28P01");
    }
    await copyFile(database.passwordFile("app_blue"), file);
    for (const path of paths) {
      assert.equal((await get(path)).status, 200);
    }
  });

  it("talks only to a server whose certificate it can verify", async () => {
    const { get } = await run({ NODE_EXTRA_CA_CERTS: "" });
    const reply = await get("/");
    assert.equal(reply.status, 503);
    assert.match(reply.body, /SELF_SIGNED_CERT|UNABLE_TO/);
  });

  it("loses no request when all its sessions are ended again and again", async () => {
    const { get } = await run();
    const statuses: number[] = [];
    for (let times = 0; times < 10; times++) {
      // A request is asked twice at most, so its second session must not be ended as well.
      let ending = true;
      const ended = endSessions().finally(() => (ending = false));
      while (ending) {
        const replies = await Promise.all(Array.from({ length: 6 }, () => get("/")));
        statuses.push(...replies.map(({ status }) => status));
      }
      await ended;
    }
    assert.deepEqual(new Set(statuses), new Set([200]));
  });

  it("answers although the network loses its session under the query", async () => {
    const { PGHOST, PGPORT } = database.environment;
    const wire = await Wire.between(database.wireAddress, PGHOST!, Number(PGPORT));
    const { get } = await run({ PGHOST: database.wireAddress });
    try {
      assert.equal((await get("/")).status, 200);
      const cut = wire.cutAtNextMessage();
      assert.equal((await get("/")).status, 200);
      await cut;
    } finally {
      await wire.close();
    }
  });

  it("holds no more sessions than its pool and one login for its start", async () => {
    const { get } = await run({ PGAPPNAME: "counted" });
    const paths = ["/startupz", "/readyz", "/"];
    await Promise.all(Array.from({ length: 30 }, (_, i) => get(paths[i % 3]!)));
    const [row] = await database.sql<{ count: number }>(
      "select count(*)::int from pg_stat_activity where application_name = 'counted'",
    );
    assert.ok(row && row.count > 0 && row.count <= POOL_SIZE + 1, `${row?.count} sessions`);
  });

  it("takes as long for a slow answer as it is asked to, also while it drains", async () => {
    const { app, get } = await run({ DESCRIBE: "true" });
    const began = performance.now();
    const slow = get("/slow?seconds=3");
    await get("/");
    app.signal("SIGTERM");
    const { status, body } = await slow;
    assert.equal(status, 200);
    assert.equal((JSON.parse(body) as { sessionUser: string }).sessionUser, "app_blue");
    assert.ok(performance.now() - began >= 3000);
    assert.equal(await app.ended, 0);
  });

  it("streams an event each second, and ends its streams when it has to go", async () => {
    const { app, get } = await run({ DESCRIBE: "true" });
    const stream = get("/events");
    await get("/");
    setTimeout(() => app.signal("SIGTERM"), 1_500);
    const { headers, body } = await stream;
    assert.equal(headers["content-type"], "text/event-stream");
    const events = body.split("\n\n").filter(Boolean);
    assert.ok(events.length >= 2, body);
    const { slot, generation } = JSON.parse(events[0]!.replace("data: ", "")) as Record<
      string,
      unknown
    >;
    assert.deepEqual([slot, generation], ["blue", 4]);
    assert.equal(await app.ended, 0);
  });

  it("serves whoever still comes after SIGTERM, and ends with 0 when nobody does", async () => {
    const { app, address, get } = await run();
    const agent = new http.Agent({ keepAlive: true });
    const kept = await get("/", { agent });
    assert.notEqual(kept.headers.connection, "close");
    app.signal("SIGTERM");
    await app.logged("draining");
    assert.equal((await get("/readyz")).status, 503);
    assert.equal((await get("/healthz")).status, 200);
    for (const options of [{ agent }, {}]) {
      const reply = await get("/", options);
      assert.equal(reply.status, 200);
      assert.equal(reply.headers.connection, "close");
    }
    assert.equal(await app.ended, 0);
    const [error] = (await once(connect(8080, address), "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "ECONNREFUSED");
  });

  it("never logs the password", () => {
    assert.ok(started.length > 5);
    assert.deepEqual(
      started.filter(({ output }) => holdsSecret(output)),
      [],
    );
  });
});
