import * as assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import type { IssuedCertificate } from "../../twin/world/certificates";
import { type ApiPod, ClusterApi, mounting, READY } from "../support/clusterApi";
import { loopbackAddress, LoopbackServer } from "../support/loopback";
import { proveSecretly, VERSION } from "../support/proofs";
import { says } from "../support/says";
import { SlotDatabase } from "../support/slotDatabase";

const HOST = "www.example.com";
const CLASS = "app-blue-01234567";
const INSTANCE = { "app.kubernetes.io/instance": "app-blue" };

/** An application that knows nothing of proofs: a page, and what it does in the database for it. */
describe("A proof by status", function () {
  this.timeout(30_000);
  let database: SlotDatabase;
  let identity: IssuedCertificate;
  let directory: string;
  let cluster: ClusterApi;
  let pool: pg.Client;

  before(async () => {
    database = await SlotDatabase.start({ loginSeconds: 1 });
    identity = await database.world.authority.issue([HOST]);
    directory = await mkdtemp(join(tmpdir(), "by-status-"));
    cluster = await ClusterApi.start(directory, database.world.authority);
  });

  after(async () => {
    await cluster.stop();
    await rm(directory, { recursive: true });
    await database.stop();
  });

  beforeEach(async () => {
    pool = await database.session("app_blue");
    cluster.pods = ["a", "b"].map((name) => pod(name));
    cluster.deployments.clear();
    for (const name of ["app-blue", "app-green"]) {
      cluster.deployments.set(name, {
        metadata: { generation: 1 },
        spec: { replicas: 2, template: { spec: mounting(CLASS) } },
        status: { readyReplicas: 2 },
      });
    }
    leads("app-blue-web");
  });

  afterEach(() => pool.end());

  const pod = (name: string, spec = mounting(CLASS), status: ApiPod["status"] = READY): ApiPod => ({
    metadata: {
      name,
      creationTimestamp: new Date(Date.now() - 60_000).toISOString(),
      labels: { ...INSTANCE, "pod-template-hash": "1" },
    },
    spec,
    status,
  });

  /** Where the Ingress leads the production host, and the stage host of the other slot. */
  const leads = (...services: string[]) => {
    const to = (name: string) => ({ backend: { service: { name, port: { number: 80 } } } });
    const rules = [
      { host: HOST, http: { paths: services.map(to) } },
      { host: "green.example.com", http: { paths: [to("app-green-web")] } },
    ];
    cluster.objects.set("app", { spec: { rules } });
  };

  /** Runs a proof while an application answers, each request in turn, the last one for ever. */
  async function proof(
    command: "before-promotion" | "after-promotion" | "legacy-serves",
    answers: readonly RequestListener[],
    settings: Record<string, string> = {},
  ) {
    let next = 0;
    const server = await LoopbackServer.start(
      (request, response) => answers[Math.min(next++, answers.length - 1)]!(request, response),
      8443,
      loopbackAddress(),
      identity,
    );
    const proved = await proveSecretly(database, command, {
      ...database.rotatorEnvironment,
      ...cluster.environment,
      ...{ SLOT: "blue", GENERATION: "4", SECRET_VERSION: VERSION },
      ...{ PROOF_BY: "status", PROOF_PATH: "/home?full", PROOF_STATUS: "200,204" },
      ...{ ANSWERS: "12", TIMEOUT_SECONDS: "8" },
      PASSWORD_FILE: database.passwordFile("app_blue"),
      ...(command === "before-promotion" ? ofStage(server) : ofProduction(server)),
      ...settings,
    });
    await server.stop();
    return { ...proved, requests: server.requests };
  }

  const ofStage = ({ address }: LoopbackServer) => ({
    PGUSER: "app_blue",
    ...{ OTHER_ROLE: "app_green", GROUP_ROLE: "app_rw", OWNER_ROLE: "app_owner" },
    CONNECTION_LIMIT: "20",
    ...{ STAGE_URL: `https://${address}:8443`, STAGE_HOST: HOST, END_LEFTOVERS: "false" },
    ...{ DEPLOYMENT: "app-blue", AS_MANY_AS: "app-green" },
    POD_SELECTORS: "app.kubernetes.io/instance=app-blue",
    CREDENTIAL: `SecretProviderClass/${CLASS}`,
  });
  const ofProduction = ({ address }: LoopbackServer) => ({
    ROLE: "app_blue",
    ...{ PRODUCTION_URL: `https://${address}:8443`, PRODUCTION_HOST: HOST },
    ...{ INGRESS: "app", SERVICE: "app-blue-web" },
  });

  /** Answers after a statement of its pool. */
  const page: RequestListener = (_request, response) => {
    void pool.query("select 1").then(() => response.end("<h1>Home</h1>"));
  };
  const cached: RequestListener = (_request, response) => void response.end("<h1>Home</h1>");
  const elsewhere: RequestListener = (_request, response) =>
    void response.writeHead(302, { location: "/login" }).end();

  for (const command of ["before-promotion", "after-promotion"] as const) {
    it(`${command}: takes pages that need the database, and says how it was proved`, async () => {
      const { code, evidence, requests } = await proof(command, [page]);
      assert.deepEqual([code, evidence.reason], [0, undefined]);
      const { by, path, host, slot, inARow, activity } = evidence;
      assert.deepEqual([by, path, host, slot, inARow], ["status", "/home?full", HOST, "blue", 12]);
      const answers = command === "before-promotion" ? 10 : 12;
      assert.deepEqual(activity, { answers, sessions: 1 });
      assert.ok(requests.every((request) => request.path === "/home?full"));
      assert.equal(requests.length, 12);
    });

    it(`${command}: follows no redirect, and counts no other status`, async () => {
      const { evidence, requests } = await proof(command, [page, page, elsewhere, page]);
      assert.deepEqual([evidence.otherAnswers, evidence.lastOther], [1, "status 302"]);
      assert.equal(requests.length, 15);
      assert.ok(requests.every(({ path }) => path === "/home?full"));
    });

    it(`${command}: fails with a password that the role does not have`, async () => {
      const { code, evidence, requests } = await proof(command, [page], {
        PASSWORD_FILE: await database.wrongPasswordFile(),
      });
      assert.deepEqual([code, evidence.sqlstate, requests.length], [1, "28P01", 0]);
    });
  }

  describe("of an application with its legacy login", () => {
    const legacy = (answers: readonly RequestListener[]) =>
      proof("legacy-serves", answers, { SERVICE: "shop-web" });

    it("takes answers that need no database of ours, where production leads to its Service", async () => {
      leads("shop-web");
      const { code, evidence } = await legacy([cached]);
      const { identity, inARow, service, slot } = evidence;
      assert.deepEqual(
        [code, identity, slot, service, inARow],
        [0, "configuration", "legacy", "shop-web", 12],
      );
    });

    it("does not count what a slot says to be its answer, nor another status", async () => {
      leads("shop-web");
      const ofSlot: RequestListener = (_request, response) =>
        void response.end(JSON.stringify({ slot: "blue" }));
      const { code, evidence } = await legacy([cached, ofSlot, elsewhere, cached]);
      assert.deepEqual([code, evidence.otherAnswers, evidence.asked], [0, 2, 15]);
    });

    it("fails where production leads to a slot", async () => {
      leads("app-blue-web");
      const { code, evidence, requests } = await legacy([cached]);
      assert.deepEqual([code, requests.length], [1, 0]);
      says(String(evidence.reason), "does not lead www.example.com to shop-web");
    });
  });

  describe("before promotion", () => {
    it("fails when an answer needs no database, and names the key that helps", async () => {
      const { code, evidence } = await proof("before-promotion", [page, page, cached]);
      assert.equal(code, 1);
      says(String(evidence.reason), "set rotation:proofPath to a path that needs the database");
      assert.deepEqual(evidence.activity, { answers: 2, sessions: 1 });
    });

    it("cannot decide where the server does not say what sessions do", async () => {
      await database.sql("alter role app_blue set track_activities = off");
      const { code, evidence } = await proof("before-promotion", [page]);
      await database.sql("alter role app_blue reset track_activities");
      assert.equal(code, 3);
      says(String(evidence.reason), "track_activities is off");
    });

    it("takes statements of another role for none", async () => {
      const other = await database.session("app_green");
      const { code } = await proof("before-promotion", [
        (_request, response) => void other.query("select 1").then(() => response.end()),
      ]);
      await other.end();
      assert.equal(code, 1);
    });

    it("ends the sessions that were there, and is answered by new ones", async () => {
      const leftover = pool;
      const ended = new Promise((resolve) => leftover.once("end", resolve));
      const again: RequestListener = (request, response) => {
        void database.session("app_blue").then((session) => {
          pool = session;
          page(request, response);
        });
      };
      const failed: RequestListener = (_request, response) => void response.writeHead(500).end();
      const { code, evidence } = await proof("before-promotion", [failed, again, page], {
        END_LEFTOVERS: "true",
      });
      await ended;
      assert.deepEqual([code, evidence.sessionsEnded, evidence.otherAnswers], [0, 1, 1]);
      assert.deepEqual(evidence.activity, { answers: 10, sessions: 1 });
    });

    it("names the pods and what they read", async () => {
      const { evidence } = await proof("before-promotion", [page]);
      assert.deepEqual(
        [evidence.pods, evidence.credential, evidence.ready],
        [["a", "b"], `SecretProviderClass/${CLASS}`, 2],
      );
    });

    const wrong: [string, () => void, string][] = [
      [
        "a pod is not ready",
        () => cluster.pods.push(pod("c", mounting(CLASS), { phase: "Running" })),
        "c is not ready",
      ],
      [
        "a pod reads an earlier credential",
        () => cluster.pods.push(pod("c", mounting("app-blue-89abcdef"))),
        `c reads SecretProviderClass/app-blue-89abcdef, not SecretProviderClass/${CLASS}`,
      ],
      [
        "the Deployment reads no credential",
        () => {
          cluster.deployments.get("app-blue")!.spec.template.spec = { containers: [{}] };
        },
        `its pods read no credential of the slot, not SecretProviderClass/${CLASS}`,
      ],
    ];

    for (const [what, arrange, missing] of wrong) {
      it(`cannot decide while ${what}, and asks nobody`, async () => {
        arrange();
        const short = { TIMEOUT_SECONDS: "1" };
        const { code, evidence, requests } = await proof("before-promotion", [page], short);
        assert.deepEqual([code, evidence.missing, requests.length], [3, [missing], 0]);
      });
    }
  });

  describe("after promotion", () => {
    it("is recorded as a proof of the configuration", async () => {
      const { evidence } = await proof("after-promotion", [page]);
      assert.deepEqual(
        [evidence.identity, evidence.ingress, evidence.service],
        ["configuration", "app", "app-blue-web"],
      );
      assert.deepEqual(
        cluster.asked.slice(-2).map(({ method, path }) => `${method} ${path}`),
        Array(2).fill("GET /apis/networking.k8s.io/v1/namespaces/app/ingresses/app"),
      );
    });

    it("takes answers without a statement of the role for those of the other slot", async () => {
      const { code, evidence } = await proof("after-promotion", [cached, page, cached, page]);
      assert.equal(code, 0);
      assert.deepEqual(
        [evidence.otherAnswers, evidence.lastOther],
        [2, "an answer without a statement of app_blue"],
      );
      const short = { TIMEOUT_SECONDS: "1" };
      assert.equal((await proof("after-promotion", [cached], short)).code, 3);
    });

    for (const services of [["app-green-web"], ["app-blue-web", "app-green-web"], []]) {
      it(`fails when the Ingress leads to ${services.join(" and ") || "nothing"}`, async () => {
        leads(...services);
        const { code, evidence, requests } = await proof("after-promotion", [page]);
        assert.deepEqual([code, evidence.services, requests.length], [1, services, 0]);
        says(String(evidence.reason), `does not lead ${HOST} to app-blue-web`);
      });
    }

    it("fails when somebody leads it elsewhere meanwhile", async () => {
      const moved: RequestListener = (request, response) => {
        leads("app-green-web");
        page(request, response);
      };
      const { code, evidence } = await proof("after-promotion", [page, moved, page]);
      assert.deepEqual([code, evidence.services], [1, ["app-green-web"]]);
    });

    it("cannot decide when the cluster does not let it look", async () => {
      cluster.objects.clear();
      const short = { TIMEOUT_SECONDS: "1" };
      const { code, evidence } = await proof("after-promotion", [page], short);
      assert.equal(code, 3);
      says(String(evidence.reason), "answered 404 to GET", "ingresses/app");
    });
  });
});
