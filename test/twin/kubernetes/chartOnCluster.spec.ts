import assert from "node:assert";
import { execFile } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import { findHelm } from "../../../twin/kubernetes/helm/helm";
import type { KubeObject } from "../../../twin/kubernetes/api/objects";
import { ask, loopbackAddress } from "../../support/loopback";
import { NAMESPACE, providerClass, TestCluster } from "../../support/testCluster";

const VERSION = "0".repeat(32);

const values = {
  slot: "blue",
  image: "registry.example/app:1",
  secret: { providerClass: "app-blue-00000000", version: VERSION },
  // Nobody listens there, so the application runs and has not started.
  database: { host: loopbackAddress(), port: 5432, name: "app", user: "app_blue" },
  replicas: 1,
  preStopSeconds: 1,
  terminationGracePeriodSeconds: 3,
};

describe("the chart of a slot on the cluster twin", function () {
  this.timeout(60_000);
  let test: TestCluster;

  before(async () => {
    test = await TestCluster.start({ "pod-security.kubernetes.io/enforce": "restricted" });
  });

  after(() => test.stop());

  const apply = async (objects: readonly KubeObject[]) => {
    for (const object of objects) {
      const metadata = { ...object.metadata, namespace: NAMESPACE };
      await test.cluster.apply({ ...object, metadata });
    }
  };

  it("runs the application under the restricted profile, with the mounted secret", async () => {
    const versions: string[] = [];
    test.readSecret = ({ version }) => {
      versions.push(version);
      return Promise.resolve({ value: "correct horse", version });
    };
    await test.cluster.apply(classOf(VERSION));
    await apply(await rendered());
    await test.until("Endpoints", "app-blue", () => test.endpoints("app-blue").notReady.length > 0);
    const [pod] = test.pods();
    assert.ok(pod);
    const ref = { apiVersion: "v1", kind: "Pod", namespace: NAMESPACE, name: pod.metadata.name };
    const refused = "Unhealthy: Startup probe failed: HTTP probe failed with statuscode: 503";
    while (!test.cluster.events(ref).includes(refused)) {
      await pause(50);
    }
    const { status } = await ask(pod.status?.podIP as string, "pod", {
      port: 8080,
      path: "/healthz",
    });
    assert.strictEqual(status, 200);
    assert.deepStrictEqual(new Set(versions), new Set([VERSION]));
    assert.deepStrictEqual(test.endpoints("app-blue").ready, []);
    assert.strictEqual(test.cluster.probe(NAMESPACE, "app-blue")?.path, "/readyz");
  });

  it("lets a node be drained although the slot is broken, and its pods come back elsewhere", async () => {
    const [pod] = test.pods();
    assert.ok(pod);
    await test.cluster.evict({ namespace: NAMESPACE, name: pod.metadata.name });
    await test.untilPod(({ metadata }) => metadata.name !== pod.metadata.name);
  });

  it("mounts the new version in a pod that starts right after it was made, and no other", async () => {
    const version = "f".repeat(32);
    const before = new Set(test.pods().map(({ metadata }) => metadata.name));
    await test.cluster.apply(classOf(version));
    const secret = { providerClass: "app-blue-ffffffff", version };
    await apply(await rendered({ secret }));
    const { objects } = await test.untilMounted(({ podName }) => !before.has(podName));
    assert.deepStrictEqual(objects, [{ id: "secret/app-blue", version }]);
  });
});

/** The class that a run makes beside the release. */
const classOf = (version: string) =>
  providerClass(`app-blue-${version.slice(0, 8)}`, "app-blue", version);

async function rendered(changes: object = {}): Promise<KubeObject[]> {
  const { command } = await findHelm();
  const settings = Object.entries({ ...values, ...changes }).map(
    ([key, value]) => `${key}=${JSON.stringify(value)}`,
  );
  const { stdout } = await promisify(execFile)(command, [
    "template",
    "app-blue",
    "charts/app",
    ...settings.flatMap((setting) => ["--set-json", setting]),
  ]);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
}
