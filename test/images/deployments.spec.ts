import * as assert from "node:assert/strict";
import { once } from "node:events";
import { rm, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority } from "../../twin/world/certificates";
import { ClusterApi, type ApiDeployment, type ApiPod } from "../support/clusterApi";
import { prove } from "../support/images";
import { VERSION } from "../support/proofs";
import { says } from "../support/says";

const TEMPLATE = "0123456789ab";
const DEPLOYMENT = "/apis/apps/v1/namespaces/app/deployments/app-green";

/** Proves what the commands make of what an API says, not that a cluster would say it. */
describe("The proofs about a Deployment", function () {
  this.timeout(30_000);
  let directory: string;
  let cluster: ClusterApi;
  let settings: Record<string, string>;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "deployments-"));
    cluster = await ClusterApi.start(directory, await createAuthority(directory));
    settings = {
      ...cluster.environment,
      DEPLOYMENT: "app-green",
      POD_SELECTOR: "app.kubernetes.io/instance=app-green",
      TIMEOUT_SECONDS: "20",
    };
  });

  afterEach(async () => {
    await cluster.stop();
    await rm(directory, { recursive: true });
  });

  const pod = (name: string, hash: string, phase = "Running"): ApiPod => ({
    metadata: { name, labels: { "pod-template-hash": hash } },
    status: { phase },
  });
  const ending = ({ metadata, status }: ApiPod): ApiPod => ({
    metadata: { ...metadata, deletionTimestamp: "2026-11-28T00:00:00Z" },
    status,
  });

  function deployment(counts: Record<string, number> = {}, generation = "6"): ApiDeployment {
    const all = { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 };
    const env = [
      { name: "SLOT", value: "green" },
      { name: "GENERATION", value: generation },
      { name: "SECRET_VERSION", value: VERSION },
    ];
    return {
      metadata: { generation: 7, annotations: { "rotation/template": TEMPLATE } },
      spec: { replicas: 3, template: { spec: { containers: [{ env }] } } },
      status: { observedGeneration: 7, ...all, ...counts },
    };
  }

  /** Resolves when the API was asked once more from the beginning. */
  async function askedAnew(): Promise<void> {
    const looks = () => cluster.asked.filter(({ path }) => path === DEPLOYMENT).length;
    const before = looks();
    while (looks() === before) {
      await once(cluster.server, "request");
    }
  }

  describe("that is rolled", () => {
    beforeEach(() => {
      Object.assign(settings, { TEMPLATE, GENERATION: "6", SECRET_VERSION: VERSION });
      cluster.deployments.set("app-green", deployment());
      cluster.pods = ["a", "b", "c"].map((name) => pod(name, "new"));
    });

    it("passes when all pods are of the template, ready and available", async () => {
      cluster.pods.push(ending(pod("d", "old")), pod("e", "old", "Failed"));
      const { code, evidence } = await prove("rolled", settings);
      assert.equal(code, 0);
      const { deployment, template, replicas, pods, missing } = evidence;
      assert.deepEqual([deployment, template, replicas], ["app-green", TEMPLATE, 3]);
      assert.deepEqual([pods, missing], [["a", "b", "c"], undefined]);
      assert.ok(cluster.asked.every(({ method }) => method === "GET"));
      assert.deepEqual(
        cluster.asked.map(({ path }) => path),
        [
          DEPLOYMENT,
          "/api/v1/namespaces/app/pods?labelSelector=app.kubernetes.io%2Finstance%3Dapp-green",
        ],
      );
    });

    it("waits until the last old pod was told to end", async () => {
      cluster.deployments.set("app-green", deployment({ replicas: 4 }));
      const old = pod("d", "old");
      cluster.pods.push(old);
      const proof = prove("rolled", settings);
      await askedAnew();
      cluster.deployments.set("app-green", deployment());
      cluster.pods = [...cluster.pods.slice(0, 3), ending(old)];
      assert.equal((await proof).code, 0);
    });

    const lacks: [string, () => void, string[]][] = [
      [
        "it has another template",
        () => {
          cluster.deployments.get("app-green")!.metadata.annotations!["rotation/template"] = "old";
        },
        [`its template is old, not ${TEMPLATE}`],
      ],
      [
        "it has no template",
        () => {
          delete cluster.deployments.get("app-green")!.metadata.annotations;
        },
        [`its template is none, not ${TEMPLATE}`],
      ],
      [
        "it has the credential of another generation",
        () => {
          cluster.deployments.set("app-green", deployment({}, "4"));
        },
        ["its GENERATION is 4, not 6"],
      ],
      [
        "nobody has seen its newest settings",
        () => {
          cluster.deployments.get("app-green")!.metadata.generation = 8;
        },
        ["the cluster has not observed its latest specification yet"],
      ],
      [
        "one pod is old",
        () => {
          cluster.deployments.set("app-green", deployment({ updatedReplicas: 2 }));
          cluster.pods = [...cluster.pods.slice(1), pod("d", "old")];
        },
        ["2 of 3 pods are of the newest template", "of new there are b, c", "of old there are d"],
      ],
      [
        "one pod is old and the status does not say so yet",
        () => {
          cluster.pods.push(pod("d", "old"));
        },
        ["of new there are a, b, c", "of old there are d"],
      ],
      [
        "one pod too many is there",
        () => {
          cluster.deployments.set("app-green", deployment({ replicas: 4 }));
        },
        ["4 of 3 pods are there"],
      ],
      [
        "no pod is ready",
        () => {
          const { status } = cluster.deployments.get("app-green")!;
          delete status.readyReplicas;
          delete status.availableReplicas;
        },
        ["0 of 3 pods are ready", "0 of 3 pods are available"],
      ],
      [
        "one pod was ready for too short a time",
        () => {
          cluster.deployments.set("app-green", deployment({ availableReplicas: 2 }));
        },
        ["2 of 3 pods are available"],
      ],
      [
        "there is none",
        () => {
          cluster.deployments.clear();
        },
        ["there is no Deployment app-green"],
      ],
    ];

    for (const [what, arrange, missing] of lacks) {
      it(`cannot decide while ${what}`, async () => {
        arrange();
        const { code, evidence } = await prove("rolled", { ...settings, TIMEOUT_SECONDS: "1" });
        assert.equal(code, 3);
        says(String(evidence.reason), "app-green", "did not roll out in time");
        assert.deepEqual(evidence.missing, missing);
      });
    }

    it("cannot decide when the cluster does not let it look", async () => {
      cluster.status = 403;
      const { code, evidence } = await prove("rolled", { ...settings, TIMEOUT_SECONDS: "1" });
      assert.equal(code, 3);
      assert.ok(String(evidence.reason).endsWith(`answered 403 to GET ${DEPLOYMENT}`));
      assert.equal(evidence.deployment, "app-green");
    });
  });

  describe("that is vacated", () => {
    beforeEach(() => {
      Object.assign(settings, { GENERATION: "8" });
      cluster.deployments.set("app-green", deployment());
      cluster.pods = [ending(pod("a", "new")), pod("b", "new")];
    });

    const scaled = () => cluster.asked.filter(({ method }) => method === "PATCH");

    it("scales it to zero once, and ends when the last ending pod is gone", async () => {
      const proof = prove("vacated", settings);
      await askedAnew();
      await askedAnew();
      cluster.pods = [ending(pod("b", "new"))];
      await askedAnew();
      await askedAnew();
      cluster.pods = [];
      const { code, evidence } = await proof;
      assert.equal(code, 0);
      const { deployment: name, generation, holds, scaledFrom, pods } = evidence;
      assert.deepEqual([name, generation, holds, scaledFrom], ["app-green", 8, 6, 3]);
      assert.deepEqual(pods, []);
      const [request, ...others] = scaled();
      assert.deepEqual(others, []);
      assert.equal(request?.path, `${DEPLOYMENT}/scale`);
      assert.equal(request.contentType, "application/merge-patch+json");
      assert.equal(request.authorization, "Bearer first-token");
      assert.deepEqual(JSON.parse(request.body), { spec: { replicas: 0 } });
    });

    it("takes away what somebody scales up meanwhile", async () => {
      const proof = prove("vacated", settings);
      await askedAnew();
      await askedAnew();
      cluster.deployments.get("app-green")!.spec.replicas = 2;
      await askedAnew();
      await askedAnew();
      cluster.pods = [];
      assert.equal((await proof).code, 0);
      assert.equal(scaled().length, 2);
    });

    for (const generation of ["8", "10"]) {
      it(`leaves the pods of generation ${generation} alone`, async () => {
        cluster.deployments.set("app-green", deployment({}, generation));
        const { code, evidence } = await prove("vacated", settings);
        assert.equal(code, 0);
        assert.equal(evidence.nothingToDo, `app-green is of generation ${generation}`);
        assert.deepEqual(scaled(), []);
      });
    }

    it("empties a slot that never had a generation in use", async () => {
      cluster.deployments.set("app-green", deployment({}, "-1"));
      cluster.pods = [];
      const { code, evidence } = await prove("vacated", settings);
      assert.equal(code, 0);
      assert.equal(evidence.holds, -1);
    });

    it("has nothing to scale where there is no Deployment", async () => {
      cluster.deployments.clear();
      cluster.pods = [];
      const { code, evidence } = await prove("vacated", settings);
      assert.equal(code, 0);
      assert.equal(evidence.nothingToDo, "there is no Deployment app-green");
      assert.deepEqual(scaled(), []);
    });

    it("cannot decide when pods are left", async () => {
      const { code, evidence } = await prove("vacated", { ...settings, TIMEOUT_SECONDS: "1" });
      assert.equal(code, 3);
      says(String(evidence.reason), "Pods of app-green were left");
      assert.deepEqual(evidence.pods, ["a", "b"]);
    });

    it("takes no pod away where it cannot tell of which generation they are", async () => {
      cluster.deployments.get("app-green")!.spec.template.spec.containers = [{}];
      const { code, evidence } = await prove("vacated", { ...settings, TIMEOUT_SECONDS: "1" });
      assert.equal(code, 3);
      assert.match(String(evidence.reason), /app-green does not say which generation it holds/);
      assert.deepEqual(scaled(), []);
    });

    it("cannot decide when the cluster does not let it scale", async () => {
      cluster.status = 403;
      const { code, evidence } = await prove("vacated", { ...settings, TIMEOUT_SECONDS: "1" });
      assert.equal(code, 3);
      assert.match(String(evidence.reason), /answered 403/);
    });
  });
});
