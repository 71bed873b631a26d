import * as assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { Client } from "pg";
import { scramVerifier } from "../../components/rotation/scramVerifier";
import { createAuthority, type IssuedCertificate } from "../../twin/world/certificates";
import { ClusterApi, mounting } from "../support/clusterApi";
import { ImageProcess, prove } from "../support/images";
import { loopbackAddress, LoopbackServer } from "../support/loopback";
import { answering, proofOf, proveSecretly, RIGHT, VERSION } from "../support/proofs";
import { says } from "../support/says";
import { SlotDatabase } from "../support/slotDatabase";

describe("The proofs", function () {
  this.timeout(30_000);
  let database: SlotDatabase;

  before(async () => {
    database = await SlotDatabase.start();
  });

  after(() => database.stop());

  describe("after promotion", () => {
    const HOST = "www.example.com";
    let identity: IssuedCertificate;

    before(async () => {
      identity = await database.world.authority.issue([HOST]);
    });

    const settings = (address: string): Record<string, string> => ({
      NODE_EXTRA_CA_CERTS: database.world.authority.file,
      ...{ SLOT: "blue", GENERATION: "4", SECRET_VERSION: VERSION, ROLE: "app_blue" },
      PRODUCTION_URL: `https://${address}:8443`,
      PRODUCTION_HOST: HOST,
      PROOF_BY: "description",
      ANSWERS: "3",
      TIMEOUT_SECONDS: "5",
    });

    it("starts its count anew on every other answer", async () => {
      const others = [
        { ...RIGHT, slot: "green" },
        { ...RIGHT, secretVersion: "f".repeat(32) },
        { ...RIGHT, generation: 2 },
        { ...RIGHT, sessionUser: "app_green" },
        "not JSON",
        502,
      ];
      const production = await answering(
        [...others.flatMap((other) => [RIGHT, RIGHT, other]), RIGHT],
        identity,
      );
      const names: unknown[] = [];
      production.server.on("secureConnection", (socket: TLSSocket) => {
        names.push(socket.isSessionReused() ? "a resumed session" : socket.servername);
      });
      const { code, evidence } = await proveSecretly(
        database,
        "after-promotion",
        settings(production.address),
      );
      await production.stop();
      assert.equal(code, 0);
      assert.equal(evidence.asked, 3 * others.length + 3);
      assert.equal(evidence.inARow, 3);
      assert.equal(evidence.otherAnswers, others.length);
      assert.equal(names.length, evidence.asked, "one fresh connection for each question");
      assert.deepEqual(new Set(names), new Set([HOST]));
      assert.ok(production.requests.every(({ host }) => host === HOST));
    });

    it("cannot decide when the right slot never answers often enough", async () => {
      const production = await answering(
        Array.from({ length: 1000 }, (_, i) => (i % 3 ? RIGHT : 502)),
        identity,
      );
      const { code, evidence } = await proveSecretly(database, "after-promotion", {
        ...settings(production.address),
        TIMEOUT_SECONDS: "1",
      });
      await production.stop();
      assert.equal(code, 3);
      assert.equal(evidence.lastOther, "status 502");
    });

    it("believes no server without a certificate for the host, from an authority it knows", async () => {
      const directory = join(database.world.directory, "unknown");
      await mkdir(directory);
      const unknown = await createAuthority(directory);
      for (const [certificate, reason] of [
        [await database.world.authority.issue(["other.example.com"]), /does not match/],
        [await unknown.issue([HOST]), /self-signed certificate in certificate chain/],
      ] as const) {
        const production = await answering([RIGHT], certificate);
        const { code, evidence } = await proveSecretly(database, "after-promotion", {
          ...settings(production.address),
          // What Node would take as leave to verify nothing.
          NODE_TLS_REJECT_UNAUTHORIZED: "0",
          TIMEOUT_SECONDS: "1",
        });
        await production.stop();
        assert.equal(code, 3);
        assert.match(String(evidence.lastOther), reason);
        assert.equal(production.requests.length, 0);
      }
    });

    it("says who asks and for what, as a firewall's default rules want it", async () => {
      const production = await answering([RIGHT], identity);
      const asked = once(production.server, "request") as Promise<[IncomingMessage]>;
      await proveSecretly(database, "after-promotion", settings(production.address));
      await production.stop();
      const [{ headers }] = await asked;
      assert.match(headers["user-agent"] ?? "", /^rotation-proof\/\d/);
      assert.equal(headers.accept, "application/json");
    });

    it("takes a redirect for no answer of the application", async () => {
      const production = await answering([301], identity);
      const { code, evidence } = await proveSecretly(database, "after-promotion", {
        ...settings(production.address),
        TIMEOUT_SECONDS: "1",
      });
      await production.stop();
      assert.equal(code, 3);
      assert.equal(evidence.lastOther, "status 301");
    });

    describe("by the credential", () => {
      const PASSWORD = "the password of generation 4";
      let passwordFile: string;

      before(async () => {
        passwordFile = join(database.world.directory, "bound-password");
        await writeFile(passwordFile, PASSWORD);
      });

      const bound = (address: string): Record<string, string> => ({
        ...settings(address),
        PROOF_BY: "credential",
        PASSWORD_FILE: passwordFile,
        TIMEOUT_SECONDS: "1",
      });

      /** Asks a production that makes this of a nonce, and says of itself what is right. */
      async function ask(proofFor: (nonce: string) => string | undefined, body: object = RIGHT) {
        const nonces: string[] = [];
        const production = await LoopbackServer.start(
          (request, response) => {
            const nonce = String(request.headers["rotation-nonce"]);
            nonces.push(nonce);
            const proof = proofFor(nonce);
            if (proof !== undefined) {
              response.setHeader("rotation-proof", proof);
            }
            response.end(JSON.stringify(body));
          },
          8443,
          loopbackAddress(),
          identity,
        );
        const proof = await proveSecretly(database, "after-promotion", bound(production.address));
        await production.stop();
        assert.ok(!proof.output.includes(PASSWORD));
        return { ...proof, nonces };
      }

      it("takes an answer that describes nothing, and asks with 32 fresh bytes each time", async () => {
        const { code, evidence, nonces } = await ask((nonce) => proofOf(PASSWORD, nonce, HOST), {});
        assert.equal(code, 0);
        assert.equal(evidence.by, "credential");
        assert.equal(new Set(nonces).size, 3);
        assert.ok(nonces.every((nonce) => /^[0-9a-f]{64}$/.test(nonce)));
      });

      const forged: [string, (nonce: string) => string | undefined, RegExp][] = [
        ["that says the right things and proves nothing", () => undefined, /^no Rotation-Proof$/],
        [
          "of the holder of another password",
          (nonce) => proofOf("of generation 3", nonce, HOST),
          /^a Rotation-Proof of a different credential$/,
        ],
        [
          "that was fetched from the slot's stage host",
          (nonce) => proofOf(PASSWORD, nonce, "blue.example.com"),
          /different credential/,
        ],
        [
          "that was given to an earlier nonce",
          () => proofOf(PASSWORD, "0".repeat(64), HOST),
          /different credential/,
        ],
        [
          "of another slot, generation, version or session",
          (nonce) => proofOf(PASSWORD, nonce, HOST, { ...RIGHT, sessionUser: "app_rw" }),
          /different credential/,
        ],
      ];

      for (const [what, proofFor, reason] of forged) {
        it(`takes no answer ${what}`, async () => {
          const { code, evidence } = await ask(proofFor);
          assert.equal(code, 3);
          assert.equal(evidence.inARow, 0);
          assert.match(String(evidence.lastOther), reason);
        });
      }
    });

    it("cannot decide when nobody answers", async () => {
      const { code, evidence } = await proveSecretly(database, "after-promotion", {
        ...settings(loopbackAddress()),
        TIMEOUT_SECONDS: "1",
      });
      assert.equal(code, 3);
      assert.match(String(evidence.lastOther), /ECONNREFUSED/);
    });
  });

  /** A cluster's API, and the settings of a proof that looks for green's pods and sessions. */
  const clusterOfGreen = async (own: Record<string, string>) => {
    const { authority, directory } = database.world;
    const cluster = await ClusterApi.start(directory, authority);
    const settings: Record<string, string> = {
      ...database.rotatorEnvironment,
      ...cluster.environment,
      ROLE: "app_green",
      DRAIN_SECONDS: "20",
      ...own,
    };
    return { cluster, settings };
  };

  describe("of a credential that nobody holds", () => {
    let cluster: ClusterApi;
    let settings: Record<string, string>;

    beforeEach(async () => {
      const own = { SECRET_NAME: "app-green", CUTS_OFF: "false" };
      ({ cluster, settings } = await clusterOfGreen(own));
    });

    afterEach(() => cluster.stop());

    const GREEN = mounting("app-green-0123abcd");
    const pod = (name: string, phase: string, spec = GREEN) => ({
      metadata: { name, labels: {} },
      spec,
      status: { phase },
    });
    const job = (name: string, conditions: object[] = [], spec = GREEN) => ({
      metadata: { name },
      spec: { template: { spec } },
      status: { conditions },
    });
    const cronJob = (name: string, suspend = false) => ({
      metadata: { name },
      spec: { suspend, jobTemplate: job("") },
    });

    it("names whoever holds it when the time is over, and goes on where they are cut off", async () => {
      cluster.pods = [
        pod("waiting", "Pending"),
        {
          ...pod("ending", "Running"),
          metadata: { name: "ending", deletionTimestamp: "2026-11-28T00:00:00Z" },
        },
        pod("failed", "Failed"),
        pod("other", "Running", mounting("app-blue-0123abcd")),
      ];
      cluster.jobs = [
        // In back-off it has no pod, and starts one later.
        job("between-two-pods", [{ type: "Failed", status: "False" }]),
        job("complete", [{ type: "Complete", status: "True" }]),
      ];
      cluster.cronJobs = [cronJob("nightly"), cronJob("never", true)];
      const left = await database.session("app_green");
      const over = { ...settings, DRAIN_SECONDS: "0" };
      const [strict, cut] = await Promise.all([
        proveSecretly(database, "free", over),
        proveSecretly(database, "free", { ...over, CUTS_OFF: "true" }),
      ]);
      await left.end();
      const holders = {
        pods: ["waiting", "ending"],
        jobs: ["between-two-pods"],
        cronJobs: ["nightly"],
        sessions: 1,
      };
      const seen = ({ evidence: { pods, jobs, cronJobs, sessions } }: typeof strict) => ({
        pods,
        jobs,
        cronJobs,
        sessions,
      });
      assert.deepEqual([strict.code, seen(strict)], [3, holders]);
      says(String(strict.evidence.reason), "app_green is still in use", "rotation:accept sessions");
      assert.deepEqual([cut.code, cut.evidence.free, seen(cut)], [0, false, holders]);
    });

    it("looks twice: what was gone for a moment only is not gone", async () => {
      const proof = proveSecretly(database, "free", settings);
      await once(cluster.server, "request");
      cluster.pods = [pod("late", "Pending")];
      const pods = () => cluster.asked.filter(({ path }) => path.endsWith("/pods")).length;
      const before = pods();
      while (pods() < before + 2) {
        await once(cluster.server, "request");
      }
      const since = Date.now();
      cluster.pods = [];
      const { code, evidence } = await proof;
      assert.deepEqual([code, evidence.free, evidence.sessions], [0, true, 0]);
      assert.ok(Date.now() - since >= 5000);
    });
  });

  describe("of a drained slot", () => {
    let cluster: ClusterApi;
    let settings: Record<string, string>;

    beforeEach(async () => {
      const own = { POD_SELECTORS: "rotation/slot=green" };
      ({ cluster, settings } = await clusterOfGreen(own));
    });

    afterEach(() => cluster.stop());

    const pod = (phase: string, labels: object = { "rotation/slot": "green" }) => ({
      metadata: { name: `app-green-${phase}`, labels: { ...labels } },
      spec: { containers: [] },
      status: { phase },
    });

    it("ends when the last session goes", async () => {
      const last = await database.session("app_green");
      const proof = proveSecretly(database, "drained", settings);
      while (cluster.asked.length < 2) {
        await once(cluster.server, "request");
      }
      await last.end();
      const { code, evidence } = await proof;
      assert.equal(code, 0);
      assert.equal(evidence.drained, true);
      assert.equal(evidence.sessions, 0);
      assert.ok(Number(evidence.seconds) < 15);
    });

    it("ends when the last running pod goes, and asks with the token of the moment", async () => {
      cluster.pods = [pod("Running"), pod("Failed"), pod("Succeeded")];
      const proof = proveSecretly(database, "drained", settings);
      await once(cluster.server, "request");
      await writeFile(settings.TOKEN_FILE!, "second-token");
      cluster.pods = cluster.pods.slice(1);
      const { code, evidence } = await proof;
      assert.equal(code, 0);
      assert.deepEqual(evidence.pods, []);
      const path = "/api/v1/namespaces/app/pods?labelSelector=rotation%2Fslot%3Dgreen";
      assert.ok(cluster.asked.every((request) => request.path === path));
      assert.equal(cluster.asked[0]?.authorization, "Bearer first-token");
      assert.equal(cluster.asked.at(-1)?.authorization, "Bearer second-token");
    });

    it("waits for the pods of every selector", async () => {
      cluster.pods = [pod("Running", { app: "worker" })];
      const { evidence } = await proveSecretly(database, "drained", {
        ...settings,
        POD_SELECTORS: "rotation/slot=green\napp=worker",
        DRAIN_SECONDS: "0",
      });
      assert.deepEqual([evidence.drained, evidence.pods], [false, ["app-green-Running"]]);
    });

    for (const selectors of ["", "\n", "rotation/slot", "rotation/slot=green\n"]) {
      it(`refuses ${JSON.stringify(selectors)}, which would find nothing`, async () => {
        const { code, evidence } = await prove("drained", {
          ...settings,
          POD_SELECTORS: selectors,
        });
        assert.equal(code, 2);
        says(String(evidence.problems), "POD_SELECTORS must be label selectors like a=b,c=d");
      });
    }

    it("says what is left when the drain time is over", async () => {
      cluster.pods = [pod("Running")];
      const left = await database.session("app_green");
      const { code, evidence } = await proveSecretly(database, "drained", {
        ...settings,
        DRAIN_SECONDS: "0",
      });
      await left.end();
      assert.equal(code, 0);
      assert.equal(evidence.drained, false);
      assert.deepEqual(evidence.pods, ["app-green-Running"]);
      assert.equal(evidence.sessions, 1);
    });

    it("cannot decide when the cluster does not let it look", async () => {
      cluster.status = 403;
      const { code, evidence } = await proveSecretly(database, "drained", {
        ...settings,
        DRAIN_SECONDS: "1",
      });
      assert.equal(code, 3);
      assert.match(String(evidence.reason), /answered 403/);
    });

    it("gives its token to no server that it cannot verify", async () => {
      const directory = join(database.world.directory, "other");
      await mkdir(directory);
      const { file } = await createAuthority(directory);
      const { code } = await proveSecretly(database, "drained", {
        ...settings,
        CA_FILE: file,
        DRAIN_SECONDS: "1",
      });
      assert.equal(code, 3);
      assert.equal(cluster.asked.length, 0);
    });
  });

  describe("of a refused credential", () => {
    const settings = (): Record<string, string> => ({
      ...database.rotatorEnvironment,
      ROLE: "app_green",
      PASSWORD_FILE: database.passwordFile("app_green"),
    });

    it("passes on 28000 after the right password, with no session left", async () => {
      const leftover = await database.session("app_green");
      const lost = new Promise((resolve) => leftover.once("end", resolve));
      await database.sql("alter role app_green nologin");
      try {
        const { code, evidence } = await proveSecretly(database, "refused", settings());
        assert.equal(code, 0);
        assert.equal(evidence.sqlstate, "28000");
        assert.equal(evidence.message, 'role "app_green" is not permitted to log in');
        assert.match(String(evidence.because), /after the right password/);
        assert.equal(evidence.sessionsEnded, 1);
        const [role] = await database.sql<{ id: string }>(
          "select 'app_green'::regrole::oid::text as id",
        );
        assert.equal(evidence.roleId, Number(role!.id));
        await lost;
        assert.equal(await database.sessions("app_green"), 0);
      } finally {
        await database.sql("alter role app_green login");
      }
    });

    it("passes on 28P01 where somebody gave the role another password, and says why", async () => {
      const holder = await database.session("app_green");
      await holder.query("alter role current_user password 'mine'");
      await database.sql("alter role app_green nologin");
      try {
        const { code, evidence } = await proveSecretly(database, "refused", settings());
        assert.equal(code, 0);
        assert.deepEqual(
          [evidence.sqlstate, evidence.canLogin, evidence.sessionsLeft],
          ["28P01", false, 0],
        );
        assert.match(String(evidence.because), /another password/);
      } finally {
        await holder.end();
        await database.sql("alter role app_green login");
        await database.restorePassword("app_green");
      }
    });

    it("fails on 28P01, which a wrong password gets too, while the role may log in", async () => {
      const { code, evidence } = await proveSecretly(database, "refused", {
        ...settings(),
        PASSWORD_FILE: await database.wrongPasswordFile(),
      });
      assert.equal(code, 1);
      assert.deepEqual([evidence.sqlstate, evidence.canLogin], ["28P01", true]);
    });

    it("fails when the login succeeds", async () => {
      const { code, evidence } = await proveSecretly(database, "refused", settings());
      assert.equal(code, 1);
      assert.match(String(evidence.reason), /can still log in/);
    });

    it("fails on a 28000 that has nothing to do with the role's login, which is on", async () => {
      const rules = await readFile(database.accessRules, "utf8");
      const reload = async (text: string) => {
        await writeFile(database.accessRules, text);
        await database.sql("select pg_reload_conf()");
      };
      await reload(`hostssl all app_green all reject\n${rules}`);
      try {
        const { code, evidence } = await proveSecretly(database, "refused", settings());
        assert.equal(code, 1);
        assert.equal(evidence.sqlstate, "28000");
        assert.match(String(evidence.message), /pg_hba/);
      } finally {
        await reload(rules);
      }
    });

    it("of a legacy login leaves the sessions to others, and fails while there are any", async () => {
      const legacy = async () => {
        const leaving = { ...settings(), ROLE: "legacy", LEAVE_SESSIONS: "true" };
        return proveSecretly(database, "refused", leaving);
      };
      const password = await readFile(database.passwordFile("app_green"), "utf8");
      await database.sql(
        `create role legacy login password '${scramVerifier(password, ["legacy"])}'`,
      );
      const holder = new Client({
        host: database.environment["PGHOST"]!,
        user: "legacy",
        password,
        database: "postgres",
        ssl: { ca: await readFile(database.world.authority.file) },
      });
      await holder.connect();
      await database.sql("alter role legacy nologin");
      const held = await legacy();
      assert.deepEqual([held.code, held.evidence.sessionsLeft], [1, 1]);
      await holder.query("select 1");
      await holder.end();
      const { code, evidence } = await legacy();
      assert.deepEqual([code, evidence.sqlstate, evidence.sessionsEnded], [0, "28000", 0]);
      await database.sql("drop role legacy");
    });

    it("cannot decide when the rotator cannot end the sessions", async () => {
      const { code, evidence } = await proveSecretly(database, "refused", {
        ...settings(),
        ROTATOR_PASSWORD_FILE: await database.wrongPasswordFile(),
      });
      assert.equal(code, 3);
      assert.match(String(evidence.reason), /app_rotator/);
    });
  });

  describe("as a program", () => {
    const database = "PGHOST PGPORT PGDATABASE ROTATOR_USER ROTATOR_PASSWORD_FILE ROTATOR_SCHEMA";
    const slot = "SLOT GENERATION SECRET_VERSION";
    const cluster = "NAMESPACE KUBERNETES_URL TOKEN_FILE CA_FILE";
    const settings: Record<string, string> = {
      "before-promotion": `${slot} ${database} PGUSER PASSWORD_FILE OTHER_ROLE GROUP_ROLE OWNER_ROLE CONNECTION_LIMIT STAGE_URL STAGE_HOST ANSWERS TIMEOUT_SECONDS END_LEFTOVERS ${cluster} DEPLOYMENT POD_SELECTORS AS_MANY_AS PROOF_BY`,
      "after-promotion": `${slot} ROLE PRODUCTION_URL PRODUCTION_HOST ANSWERS TIMEOUT_SECONDS PROOF_BY`,
      "legacy-serves": `PRODUCTION_URL PRODUCTION_HOST PROOF_PATH PROOF_STATUS ANSWERS TIMEOUT_SECONDS ${cluster} INGRESS SERVICE`,
      drained: `${database} ${cluster} ROLE DRAIN_SECONDS POD_SELECTORS`,
      free: `${database} NAMESPACE KUBERNETES_URL TOKEN_FILE CA_FILE ROLE SECRET_NAME CUTS_OFF DRAIN_SECONDS`,
      refused: `${database} ROLE PASSWORD_FILE`,
      trial: `${slot} ROLE POD_IP PORT ANSWERS TIMEOUT_SECONDS PROOF_BY`,
      rolled: `${cluster} DEPLOYMENT CREDENTIAL POD_SELECTORS TIMEOUT_SECONDS`,
      vacated: `${cluster} DEPLOYMENT GENERATION SECRET_NAME POD_SELECTORS TIMEOUT_SECONDS`,
    };

    const ofPath = "PROOF_PATH PROOF_STATUS";
    const byStatus: Record<string, string> = {
      "before-promotion": `${ofPath} CREDENTIAL`,
      "after-promotion": `${ofPath} PASSWORD_FILE PGHOST PGPORT PGDATABASE ${cluster} INGRESS SERVICE`,
    };

    /** With a stage host, however wrong, there are pods to be asked. */
    const onStage = { STAGE_HOST: "" };

    /** Runs a command, which has to name these variables and no others. */
    async function names(command: string, wrong: string, environment: Record<string, string> = {}) {
      const { code, evidence } = await prove(command, environment);
      assert.equal(code, 2);
      const problems = evidence.problems as string[];
      const named = new Set(problems.map((problem) => problem.split(" ")[0]));
      assert.deepEqual(named, new Set(wrong.split(" ")));
      assert.equal(named.size, problems.length);
    }

    for (const [command, wrong] of Object.entries(settings)) {
      it(`names all wrong settings of ${command} at once and ends with 2`, () =>
        names(command, wrong, onStage));
    }

    it("asks for nothing of pods before a promotion that none precedes", () =>
      names(
        "before-promotion",
        "PGHOST PGPORT PGDATABASE PGUSER PASSWORD_FILE OTHER_ROLE GROUP_ROLE OWNER_ROLE CONNECTION_LIMIT TIMEOUT_SECONDS",
      ));

    for (const [command, more] of Object.entries(byStatus)) {
      it(`names those of ${command} by status too`, () =>
        names(command, `${settings[command]!.replace(" PROOF_BY", "")} ${more}`, {
          ...onStage,
          PROOF_BY: "status",
        }));
    }

    it("asks for no path that leads to another host, and takes no status that there is not", async () => {
      for (const path of ["ready", "//other.example.com", "/\\other.example.com", "/a b", "/#a"]) {
        const { evidence } = await prove("after-promotion", {
          PROOF_BY: "status",
          PROOF_PATH: path,
        });
        says(String(evidence.problems), `PROOF_PATH must be a path like /ready, not "${path}"`);
      }
      const { evidence } = await prove("after-promotion", {
        PROOF_BY: "status",
        PROOF_STATUS: "200,600",
      });
      says(String(evidence.problems), "PROOF_STATUS must be statuses from 100 to 599");
    });

    it("refuses a plain-text Kubernetes API and addresses with a path", async () => {
      const { evidence } = await prove("drained", { KUBERNETES_URL: "http://kubernetes" });
      assert.match(String(evidence.problems), /KUBERNETES_URL must be https:\/\/host/);
      const after = await prove("after-promotion", { PRODUCTION_URL: "http://host/path" });
      assert.match(String(after.evidence.problems), /PRODUCTION_URL must be http:\/\/host or/);
    });

    it("tells its commands when it is asked for another", async () => {
      const tool = new ImageProcess("tools/main.ts", ["promote"], {});
      assert.equal(await tool.ended, 2);
      assert.match(tool.output, /before-promotion \| .* \| vacated/);
    });

    it("ends on SIGTERM, as process 1 of a container too, and says so", async () => {
      const silent = await LoopbackServer.start(() => undefined, 8080);
      const tool = new ImageProcess("tools/main.ts", ["after-promotion"], {
        ...{ SLOT: "blue", GENERATION: "4", SECRET_VERSION: VERSION, ROLE: "app_blue" },
        ...{ PRODUCTION_URL: `http://${silent.address}:8080`, PRODUCTION_HOST: "www" },
        ...{ ANSWERS: "1", PROOF_BY: "description", TIMEOUT_SECONDS: "20" },
      });
      await once(silent.server, "request");
      tool.signal("SIGTERM");
      assert.equal(await tool.ended, 143);
      const { started, seconds, ...said } = JSON.parse(tool.output) as Record<string, unknown>;
      assert.deepEqual(said, { proof: "after-promotion", interrupted: true });
      assert.ok(Number(seconds) > 0 && Date.parse(String(started)) < Date.now());
      await silent.stop();
    });
  });
});
