import assert from "node:assert";
import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import * as http2 from "node:http2";
import { createConnection } from "node:net";
import { connect } from "node:tls";
import {
  type Gateway,
  type GatewayTwinSettings,
  startGateway,
} from "../../../twin/gateway/gateway";
import {
  EMPTY_CONFIGURATION,
  type GatewayConfiguration,
  type HealthProbe,
  type HttpSettings,
  type Listener,
  type Rule,
  type PoolMember,
} from "../../../twin/world/gatewayConfiguration";
import {
  ask,
  loopbackAddress,
  LoopbackServer,
  TestAuthority,
  TestJournal,
} from "../../support/loopback";

const HOST = "app.example.test";
const PORT = 8080;

describe("gateway twin", () => {
  let journal: TestJournal;
  let servers: LoopbackServer[];
  let gateway: Gateway;
  let address: string;

  beforeEach(() => {
    journal = new TestJournal();
    servers = [];
    address = loopbackAddress();
  });

  afterEach(async () => {
    await gateway.stop();
    await Promise.all(servers.map((server) => server.stop()));
    await journal.close();
  });

  async function start(settings: Partial<GatewayTwinSettings> = {}): Promise<void> {
    gateway = await startGateway(journal, {
      name: "agw-test",
      address,
      certificates: new Map(),
      updateSeconds: 0.01,
      ...settings,
    });
  }

  async function member(handle: RequestListener): Promise<LoopbackServer & PoolMember> {
    const server = await LoopbackServer.start(handle, PORT);
    servers.push(server);
    return Object.assign(server, { port: PORT });
  }

  /** Brings members into the pool of `HOST` and waits until all of them are healthy. */
  async function serve(members: PoolMember[], changes: Changes = {}): Promise<void> {
    const before = journal.named("member healthy").length;
    await gateway.put(configurationOf(members, changes));
    await journal.seen("member healthy", before + members.length);
  }

  it("answers 404 for a host that no listener has", async () => {
    await start();
    assert.strictEqual((await ask(address, HOST)).status, 404);
  });

  it("answers 403 where a custom rule of the firewall blocks the host from where one comes", async () => {
    let from = ["127.0.0.0/24"];
    const rule = () => ({
      name: "Hosts",
      conditions: [
        { variable: "host", values: [`^${HOST.replaceAll(".", "\\.")}(:|$)`], isNegated: false },
        { variable: "address", values: from, isNegated: true },
      ] as const,
    });
    let rules = [rule()];
    await start({ firewallRules: () => rules });
    const pod = await member((_request, response) => response.end());
    await serve([pod]);
    const statuses = async () =>
      Promise.all(
        [HOST, HOST.toUpperCase(), `${HOST}:443`].map(async (h) => (await ask(address, h)).status),
      );
    assert.deepStrictEqual(await statuses(), [200, 200, 200]);
    from = ["203.0.113.7"];
    rules = [rule()];
    assert.deepStrictEqual(await statuses(), [403, 403, 403]);
    // No listener has it, whatever the firewall says.
    assert.strictEqual((await ask(address, `other.${HOST}`)).status, 404);
  });

  it("answers 502 for a host whose pool is empty", async () => {
    await start();
    await gateway.put(configurationOf([]));
    assert.strictEqual((await ask(address, HOST)).status, 502);
  });

  it("takes turns among the healthy members of a host's pool", async () => {
    await start();
    await serve([await member(says("one")), await member(says("two"))]);
    const answers = [];
    for (let count = 0; count < 4; count++) {
      answers.push((await ask(address, HOST)).body);
    }
    assert.deepStrictEqual(answers.sort(), ["one", "one", "two", "two"]);
  });

  it("passes method, body, path and Host header on, and says who asked", async () => {
    await start();
    const echo = await member((request, response) => {
      const { host, "x-forwarded-for": client } = request.headers;
      response.writeHead(201, { "x-seen": `${request.method} ${request.url} ${host}` });
      response.write(`${String(client).replace(/:\d+$/, "")} `);
      request.pipe(response);
    });
    await serve([echo]);
    const reply = await ask(address, HOST, { method: "POST", path: "/a?b=c", body: "hello" });
    assert.strictEqual(reply.status, 201);
    assert.strictEqual(reply.headers["x-seen"], `POST /a?b=c ${HOST}`);
    assert.match(reply.body, /^127\.\S+ hello$/);
  });

  it("passes the settings' own host on in place of the client's, and says which that was", async () => {
    await start();
    const echo = await member(({ headers }, response) => {
      response.end(`${headers.host} ${String(headers["x-original-host"])}`);
    });
    await serve([echo], { settings: { hostName: "shop.test" } });
    assert.strictEqual((await ask(address, HOST)).body, `shop.test ${HOST}`);
  });

  describe("over TLS", () => {
    const STAGE = "stage.example.test";
    let issuer: TestAuthority;
    let authority: string;

    before(async () => {
      issuer = await TestAuthority.create();
      authority = issuer.authority.certificate;
    });

    after(() => issuer.remove());

    /** Serves production and a stage host on 443, each with a certificate of its own. */
    async function startSecure(handle: RequestListener): Promise<void> {
      const [production, stage] = await Promise.all(
        [HOST, STAGE].map((host) => issuer.authority.issue([host])),
      );
      await start({
        certificates: new Map([
          ["production", production!],
          ["stage", stage!],
        ]),
      });
      await put(await member(handle));
    }

    async function put(...members: PoolMember[]): Promise<void> {
      const plain = { name: "plain", host: HOST, port: 80 as const, certificate: undefined };
      await gateway.put({
        ...configurationOf(members),
        listeners: [listenerFor(HOST, "production"), listenerFor(STAGE, "stage"), plain],
        rules: [
          ruleFor(HOST, "pool"),
          ruleFor(STAGE, "pool"),
          { ...REDIRECTED, listener: plain.name },
        ],
        redirects: [{ name: REDIRECTED.redirect, target: HOST }],
      });
      await journal.seen("member healthy", members.length);
    }

    it("shows each host its listener's certificate, and says who asked over what", async () => {
      await startSecure((request, response) => {
        const { "x-forwarded-proto": scheme, "x-forwarded-port": port } = request.headers;
        response.end(`${String(scheme)} ${String(port)}`);
      });
      for (const host of [HOST, STAGE]) {
        assert.strictEqual((await ask(address, host, { authority })).body, "https 443");
      }
    });

    it("shows a host without a listener the first certificate, which is not for it", async () => {
      await startSecure(says("pod"));
      await assert.rejects(ask(address, "other.example.test", { authority }), {
        code: "ERR_TLS_CERT_ALTNAME_INVALID",
      });
      const named = { authority, servername: HOST };
      assert.strictEqual((await ask(address, "other.example.test", named)).status, 404);
    });

    it("redirects plain requests to the same path and query, and passes none on", async () => {
      await startSecure(says("pod"));
      const { status, headers } = await ask(address, HOST, { method: "POST", path: "/a?b=c" });
      assert.strictEqual(status, 301);
      assert.strictEqual(headers.location, `https://${HOST}/a?b=c`);
      assert.deepStrictEqual(
        servers[0]!.requests.filter(({ path }) => path !== PROBE.path),
        [],
      );
      assert.strictEqual((await ask(address, STAGE)).status, 404, "it has no listener on 80");
    });

    it("has no handshake while no listener needs a certificate, and writes that down", async () => {
      await start();
      await serve([await member(says("pod"))]);
      await assert.rejects(ask(address, HOST, { authority }), {
        code: "EPROTO",
      });
      await journal.seen("handshake failed");
    });

    it("speaks HTTP/2 with clients that offer it, and HTTP/1.1 to its members", async () => {
      const seen: string[] = [];
      await startSecure((request, response) => {
        const { host, "x-forwarded-proto": over } = request.headers;
        let body = "";
        request.on("data", (chunk: Buffer) => (body += chunk.toString()));
        request.on("end", () => {
          seen.push(`${request.httpVersion} ${request.method} ${host} ${String(over)} ${body}`);
          response.writeHead(201, { connection: "keep-alive", "x-pod": "blue" }).end("hello");
        });
      });
      const session = http2.connect(`https://${address}`, { ca: authority, servername: HOST });
      const answers = await Promise.all(
        ["GET", "POST"].map((method) => overHttp2(session, method, HOST)),
      );
      session.close();
      assert.deepStrictEqual(answers, ["201 blue hello", "201 blue hello"]);
      const own = seen.filter((line) => line.includes(HOST) && line.includes("https"));
      assert.deepStrictEqual(own.sort(), [`1.1 GET ${HOST} https `, `1.1 POST ${HOST} https body`]);
      assert.strictEqual((await overHttp2Once("other.example.test")).slice(0, 3), "404");
    });

    it("breaks a stream of HTTP/2, and no other, when a member breaks its answer", async () => {
      await startSecure((request, response) => {
        if (request.url === "/broken") {
          response.writeHead(200, { "content-length": "10" });
          response.write("half");
          setTimeout(() => response.destroy(), 20);
        } else {
          response.end("whole");
        }
      });
      const session = http2.connect(`https://${address}`, { ca: authority, servername: HOST });
      await assert.rejects(overHttp2(session, "GET", HOST, "/broken"));
      assert.strictEqual(await overHttp2(session, "GET", HOST), "200 undefined whole");
      session.close();
    });

    const overHttp2Once = async (host: string): Promise<string> => {
      const session = http2.connect(`https://${address}`, { ca: authority, servername: HOST });
      try {
        return await overHttp2(session, "GET", host);
      } finally {
        session.close();
      }
    };

    it("agrees on a plain curve with clients that prefer a hybrid, and sends no authority", async () => {
      await startSecure(says("pod"));
      const options = { host: address, port: 443, servername: HOST, ca: authority };
      const socket = connect(options);
      await once(socket, "secureConnect");
      const { name } = socket.getEphemeralKeyInfo() as { name?: string };
      assert.strictEqual(name, "X25519");
      socket.destroy();
      // Who does not have the authority gets no more than the leaf.
      await assert.rejects(ask(address, HOST, { authority: "" }), {
        code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      });
    });

    it("refuses versions before TLS 1.2", async () => {
      await startSecure(says("pod"));
      await assert.rejects(
        ask(address, HOST, { authority, minVersion: "TLSv1", maxVersion: "TLSv1.1" }),
      );
    });

    it("stops while a client has not yet said anything", async () => {
      await startSecure(says("pod"));
      const silent = createConnection({ host: address, port: 443 });
      await once(silent, "connect");
      await ask(address, HOST, { authority });
      await Promise.all([gateway.stop(), once(silent, "close")]);
      await start();
    });

    it("takes other certificates over when it is replaced", async () => {
      await startSecure(says("pod"));
      const renewed = await issuer.authority.issue([HOST, STAGE]);
      await gateway.reset(
        new Map([
          ["production", renewed],
          ["stage", renewed],
        ]),
      );
      await assert.rejects(ask(address, HOST, { authority }), "nothing is served meanwhile");
      await put(...servers.map((server) => ({ address: server.address, port: PORT })));
      const options = { host: address, port: 443, servername: HOST, ca: authority };
      const socket = connect(options);
      await once(socket, "secureConnect");
      const { subjectaltname } = socket.getPeerCertificate();
      socket.destroy();
      assert.strictEqual(subjectaltname, `DNS:${HOST}, DNS:${STAGE}`);
    });
  });

  describe("updates", () => {
    it("run one after the other, each for its whole time", async () => {
      await start({ updateSeconds: 0.1 });
      const began = Date.now();
      await Promise.all([1, 2, 3].map(() => gateway.put(configurationOf([]))));
      assert.ok(Date.now() - began >= 290, "three updates of 100 ms each");
      const order = journal.entries.map(({ event }) => event).filter((e) => /^update/.test(e));
      const one = ["update started", "update finished"];
      assert.deepStrictEqual(order, [...one, ...one, ...one]);
    });

    it("change nothing when they fail, and the next one works", async () => {
      await start();
      await serve([await member(says("old"))]);
      gateway.failUpdates("RetryableError", 1);
      await assert.rejects(gateway.put(configurationOf([])), /RetryableError/);
      assert.strictEqual((await ask(address, HOST)).body, "old");
      await gateway.put(configurationOf([]));
      assert.strictEqual((await ask(address, HOST)).status, 502);
    });

    it("are refused as a whole, with every reason, when one part is wrong", async () => {
      await start();
      const wrong = configurationOf([], {
        settings: { drainingSeconds: 0, requestTimeoutSeconds: 0 },
        probe: { unhealthyThreshold: 21, statusCodes: ["good"], path: "readyz" },
      });
      await assert.rejects(
        gateway.put({
          ...wrong,
          listeners: [...wrong.listeners, { ...listenerFor(HOST), certificate: "absent" }],
          rules: [...wrong.rules, ruleFor("nowhere", "none"), { ...REDIRECTED, listener: HOST }],
        }),
        (error: Error) => {
          for (const part of [
            "draining",
            "request timeout",
            "21",
            "good",
            "readyz",
            "none",
            "nowhere",
            "absent",
            REDIRECTED.redirect,
            `the host and port of a listener ${HOST}:80`,
            `the listener of a rule ${HOST}`,
          ]) {
            assert.ok(error.message.includes(part), `${part} in: ${error.message}`);
          }
          return true;
        },
      );
    });

    it("come into force within their time, and the traffic goes on with the old configuration until then", async () => {
      await start({ momentOfForce: () => 0.5 });
      const [blue, green] = [await member(says("blue")), await member(says("green"))];
      await gateway.put(threeHosts("blue", blue, green));
      await journal.seen("member healthy", 2);
      gateway.updateSeconds = 0.4;

      let updating = true;
      const update = gateway.put(threeHosts("green", blue, green)).then(() => (updating = false));
      const answers: string[] = [];
      while (updating) {
        answers.push((await ask(address, HOST)).body);
      }
      await update;

      const switched = answers.indexOf("green");
      assert.ok(switched > 5, "blue answered for a while");
      assert.deepStrictEqual(new Set(answers.slice(0, switched)), new Set(["blue"]));
      assert.deepStrictEqual(new Set(answers.slice(switched)), new Set(["green"]));
      const [began, inForce, ended] = [
        "update started",
        "configuration in force",
        "update finished",
      ].map((event) => journal.named(event)[1]!.at);
      assert.ok(inForce! - began! >= 190 && ended! - inForce! >= 190);
    });

    it("keep the health of the members that stay, also when a host moves to their pool", async () => {
      await start();
      const [blue, green] = [await member(says("blue")), await member(says("green"))];
      await gateway.put(threeHosts("blue", blue, green));
      await journal.seen("member healthy", 2);
      await gateway.put(threeHosts("green", blue, green));
      assert.strictEqual((await ask(address, HOST)).body, "green");
      assert.strictEqual(journal.named("member healthy").length, 2);
      assert.strictEqual(journal.named("member removed").length, 0);
    });
  });

  describe("health", () => {
    it("gives a member no request before a probe has succeeded", async () => {
      await start();
      let ready = false;
      const late = await member((request, response) => {
        response.statusCode = request.url === PROBE.path && !ready ? 503 : 200;
        response.end("late");
      });
      await serve([await member(says("ready"))]);
      await gateway.put(configurationOf([{ address: servers[1]!.address, port: PORT }, late]));
      for (let count = 0; count < 10; count++) {
        assert.strictEqual((await ask(address, HOST)).body, "ready");
      }
      ready = true;
      await journal.seen("member healthy", 2);
      const answers = [(await ask(address, HOST)).body, (await ask(address, HOST)).body];
      assert.deepStrictEqual(answers.sort(), ["late", "ready"]);
    });

    it("asks the probe's path with the probe's Host header", async () => {
      await start();
      const one = await member(says("one"));
      await serve([one]);
      assert.deepStrictEqual(one.requests[0], { path: PROBE.path, host: PROBE.host });
    });

    it("asks the probe's port, which need not be the traffic's", async () => {
      await start();
      const one = await member(says("one"));
      const asked: (string | undefined)[] = [];
      const health = createServer((request, response) => {
        asked.push(request.url);
        response.end();
      }).listen(PORT + 1, one.address);
      await once(health, "listening");
      try {
        await serve([one], { probe: { port: PORT + 1 } });
        assert.strictEqual((await ask(address, HOST)).body, "one");
        assert.deepStrictEqual([asked[0], one.requests.length], [PROBE.path, 1]);
      } finally {
        health.close();
      }
    });

    it("takes a member out after the threshold of failed probes in a row, not before", async () => {
      await start();
      let status = 200;
      const ailing = await member((request, response) => {
        response.statusCode = request.url === PROBE.path ? status : 200;
        response.end("ailing");
      });
      await serve([ailing], { probe: { unhealthyThreshold: 2 } });
      const probes = () => ailing.requests.filter(({ path }) => path === PROBE.path).length;
      status = 500;
      const before = probes();
      await journal.seen("member unhealthy");
      assert.strictEqual(probes() - before, 2);
      assert.strictEqual((await ask(address, HOST)).status, 502);
    });

    it("takes only the status codes of the probe as healthy", async () => {
      await start();
      const redirecting = await member((_, response) => response.writeHead(302).end());
      await serve([redirecting]);
      await gateway.put(configurationOf([redirecting], { probe: { statusCodes: ["200-299"] } }));
      await journal.seen("member unhealthy");
    });
  });

  describe("a member that fails", () => {
    it("costs a 502 when it refuses connections, though another member is healthy", async () => {
      await start();
      const [gone, stays] = [await member(says("gone")), await member(says("stays"))];
      await serve([gone, stays], { probe: { intervalSeconds: 60 } });
      await servers.shift()!.stop();
      const statuses = [(await ask(address, HOST)).status, (await ask(address, HOST)).status];
      assert.deepStrictEqual(statuses.sort(), [200, 502]);
    });

    it("costs a 502 when it breaks the connection before it answers", async () => {
      await start();
      await serve([await member(probedOr((response) => response.destroy()))]);
      assert.strictEqual((await ask(address, HOST)).status, 502);
    });

    it("breaks the client's connection when it breaks its own in the middle of an answer", async () => {
      await start();
      const half = probedOr((response) => {
        response.writeHead(200, { "content-length": 100 });
        response.write("half");
        setImmediate(() => response.destroy());
      });
      await serve([await member(half)]);
      await assert.rejects(ask(address, HOST));
    });

    it("costs a 504 when it does not answer within the request timeout", async () => {
      await start();
      await serve([await member(probedOr(() => undefined))], {
        settings: { requestTimeoutSeconds: 1 },
      });
      const began = Date.now();
      assert.strictEqual((await ask(address, HOST)).status, 504);
      assert.ok(Date.now() - began >= 900);
    });
  });

  describe("a removed member", () => {
    let held: ServerResponse[];
    let slow: LoopbackServer & PoolMember;

    beforeEach(async () => {
      held = [];
      slow = await member(probedOr((response) => void held.push(response)));
    });

    /** Sends a request that the member holds, and removes the member meanwhile. */
    async function removeDuringRequest(drainingSeconds: number | undefined) {
      await start();
      await serve([slow], { settings: { drainingSeconds } });
      const arrived = once(slow.server, "request");
      const reply = ask(address, HOST);
      await arrived;
      await gateway.put(configurationOf([]));
      return reply;
    }

    it("gets no new request, and finishes those in flight while it drains", async () => {
      const [reply] = await Promise.all([
        removeDuringRequest(30),
        journal.seen("member draining").then(async () => {
          assert.strictEqual((await ask(address, HOST)).status, 502);
          held[0]!.end("finished");
        }),
      ]);
      assert.strictEqual(reply.body, "finished");
      await journal.seen("member removed");
      assert.strictEqual(journal.named("member removed")[0]!.detail["cut"], 0);
    });

    it("loses what is in flight when the draining timeout is over", async () => {
      const began = Date.now();
      const reply = await removeDuringRequest(1);
      assert.strictEqual(reply.status, 502);
      assert.ok(Date.now() - began >= 1000);
      await journal.seen("member removed");
      assert.strictEqual(journal.named("member removed")[0]!.detail["cut"], 1);
    });

    it("loses what is in flight at once when draining is off", async () => {
      const reply = await removeDuringRequest(undefined);
      assert.strictEqual(reply.status, 502);
      assert.strictEqual(journal.named("member removed")[0]!.detail["cut"], 1);
    });
  });

  it("says what to do when port 80 of its address is taken", async () => {
    await start();
    await assert.rejects(
      startGateway(journal, { name: "agw-second", address, certificates: new Map() }),
      /cannot listen on 127\..*:80 .*EADDRINUSE/,
    );
  });
});

const PROBE: HealthProbe = {
  name: "probe",
  host: "probe.example.test",
  path: "/readyz",
  intervalSeconds: 1,
  timeoutSeconds: 1,
  unhealthyThreshold: 1,
  statusCodes: ["200-399"],
};

const SETTINGS: HttpSettings = {
  name: "http",
  probe: PROBE.name,
  requestTimeoutSeconds: 30,
  drainingSeconds: 30,
};

const REDIRECTED = { name: "redirected", redirect: "to-tls" };

/** A listener under the name of its host, with a certificate on port 443. */
function listenerFor(host: string, certificate?: string): Listener {
  return { name: host, host, port: certificate === undefined ? 80 : 443, certificate };
}

function ruleFor(host: string, pool: string): Rule {
  return { name: `${host} to ${pool}`, listener: host, pool, settings: SETTINGS.name };
}

interface Changes {
  readonly settings?: Partial<HttpSettings>;
  readonly probe?: Partial<HealthProbe>;
}

function configurationOf(members: PoolMember[], changes: Changes = {}): GatewayConfiguration {
  return {
    ...EMPTY_CONFIGURATION,
    listeners: [listenerFor(HOST)],
    rules: [ruleFor(HOST, "pool")],
    pools: [{ name: "pool", members: members.map(({ address, port }) => ({ address, port })) }],
    settings: [{ ...SETTINGS, ...changes.settings }],
    probes: [{ ...PROBE, ...changes.probe }],
  };
}

/** The production host and one host per slot, as the rotation has them in one Ingress. */
function threeHosts(production: string, blue: PoolMember, green: PoolMember): GatewayConfiguration {
  const pools = {
    [HOST]: production,
    "stage-blue.example.test": "blue",
    "stage-green.example.test": "green",
  };
  return {
    ...EMPTY_CONFIGURATION,
    listeners: Object.keys(pools).map((host) => listenerFor(host)),
    rules: Object.entries(pools).map(([host, pool]) => ruleFor(host, pool)),
    pools: [
      { name: "blue", members: [blue] },
      { name: "green", members: [green] },
    ],
    settings: [SETTINGS],
    probes: [PROBE],
  };
}

function says(text: string): RequestListener {
  return (_, response) => response.end(text);
}

/** Answers probes with 200 and leaves every other request to `handle`. */
function probedOr(handle: (response: ServerResponse) => void): RequestListener {
  return (request, response) =>
    request.url === PROBE.path ? void response.end() : handle(response);
}

/** Status, pod and text of an answer over HTTP/2. */
function overHttp2(
  session: http2.ClientHttp2Session,
  method: string,
  host: string,
  path = "/",
): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { ":method": method, ":path": path, ":authority": host };
    const stream = session.request(headers, { endStream: method === "GET" });
    let head: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader = {};
    let text = "";
    stream.on("response", (received) => (head = received));
    stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
    stream.on("error", reject);
    stream.on("end", () => resolve(`${head[":status"]} ${String(head["x-pod"])} ${text}`));
    if (method !== "GET") {
      stream.end("body");
    }
  });
}
