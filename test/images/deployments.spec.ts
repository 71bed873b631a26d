import * as assert from "node:assert/strict";
import { once } from "node:events";
import { rm, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority } from "../../twin/world/certificates";
import {
  type ApiDeployment,
  type ApiPod,
  type ApiPodSpec,
  ClusterApi,
  mounting,
  READY,
} from "../support/clusterApi";
import { prove } from "../support/images";
import { says } from "../support/says";

const TEMPLATE = "0123456789ab";
const DEPLOYMENT = "/apis/apps/v1/namespaces/app/deployments/app-green";
const LABELS = { "app.kubernetes.io/instance": "app-green" };
const CLASS = "app-green-0123abcd";
const EARLIER = "app-green-89abcdef";

const ref = (key: string, name: string) => ({ [key]: { name } });
const container = (container: object): ApiPodSpec => ({ containers: [container] });

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
      POD_SELECTORS: "app.kubernetes.io/instance=app-green",
      TIMEOUT_SECONDS: "20",
    };
  });

  afterEach(async () => {
    await cluster.stop();
    await rm(directory, { recursive: true });
  });

  const pod = (name: string, hash: string, phase = "Running", spec = mounting(CLASS)): ApiPod => ({
    metadata: {
      name,
      labels: { ...LABELS, "pod-template-hash": hash },
      ownerReferences: [{ name: `app-green-${hash}` }],
    },
    spec,
    status: { ...READY, phase },
  });
  const ending = ({ metadata, ...rest }: ApiPod): ApiPod => ({
    metadata: { ...metadata, deletionTimestamp: "2026-11-28T00:00:00Z" },
    ...rest,
  });

  function deployment(
    counts: Record<string, number> = {},
    spec: ApiPodSpec = mounting(CLASS),
  ): ApiDeployment {
    const all = { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 };
    return {
      metadata: { generation: 7, annotations: { "rotation/template": TEMPLATE } },
      spec: { replicas: 3, template: { spec } },
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
      Object.assign(settings, { TEMPLATE, CREDENTIAL: `SecretProviderClass/${CLASS}` });
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

    it("takes the finished rollout of a chart that says nothing of templates", async () => {
      delete cluster.deployments.get("app-green")!.metadata.annotations;
      assert.equal((await prove("rolled", settings)).code, 0);
      delete settings["TEMPLATE"];
      cluster.deployments.get("app-green")!.metadata.annotations = { "rotation/template": "other" };
      assert.equal((await prove("rolled", settings)).code, 0);
    });

    it("lets other workloads have templates of their own, and read other things", async () => {
      settings["POD_SELECTORS"] += "\napp=worker\napp=cache";
      const made = (name: string, hash: string, spec: ApiPodSpec, labels: object) => ({
        metadata: {
          name,
          labels: { ...labels, "pod-template-hash": hash },
          ownerReferences: [{ name: `${name.split("-")[0]}-${hash}` }],
        },
        spec,
        status: READY,
      });
      // The labels of a chart are its own: these pods are found by two selectors.
      const both = { ...LABELS, app: "worker" };
      const chart = { containers: [{ envFrom: [{ secretRef: { name: "app-green" } }] }] };
      cluster.pods.push(
        made("worker-a", "w", mounting(CLASS), both),
        made("cache-a", "c", chart, { app: "cache" }),
        // Of a cron job.
        {
          metadata: { name: "nightly", labels: both },
          spec: mounting(CLASS),
          status: { phase: "Pending" },
        },
      );
      const { code, evidence } = await prove("rolled", settings);
      assert.deepEqual([code, evidence.missing], [0, undefined]);
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
        "it has the credential of another generation",
        () => {
          cluster.deployments.set("app-green", deployment({}, mounting(EARLIER)));
        },
        [`its pods read SecretProviderClass/${EARLIER}, not SecretProviderClass/${CLASS}`],
      ],
      [
        "it has no credential of the slot",
        () => {
          cluster.deployments.set("app-green", deployment({}, mounting("app-blue-0123abcd")));
        },
        [`its pods read no credential of the slot, not SecretProviderClass/${CLASS}`],
      ],
      [
        "a pod of another workload has an earlier one",
        () => {
          settings["POD_SELECTORS"] += "\napp=worker";
          const labels = { app: "worker", "controller-revision-hash": "worker-1" };
          const spec = {
            containers: [{ envFrom: [{ secretRef: { name: "app-green-4-89abcdef" } }] }],
          };
          cluster.pods.push({ metadata: { name: "worker-0", labels }, spec, status: READY });
        },
        [`worker-0 reads Secret/app-green-4-89abcdef, not SecretProviderClass/${CLASS}`],
      ],
      [
        "a pod of another workload is not ready",
        () => {
          settings["POD_SELECTORS"] += "\napp=cache";
          const labels = { app: "cache", "controller-revision-hash": "cache-1" };
          const metadata = { name: "cache-0", labels };
          const status = { phase: "Running" };
          cluster.pods.push({ metadata, spec: { containers: [] }, status });
        },
        ["cache-0 is not ready"],
      ],
      [
        "a selector finds no pod",
        () => {
          settings["POD_SELECTORS"] += "\napp=worker,part=of-nothing";
        },
        ["no pod has these labels: app=worker,part=of-nothing"],
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

    const secret = "app-green-6-0123abcd";
    const ways: [string, ApiPodSpec][] = [
      ["a variable", container({ env: [{ name: "A", valueFrom: ref("secretKeyRef", secret) }] })],
      ["all of its variables", container({ envFrom: [ref("secretRef", secret)] })],
      [
        "an init container",
        { ...container({}), initContainers: [{ envFrom: [ref("secretRef", secret)] }] },
      ],
      ["a volume", { ...container({}), volumes: [{ name: "a", secret: { secretName: secret } }] }],
      [
        "a part of a volume",
        {
          ...container({}),
          volumes: [{ name: "a", projected: { sources: [{ secret: { name: secret } }] } }],
        },
      ],
    ];

    for (const [what, spec] of ways) {
      it(`recognizes a Secret by ${what}`, async () => {
        cluster.deployments.set("app-green", deployment({}, spec));
        cluster.pods = ["a", "b", "c"].map((name) => pod(name, "new", "Running", spec));
        const { code } = await prove("rolled", { ...settings, CREDENTIAL: `Secret/${secret}` });
        assert.equal(code, 0);
        const other = { CREDENTIAL: "Secret/app-green-8-0123abcd", TIMEOUT_SECONDS: "1" };
        const { evidence } = await prove("rolled", { ...settings, ...other });
        says(
          String(evidence.missing),
          `its pods read Secret/${secret}, not Secret/app-green-8-0123abcd`,
          `a reads Secret/${secret}`,
        );
      });
    }

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
      Object.assign(settings, { GENERATION: "8", SECRET_NAME: "app-green" });
      cluster.objects.set(CLASS, classOf("6"));
      cluster.deployments.set("app-green", deployment());
      cluster.pods = [ending(pod("a", "new")), pod("b", "new")];
    });

    const classOf = (generation: string) => ({
      metadata: { name: CLASS, labels: { "rotation/generation": generation } },
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

    it("scales further Deployments of the release as well, those that have pods", async () => {
      const idle = deployment();
      idle.spec.replicas = 0;
      cluster.deployments.set("app-green-worker", deployment());
      cluster.deployments.set("app-green-idle", idle);
      cluster.pods = [];
      const WORKERS = "app-green-worker\napp-green-idle\napp-green-gone";
      assert.equal((await prove("vacated", { ...settings, WORKERS })).code, 0);
      assert.deepEqual(
        scaled().map(({ path }) => path),
        [DEPLOYMENT, `${DEPLOYMENT}-worker`].map((path) => `${path}/scale`),
      );
    });

    it("leaves those of the new generation alone", async () => {
      cluster.objects.set(CLASS, classOf("8"));
      cluster.deployments.set("app-green-worker", deployment());
      const { code } = await prove("vacated", { ...settings, WORKERS: "app-green-worker" });
      assert.deepEqual([code, scaled()], [0, []]);
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
        cluster.objects.set(CLASS, classOf(generation));
        const { code, evidence } = await prove("vacated", settings);
        assert.equal(code, 0);
        assert.equal(evidence.nothingToDo, `app-green is of generation ${generation}`);
        assert.deepEqual(scaled(), []);
      });
    }

    it("tells the generation by the name of a Secret, without a look at it", async () => {
      const reads = (name: string) => container({ envFrom: [ref("secretRef", name)] });
      cluster.deployments.set("app-green", deployment({}, reads("app-green-8-0123abcd")));
      const { evidence } = await prove("vacated", settings);
      assert.equal(evidence.nothingToDo, "app-green is of generation 8");
      cluster.deployments.set("app-green", deployment({}, reads("app-green-6-0123abcd")));
      cluster.pods = [];
      const { code, evidence: earlier } = await prove("vacated", settings);
      assert.deepEqual([code, earlier.holds, earlier.scaledFrom], [0, 6, 3]);
      assert.ok(cluster.asked.every(({ path }) => !path.includes("/secrets/")));
    });

    it("believes the pods where an earlier program gave the class no label", async () => {
      const env = [{ name: "GENERATION", value: "8" }];
      const said = { ...mounting(CLASS), containers: [{ env }] };
      cluster.objects.set(CLASS, { metadata: { name: CLASS } });
      cluster.deployments.set("app-green", deployment({}, said));
      const { evidence } = await prove("vacated", settings);
      assert.equal(evidence.nothingToDo, "app-green is of generation 8");
    });

    it("empties a slot that never had a generation in use", async () => {
      cluster.deployments.set("app-green", deployment({}, mounting("app-green")));
      cluster.deployments.get("app-green")!.spec.replicas = 0;
      cluster.pods = [];
      const { code, evidence } = await prove("vacated", settings);
      assert.deepEqual([code, evidence.holds], [0, undefined]);
      assert.deepEqual(scaled(), []);
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
      cluster.objects.clear();
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
