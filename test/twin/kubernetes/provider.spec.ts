import assert from "node:assert";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as k8s from "@pulumi/kubernetes";

import { findHelm } from "../../../twin/kubernetes/helm/helm";
import { kubernetesProvider } from "../../../twin/kubernetes/provider";
import { CONFORMANCE_DIR } from "../../support/conformance";
import { EngineStack, type Program } from "../../support/engine";
import { conditionOf, NAMESPACE, PAUSE, TestCluster } from "../../support/testCluster";

const AKS = "app-1a2b.hcp.westeurope.azmk8s.io:443";

describe("kubernetes twin under the real engine", function () {
  this.timeout(120_000);

  let test: TestCluster;
  let aks: TestCluster;
  let stack: EngineStack;
  let root: string;

  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), "charts-"));
    await cp(path.join(CONFORMANCE_DIR, "charts"), root, { recursive: true });
    const { command: helm } = await findHelm();
    test = await TestCluster.start();
    aks = await TestCluster.start();
    const registry = {
      get standalone() {
        return test.cluster;
      },
      byServer: (server: string) => (server === AKS ? aks.cluster : undefined),
    };
    const create = () => kubernetesProvider(registry, { helm, root });
    stack = await EngineStack.start([{ name: "kubernetes", version: "4.34.2", create }]);
  });

  after(async () => {
    await stack.stop();
    await test.stop();
    await aks.stop();
    await rm(root, { recursive: true });
  });

  afterEach(() => stack.destroy());

  const metadata = { namespace: NAMESPACE };

  function settings(data: Record<string, string>): Program {
    return () => {
      const map = new k8s.core.v1.ConfigMap("settings", { metadata, data });
      return { name: map.metadata.name };
    };
  }

  it("creates an object under a name of its own and then has nothing more to do", async () => {
    const program = settings({ color: "blue" });
    assert.deepEqual(await stack.up(program), ["create ConfigMap settings"]);
    const { name } = await stack.outputs();
    assert.match(String(name), /^settings-[0-9a-f]{8}$/);
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: NAMESPACE, name: String(name) };
    assert.deepEqual(test.cluster.get(ref)?.data, { color: "blue" });
    assert.deepEqual(await stack.up(program), []);
  });

  it("replaces data that pods may have read, the new object first", async () => {
    await stack.up(settings({ color: "blue" }));
    const before = await stack.outputs();
    assert.deepEqual(await stack.up(settings({ color: "green" })), [
      "create-replacement ConfigMap settings",
      "replace ConfigMap settings",
      "delete-replaced ConfigMap settings",
    ]);
    assert.notEqual((await stack.outputs()).name, before.name);
    assert.equal(test.cluster.list({ apiVersion: "v1", kind: "ConfigMap" }, NAMESPACE).length, 2);
  });

  it("brings back an object that somebody else deleted", async () => {
    const program = settings({ color: "blue" });
    await stack.up(program);
    const { name } = await stack.outputs();
    await test.cluster.delete({
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace: NAMESPACE,
      name: String(name),
    });
    assert.deepEqual(await stack.up(program, { refresh: true }), ["create ConfigMap settings"]);
  });

  function web(replicas: number, labels: Record<string, string> = { app: "web" }): Program {
    return () => {
      const { status } = new k8s.apps.v1.Deployment("web", {
        metadata: { ...metadata, name: "web" },
        spec: {
          replicas,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              containers: [{ name: "c", image: PAUSE }],
              terminationGracePeriodSeconds: 1,
            },
          },
        },
      });
      return { ready: status.readyReplicas };
    };
  }

  it("waits until an updated Deployment has its pods", async () => {
    await stack.up(web(1));
    assert.deepEqual(await stack.preview(web(2)), ["update Deployment web"]);
    assert.deepEqual(await stack.up(web(2)), ["update Deployment web"]);
    assert.deepEqual(await stack.outputs(), { ready: 2 });
  });

  it("removes a named object before it makes its replacement", async () => {
    await stack.up(web(1));
    assert.deepEqual(await stack.up(web(1, { app: "web", slot: "blue" })), [
      "delete-replaced Deployment web",
      "replace Deployment web",
      "create-replacement Deployment web",
    ]);
  });

  it("deletes what it made, pods included", async () => {
    await stack.up(web(1));
    assert.deepEqual(await stack.destroy(), ["delete Deployment web"]);
    assert.deepEqual(test.pods(), []);
  });

  it("refuses a property that it does not know, and says which", async () => {
    const program: Program = () => {
      new k8s.apps.v1.Deployment("web", {
        metadata,
        spec: {
          selector: { matchLabels: { app: "web" } },
          template: {
            metadata: { labels: { app: "web" } },
            spec: { hostNetwork: true, containers: [{ name: "c", image: PAUSE }] },
          },
        },
      });
    };
    await assert.rejects(
      stack.preview(program),
      /spec\.template\.spec\.hostNetwork of a Deployment/,
    );
  });

  it("refuses a kind that it does not know, and says which", async () => {
    const program: Program = () => {
      new k8s.core.v1.LimitRange("limits", {});
    };
    await assert.rejects(stack.preview(program), /kubernetes:core\/v1:LimitRange/);
  });

  it("refuses in the preview what the API server would refuse", async () => {
    const program: Program = () => {
      new k8s.core.v1.Service("web", {
        metadata,
        spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
      });
    };
    await assert.rejects(stack.preview(program), /spec\.type: Unsupported value: "LoadBalancer"/);
  });

  it("keeps the data of a Secret out of the state", async () => {
    await stack.up(() => {
      new k8s.core.v1.Secret("hidden", { metadata, stringData: { password: "correct horse" } });
    });
    const encoded = Buffer.from("correct horse").toString("base64");
    const state = await stack.state();
    assert.ok(!state.includes("correct horse") && !state.includes(encoded));
  });

  function proof(script: string): Program {
    return () => {
      new k8s.batch.v1.Job("proof", {
        metadata: { ...metadata, annotations: { "pulumi.com/replaceUnready": "true" } },
        spec: {
          backoffLimit: 0,
          template: {
            spec: {
              restartPolicy: "Never",
              containers: [{ name: "c", image: PAUSE, command: ["sh", "-c", script] }],
            },
          },
        },
      });
    };
  }

  it("runs a Job that failed again, though nothing changed", async () => {
    const file = path.join(root, "proven");
    const program = proof(`test -e ${file}`);
    await assert.rejects(stack.up(program), /BackoffLimitExceeded/);
    await writeFile(file, "");
    assert.deepEqual(await stack.up(program), [
      "create-replacement Job proof",
      "replace Job proof",
      "delete-replaced Job proof",
    ]);
    assert.deepEqual(await stack.up(program), []);
  });

  it("talks to the cluster that the kubeconfig names", async () => {
    await stack.up(() => {
      const provider = new k8s.Provider("aks", { kubeconfig: kubeconfigOf(AKS) });
      new k8s.core.v1.Namespace("there", { metadata: { name: "there" } }, { provider });
    });
    const ref = { apiVersion: "v1", kind: "Namespace", name: "there" };
    assert.ok(aks.cluster.get(ref));
    assert.equal(test.cluster.get(ref), undefined);
  });

  it("says that a cluster which nobody made cannot be reached", async () => {
    const program: Program = () => {
      const kubeconfig = kubeconfigOf("gone.hcp.westeurope.azmk8s.io:443");
      const provider = new k8s.Provider("gone", { kubeconfig });
      new k8s.core.v1.Namespace("there", {}, { provider });
    };
    await assert.rejects(stack.up(program), /configured Kubernetes cluster is unreachable/);
  });

  describe("with a Helm release", () => {
    function release(values: Record<string, string>, more = {}): Program {
      return () => {
        const { status } = new k8s.helm.v3.Release("slot", {
          chart: "./chart",
          name: "slot",
          namespace: NAMESPACE,
          values,
          timeout: 30,
          ...more,
        });
        return { revision: status.revision, status: status.status };
      };
    }

    function deployed() {
      return test.cluster.get({
        apiVersion: "apps/v1",
        kind: "Deployment",
        namespace: NAMESPACE,
        name: "slot-web",
      });
    }

    it("installs, leaves alone, upgrades and uninstalls", async () => {
      assert.deepEqual(await stack.up(release({ message: "one" })), ["create Release slot"]);
      assert.deepEqual(await stack.outputs(), { revision: 1, status: "deployed" });
      assert.equal(deployed()?.metadata.labels?.slot, "one");
      assert.deepEqual(await stack.up(release({ message: "one" })), []);
      assert.deepEqual(await stack.up(release({ message: "two" })), ["update Release slot"]);
      assert.deepEqual(await stack.outputs(), { revision: 2, status: "deployed" });
      assert.equal(deployed()?.metadata.labels?.slot, "two");
      assert.deepEqual(await stack.destroy(), ["delete Release slot"]);
      assert.equal(deployed(), undefined);
    });

    it("is not ready before its pods are, and comes right with the next upgrade", async () => {
      const bad = { chart: "./chartbad", timeout: 2 };
      await assert.rejects(stack.up(release({}, bad)), /context deadline exceeded/);
      assert.equal(conditionOf(deployed() ?? fail(), "Available")?.status, "False");
      assert.deepEqual(await stack.up(release({})), ["update Release slot"]);
      assert.deepEqual(await stack.outputs(), { revision: 2, status: "deployed" });
    });

    it("leaves nothing behind when an atomic installation fails", async () => {
      const bad = { chart: "./chartbad", timeout: 2, atomic: true };
      await assert.rejects(stack.up(release({}, bad)), /has been uninstalled due to atomic/);
      assert.equal(deployed(), undefined);
    });

    it("goes back to the last good revision when an atomic upgrade fails", async () => {
      await stack.up(release({ message: "good" }));
      const bad = { chart: "./chartbad", timeout: 2, atomic: true };
      await assert.rejects(stack.up(release({ message: "bad" }, bad)), /has been rolled back/);
      assert.equal(deployed()?.metadata.labels?.slot, "good");
    });

    it("removes objects that left the chart", async () => {
      const template = path.join(root, "chart", "templates", "map.yaml");
      await writeFile(template, "{apiVersion: v1, kind: ConfigMap, metadata: {name: extra}}\n");
      await stack.up(release({ message: "one" }));
      const extra = { apiVersion: "v1", kind: "ConfigMap", namespace: NAMESPACE, name: "extra" };
      assert.ok(test.cluster.get(extra));
      await rm(template);
      await stack.up(release({ message: "two" }));
      assert.equal(test.cluster.get(extra), undefined);
    });

    it("does not see a changed template without a changed input", async () => {
      const template = path.join(root, "chart", "templates", "d.yaml");
      const original = await readFile(template, "utf8");
      await stack.up(release({ message: "one" }));
      await writeFile(
        template,
        original.replace("replicas: {{", "minReadySeconds: 0\n  replicas: {{"),
      );
      assert.deepEqual(await stack.up(release({ message: "one" })), []);
      await writeFile(template, original);
    });

    it("refuses a chart with hooks", async () => {
      const template = path.join(root, "chart", "templates", "hook.yaml");
      const annotations = "annotations: {helm.sh/hook: pre-install}";
      await writeFile(
        template,
        `{apiVersion: v1, kind: ConfigMap, metadata: {name: early, ${annotations}}}\n`,
      );
      await assert.rejects(stack.up(release({})), /has hooks \(ConfigMap "early"\)/);
      await rm(template);
    });

    it("refuses to take over objects that belong to somebody else", async () => {
      await stack.up(web(1));
      const program: Program = () => {
        web(1)();
        return release({}, { name: "web", chart: "./mine" })();
      };
      await cp(path.join(root, "chart"), path.join(root, "mine"), { recursive: true });
      const template = path.join(root, "mine", "templates", "d.yaml");
      const text = await readFile(template, "utf8");
      await writeFile(template, text.replace('"{{ .Release.Name }}-web"', "web"));
      await assert.rejects(stack.up(program), /cannot be imported into the current release/);
    });
  });
});

function fail(): never {
  throw new assert.AssertionError({ message: "The Deployment is missing." });
}

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "aks", user: "u" } }],
    clusters: [{ name: "aks", cluster: { server: `https://${server}` } }],
    users: [{ name: "u", user: {} }],
  });
}
