import assert from "node:assert";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { createServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { setTimeout as pause } from "node:timers/promises";
import { Load, type LoadSettings } from "../../../rehearsal/clients/load";
import type { Busy } from "../../../rehearsal/clients/busyTimes";
import { LoadRecords, type LoadRecord, UNKNOWN } from "../../../rehearsal/clients/loadRecords";
import type { IssuedCertificate } from "../../../twin/world/certificates";
import { startGateway } from "../../../twin/gateway/gateway";
import {
  loopbackAddress,
  LoopbackServer,
  TestAuthority,
  TestJournal,
} from "../../support/loopback";

const HOST = "app.example.test";

describe("load", () => {
  let server: LoopbackServer | undefined;
  let load: Load | undefined;
  let issuer: TestAuthority;
  let authority: string;
  let identity: IssuedCertificate;

  before(async () => {
    issuer = await TestAuthority.create();
    authority = issuer.authority.certificate;
    identity = await issuer.authority.issue([HOST]);
  });

  after(() => issuer.remove());

  afterEach(async () => {
    await load?.stop();
    await server?.stop();
    load = server = undefined;
  });

  async function start(handle: RequestListener, changes: Partial<LoadSettings> = {}) {
    server = await LoopbackServer.start(handle, 443, loopbackAddress(), identity);
    const { address } = server;
    load = await Load.start({ address, host: HOST, authority, rate: 100, ...changes });
    return load;
  }

  for (const address of ["10.0.0.4", "example.com", "localhost", "128.127.0.1", "::2", "0.0.0.0"]) {
    it(`refuses to send to ${address}, which is no loopback address`, async () => {
      await assert.rejects(
        Load.start({ address, host: HOST, authority: "", rate: 1 }),
        /loopback addresses only/,
      );
    });
  }

  for (const rate of [0, -5, 1001, NaN]) {
    it(`refuses a rate of ${rate}`, async () => {
      await assert.rejects(
        Load.start({ address: "127.0.0.1", host: HOST, authority: "", rate }),
        /The rate must be a number from 1 to 1000/,
      );
    });
  }

  it("sends at its rate: half on connections of their own, the rest on kept ones and by HTTP/2", async () => {
    const own: unknown[] = [];
    const kept: unknown[] = [];
    const sessions: unknown[] = [];
    const running = await start((request, response) => {
      const { session } = (request as unknown as Partial<Http2ServerRequest>).stream ?? {};
      if (session === undefined) {
        (request.headers.connection === "close" ? own : kept).push(request.socket);
      } else {
        sessions.push(session);
      }
      assert.strictEqual(request.headers[":authority"] ?? request.headers.host, HOST);
      answers("blue", 0)(request, response);
    });
    const from = running.mark();
    await pause(1000);
    const figures = await running.between(from, running.mark());
    assert.strictEqual(figures.failed, 0, JSON.stringify(figures.reasons));
    assert.ok(figures.sent >= 80 && figures.sent <= 120, String(figures.sent));
    assert.deepStrictEqual(figures.bySlot, { blue: figures.sent });
    assert.deepStrictEqual(figures.answers, [
      { slot: "blue", generation: 0, secretVersion: "v0", count: figures.sent },
    ]);
    assert.ok(figures.p50Ms > 0 && figures.p50Ms <= figures.p99Ms);
    await running.stop();
    const beside = [kept.length, sessions.length];
    assert.ok(
      beside.every((count) => Math.abs(count - own.length / 2) <= 2),
      `${own.length} own, ${beside.join(" and ")} others`,
    );
    assert.strictEqual(new Set(sessions).size, 1);
    assert.deepStrictEqual(Object.keys(figures.byKind).sort(), ["fresh", "http2", "kept"]);
    assert.strictEqual(new Set([...own, ...kept]).size, own.length + new Set(kept).size);
    assert.strictEqual(new Set(own).size, own.length, "a connection of its own was used again");
    assert.ok(new Set(kept).size < kept.length / 2, "kept connections were not used again");
  });

  it("has slow requests and streams besides, and counts what is cut of each", async () => {
    let isFirst = true;
    const running = await start(
      (request, response) => {
        if (request.url?.startsWith("/slow")) {
          return request.socket.destroy();
        }
        if (request.url !== "/events") {
          return answers("blue", 0)(request, response);
        }
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write('data: {"slot":"blue","generation":0}\n\n');
        // One of the three does not last.
        if (isFirst) {
          isFirst = false;
          setTimeout(() => response.destroy(), 100);
        }
      },
      { isLong: true },
    );
    const from = { at: running.mark().at - 1000 };
    await pause(3_000);
    const { byKind, failed, reasons } = await running.between(from, running.mark());
    assert.deepStrictEqual(
      [byKind.stream, byKind.slow],
      [
        { sent: 4, failed: 0, cut: 1 },
        { sent: 1, failed: 1, cut: 1 },
      ],
    );
    assert.deepStrictEqual([failed, reasons], [1, { "no answer: ECONNRESET": 1 }]);
  });

  it("goes on at its rate while answers are slow", async () => {
    const held: (() => void)[] = [];
    let slow = true;
    const running = await start((request, response) => {
      const answer = () => answers("blue", 0)(request, response);
      // A request may have been sent before the end and arrive after it.
      if (slow) {
        held.push(answer);
      } else {
        answer();
      }
    });
    const from = running.mark();
    await pause(500);
    const to = running.mark();
    assert.ok(held.length >= 35, `${held.length} requests without one answer`);
    const figures = running.between(from, to);
    slow = false;
    held.forEach((release) => release());
    assert.strictEqual((await figures).failed, 0);
  });

  it("counts a 5xx, a broken connection and a foreign answer as failures, each with its reason", async () => {
    let count = 0;
    const running = await start((request, response) => {
      switch (count++ % 4) {
        case 0:
          return void response.writeHead(502).end();
        case 1:
          return void request.socket.destroy();
        case 2:
          return void response.end("hello");
        default:
          return answers("green", 1)(request, response);
      }
    });
    const from = running.mark();
    await pause(400);
    const { sent, failed, reasons, failures, bySlot } = await running.between(from, running.mark());
    assert.strictEqual(failed, sent - bySlot["green"]!);
    const kinds = Object.keys(reasons).map((reason) => reason.replace(/:.*/, ""));
    assert.deepStrictEqual(new Set(kinds), new Set(["5xx", "no answer", "other"]));
    assert.ok(failures.length > 0 && failures.every(({ at }) => at >= from.at));
  });

  it("goes by the status alone where answers do not say who gives them", async () => {
    const statuses = [200, 302, 404, 502] as const;
    let count = 0;
    const running = await start(
      (_, response) =>
        void response
          .writeHead(statuses[count++ % statuses.length]!, { location: "/" })
          .end("<h1>Welcome</h1>"),
      { describes: false },
    );
    running.window();
    const from = running.mark();
    await pause(400);
    const { sent, failed, reasons, bySlot, answers } = await running.between(from, running.mark());
    assert.ok(sent > 30);
    assert.deepStrictEqual([bySlot, answers], [{ [UNKNOWN]: sent - failed }, []]);
    assert.deepStrictEqual(Object.keys(reasons).sort(), [
      "5xx: 502",
      "other: 302, and not 200",
      "other: 404, and not 200",
    ]);
  });

  it("counts a request that has no answer after five seconds as late", async () => {
    let first = true;
    const running = await start(
      (request, response) => {
        if (first) {
          first = false;
        } else {
          answers("blue", 0)(request, response);
        }
      },
      { rate: 2 },
    );
    await pause(600);
    const figures = await running.between({ at: 0 }, running.mark());
    const { failed, unjudged, reasons, failures } = figures;
    assert.strictEqual(failed + unjudged, 1);
    assert.deepStrictEqual(reasons, failed === 0 ? {} : { "late: no answer in 5000 ms": 1 });
    assert.ok(failures.every(({ ms }) => ms >= 5000));
  }).timeout(10_000);

  it("counts an answer as late that comes more than a second after its request was due", async () => {
    const held: (() => void)[] = [];
    const running = await start((request, response) => {
      held.push(() => answers("blue", 0)(request, response));
    });
    const from = running.mark();
    await pause(200);
    const to = running.mark();
    await pause(1300);
    const figures = running.between(from, to);
    held.splice(0).forEach((release) => release());
    const { sent, failed, unjudged, reasons } = await figures;
    // Which of the two it is depends on what else this machine does.
    assert.deepStrictEqual([sent > 0, failed + unjudged], [true, sent]);
    assert.deepStrictEqual(reasons, failed === 0 ? {} : { "late: more than 1000 ms": failed });
  });

  it("judges no late answer while the sender itself could not run", async () => {
    const running = await start(answers("blue", 0));
    const from = running.mark();
    process.kill(running.pid!, "SIGSTOP");
    await pause(1300);
    process.kill(running.pid!, "SIGCONT");
    await pause(500);
    const { failed, unjudged, unsent, behind } = await running.between(from, running.mark());
    assert.deepStrictEqual([failed, unjudged > 0 || unsent > 0], [0, true]);
    assert.ok(behind > 50, `${behind} behind`);
  });

  it("sends at another rate from a moment on that it tells", async () => {
    const running = await start(answers("blue", 0), { rate: 50 });
    const from = await running.changeRate(200);
    await pause(1000);
    const { sent } = await running.between(from, { at: from.at + 1000 });
    assert.strictEqual(sent, 200);
    assert.strictEqual((await running.changeRate(200)).at, from.at);
  });

  it("takes a server that says nothing for late and for nothing else", async () => {
    const address = loopbackAddress();
    const silent = createServer(() => undefined).listen(443, address);
    await once(silent, "listening");
    try {
      load = await Load.start({ address, host: HOST, authority, rate: 20 });
      const from = load.mark();
      await pause(500);
      const { sent, failed, unjudged, reasons } = await load.between(from, load.mark());
      assert.deepStrictEqual([sent > 0, failed + unjudged], [true, sent]);
      assert.ok(Object.keys(reasons).every((reason) => reason === "late: no answer in 5000 ms"));
    } finally {
      await load?.stop();
      silent.close();
    }
  }).timeout(20_000);

  it("counts requests to a closed port as without answer", async () => {
    load = await Load.start({ address: loopbackAddress(), host: HOST, authority, rate: 50 });
    const from = load.mark();
    await pause(100);
    const { sent, failed, reasons } = await load.between(from, load.mark());
    assert.ok(sent > 0);
    assert.strictEqual(failed, sent);
    assert.deepStrictEqual(Object.keys(reasons), ["no answer: ECONNREFUSED"]);
  });

  it("counts a handshake that fails as without answer: another authority, another name", async () => {
    const other = await TestAuthority.create();
    try {
      for (const [certificate, reason] of [
        [await other.authority.issue([HOST]), "SELF_SIGNED_CERT_IN_CHAIN"],
        [await issuer.authority.issue(["other.test"]), "ERR_TLS_CERT_ALTNAME_INVALID"],
      ] as const) {
        identity = certificate;
        const running = await start(answers("blue", 0));
        const from = running.mark();
        await pause(200);
        const { sent, failed, reasons } = await running.between(from, running.mark());
        assert.ok(sent > 0);
        assert.strictEqual(failed, sent);
        assert.deepStrictEqual(Object.keys(reasons), [`no answer: ${reason}`]);
        await running.stop();
        await server!.stop();
      }
    } finally {
      identity = await issuer.authority.issue([HOST]);
      other.remove();
    }
  });

  it("makes a whole handshake for every connection of its own", async () => {
    const resumed: boolean[] = [];
    const running = await start((request, response) => {
      // A kept connection may go on with the session of another one, as a browser's does.
      if (request.headers.connection === "close") {
        resumed.push((request.socket as TLSSocket).isSessionReused());
      }
      answers("blue", 0)(request, response);
    });
    await pause(500);
    await running.stop();
    assert.ok(resumed.length > 15, `${resumed.length} connections`);
    assert.deepStrictEqual(new Set(resumed), new Set([false]));
  });

  it("counts answers of a retired generation as failures from that moment on", async () => {
    const running = await start(answers("blue", 4));
    const from = running.mark();
    await pause(200);
    const retired = running.mark();
    running.retire(4);
    await pause(200);
    const to = running.mark();
    // A sender that lags has sent some of them after that moment.
    const { failures } = await running.between(from, retired);
    assert.ok(failures.every(({ at }) => at > retired.at));
    const after = await running.between({ at: retired.at + 5 }, to);
    assert.ok(after.sent > 0);
    assert.strictEqual(after.failed, after.sent);
    assert.match(
      Object.keys(after.reasons).join(),
      /^answered by blue, whose generation 4 is retired$/,
    );
  });

  it("shows what happened since the last look", async () => {
    const running = await start(answers("green", 1));
    running.window();
    await pause(500);
    const { sent, failed, rate, slot } = running.window();
    assert.ok(sent > 20 && rate > 60 && rate < 140, `${sent} sent, ${rate} per second`);
    assert.deepStrictEqual([failed, slot], [0, "green"]);
  });

  it("shows the sender's rate, however long this process did not look", async () => {
    const running = await start(answers("green", 1));
    await pause(500);
    running.window();
    const busyUntil = Date.now() + 1000;
    while (Date.now() < busyUntil) {
      // Reports wait meanwhile.
    }
    const rates = [running.window().rate];
    for (let look = 0; look < 5; look++) {
      await pause(50);
      rates.push(running.window().rate);
    }
    assert.ok(
      rates.every((rate) => rate < 250),
      rates.join(),
    );
    assert.ok(rates.at(-1)! > 30, rates.join());
  });

  it("says so when it ends at a limit of its own", async () => {
    const limited = await start(answers("blue", 0), { maximumRequests: 10 });
    const from = limited.mark();
    await pause(300);
    await assert.rejects(
      limited.between(from, limited.mark()),
      /ended at .* because the limit of 10 requests was reached/,
    );
    await server!.stop();
    const timed = await start(answers("blue", 0), { maximumSeconds: 0.2 });
    await pause(400);
    await assert.rejects(
      timed.between(from, timed.mark()),
      /the limit of 0\.2 seconds was reached/,
    );
  });

  it("says so when its process dies", async () => {
    const running = await start(answers("blue", 0));
    const from = running.mark();
    process.kill(running.pid!, "SIGKILL");
    await assert.rejects(
      running.between(from, { at: from.at + 60_000 }),
      /ended at .* because its process ended with SIGKILL/,
    );
  });

  it("says how many requests it sent late or not at all when it could not keep its rate", async () => {
    const running = await start(answers("blue", 0));
    const from = running.mark();
    process.kill(running.pid!, "SIGSTOP");
    await pause(1500);
    process.kill(running.pid!, "SIGCONT");
    await pause(500);
    const { sent, unsent, behind, lagMs, p99Ms } = await running.between(from, running.mark());
    assert.ok(unsent >= 30, `${unsent} not sent: half a second of the schedule is given up`);
    assert.ok(behind >= unsent + 80, `${behind} behind`);
    assert.ok(lagMs.p99 > 800, `${lagMs.p99} ms behind`);
    assert.ok(p99Ms >= lagMs.p99, `${p99Ms} ms from when they were due`);
    assert.ok(sent <= 180, `${sent} sent`);
  });

  it("keeps its figures after it was stopped, and stopping again does no harm", async () => {
    const running = await start(answers("blue", 0));
    const from = running.mark();
    await pause(100);
    const to = running.mark();
    await running.stop();
    await running.stop();
    assert.ok((await running.between(from, to)).sent > 0);
  });

  it("loses nothing through the gateway at 200 requests per second while members come and go", async () => {
    const journal = new TestJournal();
    const address = loopbackAddress();
    const gateway = await startGateway(journal, {
      name: "agw",
      address,
      certificates: new Map([["production", identity]]),
      updateSeconds: 0.2,
    });
    const pods = await Promise.all(
      [0, 1, 2].map(() => LoopbackServer.start(answers("blue", 0), 8080)),
    );
    const put = (members: LoopbackServer[]) =>
      gateway.put({
        listeners: [{ name: "listener", host: HOST, port: 443, certificate: "production" }],
        rules: [{ name: "rule", listener: "listener", pool: "pool", settings: "http" }],
        redirects: [],
        pools: [
          { name: "pool", members: members.map((pod) => ({ address: pod.address, port: 8080 })) },
        ],
        settings: [
          { name: "http", probe: "probe", requestTimeoutSeconds: 30, drainingSeconds: 30 },
        ],
        probes: [
          {
            name: "probe",
            host: HOST,
            path: "/readyz",
            intervalSeconds: 1,
            timeoutSeconds: 1,
            unhealthyThreshold: 3,
            statusCodes: ["200-399"],
          },
        ],
      });
    try {
      await put(pods.slice(0, 2));
      await journal.seen("member healthy", 2);
      load = await Load.start({ address, host: HOST, authority, rate: 200 });
      const from = load.mark();
      for (let round = 0; round < 5; round++) {
        const first = (round + 1) % 2;
        await put(pods.slice(first, first + 2));
        await journal.seen("member removed", round + 1);
      }
      await pause(1000);
      const figures = await load.between(from, load.mark());
      assert.ok(figures.sent >= 350, String(figures.sent));
      assert.deepStrictEqual(figures.reasons, {});
    } finally {
      await load?.stop();
      await gateway.stop();
      await Promise.all(pods.map((pod) => pod.stop()));
      await journal.close();
    }
  }).timeout(10_000);
});

describe("records of a load", () => {
  const record = (changes: Partial<LoadRecord>): LoadRecord => ({
    due: 0,
    at: 0,
    ms: 1,
    outcome: "ok",
    kind: "kept",
    answer: { slot: "blue", generation: 0, secretVersion: "v0" },
    ...changes,
  });

  it("give exact percentiles of the answered requests, by nearest rank", () => {
    const records = new LoadRecords();
    records.add({
      records: Array.from({ length: 200 }, (_, index) => record({ ms: 200 - index })),
    });
    records.add({ records: [record({ ms: 9000, outcome: "no answer" })] });
    const { p50Ms, p99Ms } = records.between(0, 1);
    assert.deepStrictEqual([p50Ms, p99Ms], [100, 198]);
  });

  it("give zeros when there was no request", () => {
    const { sent, failed, p50Ms, p99Ms, lagMs } = new LoadRecords().between(0, 1);
    assert.deepStrictEqual([sent, failed, p50Ms, p99Ms, lagMs.p99], [0, 0, 0, 0, 0]);
  });

  it("count all failures but list only the first hundred", () => {
    const records = new LoadRecords();
    records.add({
      records: Array.from({ length: 250 }, (_, at) =>
        record({ due: at, at, outcome: "5xx", reason: "502" }),
      ),
    });
    const { failed, reasons, failures } = records.between(0, 1000);
    assert.deepStrictEqual([failed, reasons, failures.length], [250, { "5xx: 502": 250 }, 100]);
    assert.strictEqual(failures[99]!.at, 99);
  });

  it("give every second its own figures, without times where nothing was answered", () => {
    const records = new LoadRecords();
    const green = { slot: "green", generation: 1, secretVersion: "v1" };
    records.add({
      records: [
        record({ due: 999 }),
        record({ due: 1000, ms: 4 }),
        record({ due: 1999, ms: 6, answer: green }),
        record({ due: 2500, outcome: "no answer" }),
        record({ due: 3000, ms: 9, answer: green }),
        record({ due: 3400 }),
      ],
    });
    assert.deepStrictEqual(records.perSecond(1000, 3400), {
      answered: { blue: [1, 0, 0], green: [1, 0, 1] },
      failed: [0, 1, 0],
      p50Ms: [4, null, 9],
      p99Ms: [6, null, 9],
    });
  });

  it("hold a retired generation only to requests sent after it was retired", () => {
    const records = new LoadRecords();
    records.add({ records: [10, 11, 12].map((at) => record({ due: at, at })) });
    records.retire(0, 11);
    assert.strictEqual(records.between(0, 100).failed, 1);
  });

  it("count latency from when a request was due, and what was never sent apart", () => {
    const records = new LoadRecords();
    records.add({
      records: [record({ due: 0, at: 80, ms: 85 }), record({ due: 25, at: 200, ms: 180 })],
      unsent: [
        { due: 50, requests: 5, at: 1200 },
        { due: 5000, requests: 7, at: 6100 },
      ],
    });
    const { sent, unsent, behind, p99Ms, lagMs } = records.between(0, 1000);
    assert.deepStrictEqual(
      { sent, unsent, behind, p99Ms, lagMs },
      { sent: 2, unsent: 5, behind: 6, p99Ms: 180, lagMs: { p50: 80, p99: 175 } },
    );
  });

  describe("with an answer after 1.5 s", () => {
    const late = record({ due: 10_000, at: 10_000, ms: 1_500 });
    const judged = (starved: Busy[], changes: Partial<LoadRecord> = {}) => {
      const records = new LoadRecords();
      records.add({ records: [{ ...late, ...changes }], starved });
      const { failed, unjudged, bySlot } = records.between(0, 20_000);
      return { failed, unjudged, answered: bySlot["blue"] ?? 0 };
    };
    const gateway = (from: number, to: number) => ({ who: "gateway", from, to });

    it("blame the program when the machine was idle", () => {
      assert.deepStrictEqual(judged([]), { failed: 1, unjudged: 0, answered: 0 });
    });

    it("blame nobody when the machine was busy, and do not take it for answered", () => {
      const all = [gateway(10_000, 11_500)];
      assert.deepStrictEqual(judged(all), { failed: 0, unjudged: 1, answered: 0 });
      const given = { outcome: "late", reason: "no answer" } as const;
      assert.deepStrictEqual(judged(all, given), { failed: 0, unjudged: 1, answered: 0 });
    });

    it("blame the program when more than a second of its wait was usable", () => {
      assert.strictEqual(judged([gateway(11_000, 11_400)]).failed, 1);
      assert.strictEqual(judged([gateway(11_000, 11_600)]).failed, 0);
      assert.strictEqual(judged([gateway(11_600, 20_000)]).failed, 1);
    });

    it("take a sender that lags for a busy machine", () => {
      assert.deepStrictEqual(judged([], { at: 10_600 }), { failed: 0, unjudged: 1, answered: 0 });
      assert.strictEqual(judged([], { at: 10_100 }).failed, 1);
    });

    it("blame the program for every other loss, however busy the machine was", () => {
      const busy = [gateway(0, 20_000)];
      for (const outcome of ["no answer", "5xx", "other"] as const) {
        assert.strictEqual(judged(busy, { outcome, reason: "reason" }).failed, 1, outcome);
      }
      const records = new LoadRecords();
      records.add({ records: [late], starved: busy });
      records.retire(0, 9_000);
      assert.strictEqual(records.between(0, 20_000).failed, 1);
    });
  });

  it("say how long the machine was too busy, and who had to wait", () => {
    const records = new LoadRecords();
    records.add({
      records: [record({ due: 1000, at: 1300 })],
      starved: [
        { who: "gateway", from: 1200, to: 1500 },
        { who: "gateway", from: 1400, to: 1600 },
        { who: "pod", from: 4900, to: 5200 },
      ],
    });
    const { busyMs, busyWith } = records.between(0, 5000);
    assert.deepStrictEqual([busyMs, busyWith], [700, { sender: 300, gateway: 400, pod: 100 }]);
  });
});

/** An application that says who it is. */
function answers(slot: string, generation: number): RequestListener {
  return (_, response) => {
    response.end(JSON.stringify({ slot, generation, secretVersion: `v${generation}` }));
  };
}
