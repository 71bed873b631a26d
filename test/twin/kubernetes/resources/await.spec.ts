import assert from "node:assert";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { findHelm } from "../../../../twin/kubernetes/helm/helm";
import { kubernetesProvider } from "../../../../twin/kubernetes/provider";
import {
  InitializationFailed,
  UNKNOWN,
  type Created,
  type Properties,
  type Provider,
  type Value,
} from "../../../../twin/plugin/provider";
import { CONFORMANCE_DIR } from "../../../support/conformance";
import { NAMESPACE, PAUSE, TestCluster } from "../../../support/testCluster";

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";
const SERVICE = "kubernetes:core/v1:Service";
const INGRESS = "kubernetes:networking.k8s.io/v1:Ingress";
const RELEASE = "kubernetes:helm.sh/v3:Release";

describe("what the kubernetes twin waits for", function () {
  this.timeout(60_000);

  let test: TestCluster;
  let provider: Provider;
  let root: string;
  let helm: string;

  before(async () => {
    ({ command: helm } = await findHelm());
    root = await mkdtemp(path.join(tmpdir(), "charts-"));
    await cp(path.join(CONFORMANCE_DIR, "charts"), root, { recursive: true });
  });

  after(() => rm(root, { recursive: true }));

  beforeEach(async () => {
    test = await TestCluster.start();
    provider = await connected();
  });

  afterEach(() => test.stop());

  async function connected(settings: Properties = {}): Promise<Provider> {
    const registry = { standalone: test.cluster, byServer: () => undefined };
    const created = kubernetesProvider(registry, { helm, root });
    await created.configure(settings);
    return created;
  }

  async function create(
    type: string,
    inputs: Properties,
    options: { timeout?: number; preview?: boolean; as?: Provider } = {},
  ): Promise<Created> {
    const { timeout = 0, preview = false, as = provider } = options;
    const urn = `urn:pulumi:s::p::${type}::r`;
    const call = { urn, type, name: "r" };
    const seed = Buffer.alloc(32, 1);
    const checked = await as.check({ ...call, oldInputs: {}, inputs, randomSeed: seed });
    assert.deepEqual(checked.failures, []);
    return as.create({ ...call, inputs: checked.inputs, preview, timeout });
  }

  function remove(type: string, { id, outputs }: Created, timeout = 0): Promise<void> {
    const urn = `urn:pulumi:s::p::${type}::r`;
    const call = { urn, type, name: "r", id, oldInputs: {}, state: outputs, timeout };
    return provider.delete(call);
  }

  /** How an operation left an object that is there but not what it should be. */
  async function failureOf(operation: Promise<unknown>): Promise<InitializationFailed> {
    const error: unknown = await operation.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof InitializationFailed, String(error));
    return error;
  }

  const metadata = (name: string) => ({ name, namespace: NAMESPACE });

  function deployment(name: string, ready: boolean, pod: Properties = {}): Properties {
    const command = ["/bin/sh", "-c", `exit ${ready ? 0 : 1}`];
    return {
      metadata: metadata(name),
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            containers: [
              { name: "c", image: PAUSE, readinessProbe: { exec: { command }, periodSeconds: 1 } },
            ],
            terminationGracePeriodSeconds: 1,
            ...pod,
          },
        },
      },
    };
  }

  function service(name: string): Properties {
    return { metadata: metadata(name), spec: { selector: { app: name }, ports: [{ port: 80 }] } };
  }

  const status = (value: Properties, key: string): Value | undefined =>
    (value.status as Properties | undefined)?.[key];

  it("is a Deployment's pods", async () => {
    const { outputs } = await create(DEPLOYMENT, deployment("web", true));
    assert.equal(status(outputs, "readyReplicas"), 1);
  });

  it("is a StatefulSet's pods, and what is missing is said", async () => {
    const { outputs } = await create(STATEFUL_SET, deployment("good", true));
    assert.equal(status(outputs, "readyReplicas"), 1);
    const failure = await failureOf(create(STATEFUL_SET, deployment("web", false), { timeout: 1 }));
    assert.match(failure.message, /'web' timed out waiting to be Ready$/);
    assert.ok(
      failure.reasons.includes("0 out of 1 replicas succeeded readiness checks"),
      failure.reasons.join(),
    );
  });

  it("ends with the time of `customTimeouts`, and the object is recorded as it is", async () => {
    const failure = await failureOf(create(DEPLOYMENT, deployment("web", false), { timeout: 1 }));
    assert.match(failure.message, /'web' timed out waiting to be Ready$/);
    assert.equal(failure.id, `${NAMESPACE}/web`);
    assert.equal(status(failure.outputs, "replicas"), 1);
    assert.ok(failure.reasons.includes("Minimum number of live Pods was not attained"));
  });

  it("ends at once when the engine is interrupted", async () => {
    const creation = failureOf(create(DEPLOYMENT, deployment("web", false)));
    await test.until("Deployment", "web", (object) => object.status?.replicas === 1);
    provider.cancel();
    assert.match((await creation).message, /Resource operation was cancelled for "web"$/);
  });

  it("is not another connection's business to end", async () => {
    const other = await connected();
    const creation = create(DEPLOYMENT, deployment("web", true));
    other.cancel();
    await creation;
  });

  it("is nothing for an object that says so", async () => {
    const inputs = deployment("web", false);
    const annotations = { "pulumi.com/skipAwait": "true" };
    await create(DEPLOYMENT, { ...inputs, metadata: { ...metadata("web"), annotations } });
  });

  it("is the pods of a Deployment again when it is deleted, but not longer than told", async () => {
    const preStop = { exec: { command: ["/bin/sh", "-c", "sleep 3"] } };
    const slow = { containers: [{ name: "c", image: PAUSE, lifecycle: { preStop } }] };
    const created = await create(DEPLOYMENT, deployment("web", true, slow));
    await assert.rejects(remove(DEPLOYMENT, created, 1), /timed out waiting for the condition/);
    await remove(DEPLOYMENT, created);
    assert.deepEqual(test.pods(), []);
  });

  it("is not needed to delete what is gone already", async () => {
    const created = await create(SERVICE, {
      metadata: metadata("web"),
      spec: { ports: [{ port: 80 }] },
    });
    await remove(SERVICE, created);
    await remove(SERVICE, created);
  });

  it("is a namespace that comes later in the same run", async () => {
    const creation = create("kubernetes:core/v1:ServiceAccount", {
      metadata: { name: "sa", namespace: "later" },
    });
    await create("kubernetes:core/v1:Namespace", { metadata: { name: "later" } });
    assert.equal((await creation).id, "later/sa");
  });

  it("is every endpoint of a Service, but not that there is one", async () => {
    await create(SERVICE, service("nobody"), { timeout: 20 });
    await test.cluster.apply({
      apiVersion: "apps/v1",
      kind: "Deployment",
      ...deployment("web", false),
    } as never);
    await test.until("Deployment", "web", (object) => object.status?.replicas === 1);
    const failure = await failureOf(create(SERVICE, service("web"), { timeout: 1 }));
    assert.match(failure.message, /'web' timed out waiting to be Ready$/);
  });

  it("is an address for an Ingress", async () => {
    const inputs = {
      metadata: metadata("web"),
      spec: { ingressClassName: "nobody", rules: [{ host: "a.example" }] },
    };
    const failure = await failureOf(create(INGRESS, inputs, { timeout: 1 }));
    assert.match(failure.reasons.join(), /was not updated with a hostname\/IP address/);
  });

  it("is nothing in a preview, and what is unknown stays so", async () => {
    const inputs: Properties = {
      ...deployment("web", false),
      metadata: { ...metadata("web"), labels: { a: UNKNOWN } },
    };
    const { id, outputs } = await create(DEPLOYMENT, inputs, { preview: true });
    assert.equal(id, "");
    assert.deepEqual(outputs.metadata, { ...metadata("web"), labels: { a: UNKNOWN } });
    assert.equal(outputs.status, undefined);
    assert.deepEqual(test.pods(), []);
  });

  it("takes over an existing object only when the provider is told to", async () => {
    const account = { metadata: { name: "default", namespace: NAMESPACE } };
    const type = "kubernetes:core/v1:ServiceAccount";
    await assert.rejects(create(type, account), /already exists/);
    const as = await connected({ upsertExistingObjects: "true" });
    assert.equal((await create(type, account, { as })).id, `${NAMESPACE}/default`);
  });

  describe("with a Helm release", () => {
    function release(chart: string, values: Properties, more: Properties = {}): Properties {
      return { chart, name: "slot", namespace: NAMESPACE, values, timeout: 2, ...more };
    }

    it("is nothing in a preview, and the chart is not looked at while a value is unknown", async () => {
      const inputs = release("./nowhere", { message: UNKNOWN });
      const { outputs } = await create(RELEASE, inputs, { preview: true });
      assert.equal(outputs.version, "");
      assert.deepEqual(outputs.values, { message: UNKNOWN });
      assert.equal(outputs.status, UNKNOWN);
    });

    it("is no pod when one may be unavailable, which is helm's trap", async () => {
      const file = path.join(root, "chartbad", "templates", "d.yaml");
      const original = await readFile(file, "utf8");
      const strategy = "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}";
      await writeFile(file, original.replace("spec:\n", `spec:\n  ${strategy}\n`));
      const { outputs } = await create(RELEASE, release("./chartbad", {}));
      assert.equal(status(outputs, "status"), "deployed");
      await writeFile(file, original);
    });

    it("is no pod when the release is scaled to zero", async () => {
      const { outputs } = await create(RELEASE, release("./chartbad", { replicas: 0 }));
      assert.equal(status(outputs, "status"), "deployed");
    });

    it("is nothing of a StatefulSet whose pods are replaced by hand, and of a CronJob", async () => {
      const chart = path.join(root, "sets");
      await mkdir(path.join(chart, "templates"), { recursive: true });
      await writeFile(
        path.join(chart, "Chart.yaml"),
        "{apiVersion: v2, name: sets, version: 1.0.0}",
      );
      const { spec } = deployment("set", false) as { spec: Properties };
      const objects = [
        {
          apiVersion: "apps/v1",
          kind: "StatefulSet",
          metadata: { name: "set" },
          spec: { ...spec, updateStrategy: { type: "OnDelete" } },
        },
        {
          apiVersion: "batch/v1",
          kind: "CronJob",
          metadata: { name: "cron" },
          spec: {
            schedule: "@yearly",
            jobTemplate: {
              spec: {
                template: {
                  spec: { restartPolicy: "Never", containers: [{ name: "c", image: PAUSE }] },
                },
              },
            },
          },
        },
      ];
      const text = objects.map((object) => JSON.stringify(object)).join("\n---\n");
      await writeFile(path.join(chart, "templates", "all.yaml"), text);
      const { outputs } = await create(RELEASE, release("./sets", {}));
      assert.equal(status(outputs, "status"), "deployed");
      assert.equal(test.pods()[0]?.metadata.name, "set-0");
    });

    it("is nothing with skipAwait", async () => {
      await create(RELEASE, release("./chartbad", {}, { skipAwait: true }));
    });

    it("ends when the engine is interrupted, and the release can be upgraded then", async () => {
      const inputs = release("./chartbad", {}, { timeout: 60 });
      const creation = failureOf(create(RELEASE, inputs));
      await test.until("Deployment", "slot-web", (object) => object.status?.replicas === 1);
      provider.cancel();
      const { message, outputs } = await creation;
      assert.match(message, /context canceled$/);
      assert.equal(status(outputs, "status"), "failed");
    });
  });
});
