import assert from "node:assert";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import { findHelm } from "../../../twin/kubernetes/helm/helm";
import type { KubeObject } from "../../../twin/kubernetes/api/objects";
import { ask, loopbackAddress } from "../../support/loopback";
import { NAMESPACE, TestCluster } from "../../support/testCluster";

const ID = "11111111-2222-3333-4444-555555555555";

const values = {
  slot: "blue",
  image: "registry.example/app:1",
  identity: { clientId: ID, tenantId: ID },
  vault: { name: "vault", secretName: "app-blue", secretVersion: "0".repeat(32) },
  // Nobody listens there, so the application runs and is not ready.
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

  it("runs the application under the restricted profile, with the mounted secret", async () => {
    const versions: string[] = [];
    test.readSecret = ({ version }) => {
      versions.push(version);
      return Promise.resolve({ value: "correct horse", version });
    };
    for (const object of await rendered()) {
      await test.cluster.apply({
        ...object,
        metadata: { ...object.metadata, namespace: NAMESPACE },
      });
    }
    await test.until("Endpoints", "app-blue", () => test.endpoints("app-blue").notReady.length > 0);
    const [pod] = test.pods();
    assert.ok(pod);
    const ref = { apiVersion: "v1", kind: "Pod", namespace: NAMESPACE, name: pod.metadata.name };
    await test.cluster.until(ref, isStarted, AbortSignal.timeout(20_000));
    const { status } = await ask(pod.status?.podIP as string, "pod", {
      port: 8080,
      path: "/healthz",
    });
    assert.strictEqual(status, 200);
    assert.deepStrictEqual(versions, [values.vault.secretVersion]);
    assert.deepStrictEqual(test.endpoints("app-blue").ready, []);
    assert.strictEqual(test.cluster.probe(NAMESPACE, "app-blue")?.path, "/readyz");
  });
});

function isStarted(pod: KubeObject | undefined): boolean {
  const statuses = (pod?.status?.containerStatuses ?? []) as { started: boolean }[];
  return statuses.length > 0 && statuses.every(({ started }) => started);
}

async function rendered(): Promise<KubeObject[]> {
  const { command } = await findHelm();
  const settings = Object.entries(values).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
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
