import assert from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  KubeConfig,
  NetworkingV1Api,
} from "@kubernetes/client-node";
import { clusterAt } from "../../../../operate/recovery/cluster";
import { createAuthority } from "../../../../twin/world/certificates";
import { Cluster } from "../../../../twin/kubernetes/cluster";
import { addresses, TestJournal } from "../../../support/loopback";
import { tokenOf, typesUsed } from "../../../support/sdkTypes";

const NAMESPACE = "app";
const TOKEN = "token of an administrator";

describe("the API server of the twin's cluster, for the official client", () => {
  const directory = mkdtempSync(join(tmpdir(), "cluster-"));
  const journal = new TestJournal();
  let cluster: Cluster;

  before(async () => {
    const authority = await createAuthority(directory);
    cluster = new Cluster(
      { directory, addresses, journal: journal.journal, authority },
      {
        name: "aks",
        resourceGroup: "rg",
        tenantId: "tenant",
        issuer: "https://issuer.example/",
        secrets: { read: () => Promise.reject(new Error("no vault")) },
        isAdministrator: (token) => token === TOKEN,
      },
    );
    await cluster.start();
    await create("v1", "Namespace", NAMESPACE, {});
  });
  after(async () => {
    await cluster.stop();
    await journal.close();
    rmSync(directory, { recursive: true });
  });

  function create(apiVersion: string, kind: string, name: string, metadata: object, more = {}) {
    const place = kind === "Namespace" ? {} : { namespace: NAMESPACE };
    return cluster.create({ apiVersion, kind, metadata: { name, ...place, ...metadata }, ...more });
  }

  /** The kubeconfig of the cluster with a token instead of a program that gets one. */
  function kubeconfig(token: string): string {
    const config = new KubeConfig();
    config.loadFromString(cluster.kubeconfig());
    const [user] = config.users;
    config.users = [{ name: user?.name ?? "", token }];
    return config.exportConfig();
  }

  it("lists the revisions of Helm for an administrator, and deletes one", async () => {
    const labels = { owner: "helm", name: "app-blue", status: "pending-upgrade", version: "2" };
    await create("v1", "Secret", "sh.helm.release.v1.app-blue.v2", { labels });
    await create("v1", "Secret", "another", {});
    const access = clusterAt(kubeconfig(TOKEN));
    assert.deepStrictEqual(await access.revisions(NAMESPACE), [
      {
        secret: "sh.helm.release.v1.app-blue.v2",
        namespace: NAMESPACE,
        release: "app-blue",
        revision: 2,
        status: "pending-upgrade",
      },
    ]);
    await access.deleteSecret(NAMESPACE, "sh.helm.release.v1.app-blue.v2");
    assert.deepStrictEqual(await access.revisions(NAMESPACE), []);
    const left = cluster.list({ apiVersion: "v1", kind: "Secret" }, NAMESPACE);
    assert.deepStrictEqual(
      left.map(({ metadata }) => metadata.name),
      ["another"],
    );
  });

  it("lists the Jobs that Pulumi has named, and deletes one with its pods", async () => {
    const spec = {
      backoffLimit: 0,
      template: {
        spec: {
          restartPolicy: "Never",
          containers: [{ name: "proof", image: "docker.io/local/pause:1" }],
        },
      },
    };
    const annotations = { "pulumi.com/autonamed": "true" };
    await create("batch/v1", "Job", "proof-12345678", { annotations }, { spec });
    await create("batch/v1", "Job", "by-hand", {}, { spec });
    const access = clusterAt(kubeconfig(TOKEN));
    assert.deepStrictEqual(await access.autoNamedJobs(NAMESPACE), [
      { namespace: NAMESPACE, name: "proof-12345678", outcome: "running" },
    ]);
    await access.deleteJob(NAMESPACE, "proof-12345678");
    assert.deepStrictEqual(await access.autoNamedJobs(NAMESPACE), []);
  });

  it("lists Jobs, CronJobs and StatefulSets by their labels", async () => {
    const containers = [{ name: "c", image: "docker.io/local/pause:1" }];
    const template = { spec: { restartPolicy: "Never", containers } };
    const labels = { "rotation/slot": "blue" };
    const pods = { metadata: { labels }, spec: { containers } };
    const set = { replicas: 0, selector: { matchLabels: labels }, template: pods };
    await create("batch/v1", "Job", "blue", { labels }, { spec: { template } });
    await create("batch/v1", "Job", "another", {}, { spec: { template } });
    const jobTemplate = { spec: { template } };
    const spec = { schedule: "@yearly", jobTemplate };
    await create("batch/v1", "CronJob", "blue", { labels }, { spec });
    await create("apps/v1", "StatefulSet", "blue", { labels }, { spec: set });
    const config = new KubeConfig();
    config.loadFromString(kubeconfig(TOKEN));
    const batch = config.makeApiClient(BatchV1Api);
    const apps = config.makeApiClient(AppsV1Api);
    const query = { namespace: NAMESPACE, labelSelector: "rotation/slot=blue" };
    for (const { kind, items } of [
      await batch.listNamespacedJob(query),
      await batch.listNamespacedCronJob(query),
      await apps.listNamespacedStatefulSet(query),
    ]) {
      assert.deepStrictEqual(
        items.map(({ metadata }) => metadata?.name),
        ["blue"],
        kind,
      );
    }
    const name = "blue";
    const read = await apps.readNamespacedStatefulSet({ namespace: NAMESPACE, name });
    assert.strictEqual(read.spec?.podManagementPolicy, "OrderedReady");
    const cron = await batch.readNamespacedCronJob({ namespace: NAMESPACE, name });
    assert.strictEqual(cron.spec?.concurrencyPolicy, "Allow");
  });

  it("says of objects whether they are there, and of what it does not know nothing", async () => {
    await create("v1", "ServiceAccount", "here", {});
    const network = "networking.k8s.io/v1";
    await create(network, "NetworkPolicy", "here", {}, { spec: { podSelector: {} } });
    const access = clusterAt(kubeconfig(TOKEN));
    for (const [version, kind, there] of [
      ["v1", "ServiceAccount", "here"],
      [network, "NetworkPolicy", "here"],
    ] as const) {
      assert.ok(await access.has(version, kind, NAMESPACE, there), kind);
      assert.ok(!(await access.has(version, kind, NAMESPACE, "gone")), kind);
    }
    assert.ok(await access.has("v1", "Namespace", "", NAMESPACE));
    assert.ok(!(await access.has("v1", "Namespace", "", "gone")));
    const policy = ["admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"] as const;
    assert.ok(!(await access.has(...policy, "", "gone")));
    await assert.rejects(access.has("example.com/v1", "Pony", NAMESPACE, "gone"), { code: 404 });
  });

  it("says so of every kind of the core group that the program makes", async () => {
    const core = "kubernetes:core/v1:";
    const kinds = typesUsed("components/**/*.ts")
      .map(tokenOf)
      .filter((token) => token.startsWith(core))
      .map((token) => token.slice(core.length));
    assert.ok(kinds.includes("Secret"), kinds.join());
    const access = clusterAt(kubeconfig(TOKEN));
    for (const kind of kinds) {
      assert.ok(!(await access.has("v1", kind, NAMESPACE, "gone")), kind);
    }
  });

  it("lists a kind in all namespaces at once, or what is in none", async () => {
    const network = new KubeConfig();
    network.loadFromString(kubeconfig(TOKEN));
    const api = network.makeApiClient(NetworkingV1Api);
    const defaultBackend = { service: { name: "web", port: { number: 80 } } };
    await create("v1", "Namespace", "team", {});
    for (const namespace of ["app", "team"]) {
      const spec = { defaultBackend };
      await create("networking.k8s.io/v1", "Ingress", "web", { namespace }, { spec });
    }
    const { items } = await api.listIngressForAllNamespaces();
    assert.deepStrictEqual(items.map(({ metadata }) => metadata?.namespace).sort(), [
      "app",
      "team",
    ]);
    const core = network.makeApiClient(CoreV1Api);
    const names = (await core.listNamespace()).items.map(({ metadata }) => metadata?.name);
    assert.ok(names.includes("team"));
  });

  it("answers nobody else, and knows no other verbs and objects", async () => {
    const of = (token: string) => {
      const config = new KubeConfig();
      config.loadFromString(kubeconfig(token));
      return config;
    };
    const code = (expected: number) => (error: { code?: number }) => error.code === expected;
    const namespace = NAMESPACE;
    const stranger = of("another token").makeApiClient(CoreV1Api);
    await assert.rejects(stranger.listNamespacedSecret({ namespace }), code(401));
    const core = of(TOKEN).makeApiClient(CoreV1Api);
    await assert.rejects(core.deleteNamespacedSecret({ namespace, name: "none" }), code(404));
    await assert.rejects(core.deleteCollectionNamespacedSecret({ namespace }), code(404));
    const apps = of(TOKEN).makeApiClient(AppsV1Api);
    await assert.rejects(apps.listNamespacedDaemonSet({ namespace }), code(404));
  });
});
