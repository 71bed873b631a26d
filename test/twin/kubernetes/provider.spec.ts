import assert from "node:assert";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import type { KubeObject } from "../../../twin/kubernetes/api/objects";
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

  it("takes an Ingress of another team over, and leaves it when the stack goes", async () => {
    const kind = { apiVersion: "networking.k8s.io/v1", kind: "Ingress" };
    const rules = (name: string) => [
      {
        host: "shop.example",
        http: {
          paths: [
            { path: "/", pathType: "Prefix", backend: { service: { name, port: { number: 80 } } } },
          ],
        },
      },
    ];
    await test.cluster.apply({
      ...kind,
      metadata: { ...metadata, name: "shop", annotations: { theirs: "stays" } },
      spec: { ingressClassName: "azure-application-gateway", rules: rules("web") },
    });
    const takesOver =
      (service: string): Program =>
      () => {
        new k8s.networking.v1.IngressPatch(
          "traffic",
          {
            metadata: {
              ...metadata,
              name: "shop",
              annotations: { "pulumi.com/patchForce": "true", "pulumi.com/skipAwait": "true" },
            },
            spec: { rules: rules(service) },
          },
          { retainOnDelete: true },
        );
        return {};
      };
    const leadsTo = () => {
      const { metadata: found, spec } = test.cluster.get({ ...kind, ...metadata, name: "shop" })!;
      assert.equal(found.annotations?.["theirs"], "stays");
      assert.equal(spec?.["ingressClassName"], "azure-application-gateway");
      return (spec?.["rules"] as ReturnType<typeof rules>)[0]!.http.paths[0]!.backend.service.name;
    };
    assert.deepEqual(await stack.preview(takesOver("blue")), ["create IngressPatch traffic"]);
    assert.equal(leadsTo(), "web");
    assert.deepEqual(await stack.up(takesOver("blue")), ["create IngressPatch traffic"]);
    assert.equal(leadsTo(), "blue");
    assert.deepEqual(await stack.up(takesOver("blue")), []);
    assert.deepEqual(await stack.up(takesOver("green")), ["update IngressPatch traffic"]);
    assert.equal(leadsTo(), "green");
    await stack.destroy();
    assert.equal(leadsTo(), "green");
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
    function release(
      values: Record<string, string>,
      more = {},
      options: pulumi.CustomResourceOptions = {},
    ): Program {
      return () => {
        const { status } = new k8s.helm.v3.Release(
          "slot",
          {
            chart: "./chart",
            name: "slot",
            namespace: NAMESPACE,
            values,
            timeout: 30,
            ...more,
          },
          options,
        );
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

    /** Runs with a changed template of the chart, which is put back then. */
    async function withTemplate(
      change: (text: string) => string,
      run: () => Promise<void>,
    ): Promise<void> {
      const template = path.join(root, "chart", "templates", "d.yaml");
      const original = await readFile(template, "utf8");
      await writeFile(template, change(original));
      try {
        await run();
      } finally {
        await writeFile(template, original);
      }
    }

    const withoutReplicas = (text: string) => text.replace(/ *replicas: .*\n/, "");

    async function scaledByHand(replicas: number): Promise<void> {
      const object = deployed() ?? fail();
      const scaled = { ...object, spec: { ...object.spec, replicas } };
      await test.cluster.apply(scaled, { manager: "kubectl" });
    }

    it("sets the number of pods back with every upgrade, and only with an upgrade", async () => {
      await stack.up(release({ message: "one" }));
      await scaledByHand(2);
      assert.deepEqual(await stack.up(release({ message: "one" })), []);
      assert.equal(deployed()?.spec?.replicas, 2);
      // The same Deployment in both manifests: what differs is the cluster's number only.
      await stack.up(release({ message: "one" }, { description: "for the upgrade's sake" }));
      assert.equal(deployed()?.spec?.replicas, 1);
    });

    it("gives a Deployment one pod when its number of pods leaves the chart", async () => {
      await stack.up(release({ message: "one", replicas: "2" }));
      assert.equal(deployed()?.spec?.replicas, 2);
      await withTemplate(withoutReplicas, async () => {
        await stack.up(release({ message: "two", replicas: "2" }));
        assert.equal(deployed()?.spec?.replicas, 1);
      });
    });

    it("leaves a number of pods alone that never was in the chart", async () => {
      await withTemplate(withoutReplicas, async () => {
        await stack.up(release({ message: "one" }));
        await scaledByHand(2);
        await stack.up(release({ message: "two" }));
        assert.equal(deployed()?.spec?.replicas, 2);
      });
    });

    it("does not see a changed template without a changed input", async () => {
      await stack.up(release({ message: "one" }));
      await withTemplate(
        (text) => text.replace("replicas: {{", "minReadySeconds: 0\n  replicas: {{"),
        async () => assert.deepEqual(await stack.up(release({ message: "one" })), []),
      );
    });

    describe("of a Job that it waits for", () => {
      const RETRIED = { replaceOnChanges: ["#initerror"], deleteBeforeReplace: true };

      before(async () => {
        const chart = path.join(root, "proof");
        await mkdir(path.join(chart, "templates"), { recursive: true });
        await writeFile(path.join(chart, "Chart.yaml"), "{name: proof, version: 1.0.0}\n");
        const container = `{name: c, image: "${PAUSE}", command: [sh, -c, {{ .Values.script | quote }}]}`;
        await writeFile(
          path.join(chart, "templates", "job.yaml"),
          `apiVersion: batch/v1
kind: Job
metadata: {name: "{{ .Release.Name }}"}
spec:
  backoffLimit: 0
  template:
    spec: {restartPolicy: Never, terminationGracePeriodSeconds: 5, containers: [${container}]}
`,
        );
      });

      const proof = (script: string, options: pulumi.CustomResourceOptions = {}, timeout = 30) =>
        release({ script }, { chart: "./proof", waitForJobs: true, timeout }, options);
      const jobs = () => test.cluster.list({ apiVersion: "batch/v1", kind: "Job" }, NAMESPACE);
      const revisions = () =>
        test.cluster
          .list({ apiVersion: "v1", kind: "Secret" }, NAMESPACE)
          .map(({ metadata: { name, labels } }) => `${name} ${labels?.["status"]}`);
      const podPhases = () => test.pods().map(({ status }) => status?.phase);

      it("is complete when the Job is, and goes with the Job, its pods and its revisions", async () => {
        assert.deepEqual(await stack.up(proof("exit 0")), ["create Release slot"]);
        assert.equal(conditionOf(jobs()[0] ?? fail(), "Complete")?.status, "True");
        assert.deepEqual(podPhases(), ["Succeeded"]);
        assert.deepEqual(revisions(), ["sh.helm.release.v1.slot.v1 deployed"]);
        await stack.destroy();
        assert.deepEqual([jobs(), revisions(), test.pods()], [[], [], []]);
      });

      it("is recorded as failed with the reason when the Job fails, and the Job stays to be looked at", async () => {
        await assert.rejects(
          stack.up(proof("exit 3")),
          /Helm release "app\/slot" was created, but failed to initialize completely\..*job is failed: app\/slot/,
        );
        assert.deepEqual(revisions(), ["sh.helm.release.v1.slot.v1 failed"]);
        assert.deepEqual(podPhases(), ["Failed"]);
        assert.match(await stack.state(), /"initErrors"/);
      });

      it("fails again, as an upgrade, as long as nobody asks for a replacement", async () => {
        await assert.rejects(stack.up(proof("exit 3")), /job is failed: app\/slot/);
        await assert.rejects(stack.up(proof("exit 3")), /job is failed: app\/slot/);
        assert.deepEqual(revisions(), [
          "sh.helm.release.v1.slot.v1 failed",
          "sh.helm.release.v1.slot.v2 failed",
        ]);
        assert.equal(jobs().length, 1);
      });

      it("is made anew under its name when a failure is to replace it, until the Job succeeds", async () => {
        await assert.rejects(stack.up(proof("exit 3")), /job is failed: app\/slot/);
        const [
          {
            metadata: { uid },
          },
        ] = jobs() as [KubeObject];
        await assert.rejects(stack.up(proof("exit 4", RETRIED)), /job is failed: app\/slot/);
        assert.deepEqual(revisions(), ["sh.helm.release.v1.slot.v1 failed"]);
        assert.notEqual(jobs()[0]?.metadata.uid, uid);
        assert.deepEqual(podPhases(), ["Failed"]);
        assert.deepEqual(await stack.up(proof("exit 0", RETRIED)), [
          "delete-replaced Release slot",
          "replace Release slot",
          "create-replacement Release slot",
        ]);
        assert.deepEqual(revisions(), ["sh.helm.release.v1.slot.v1 deployed"]);
        assert.deepEqual(podPhases(), ["Succeeded"]);
        assert.deepEqual(await stack.up(proof("exit 0", RETRIED)), []);
      });

      it("is made anew while a pod of its predecessor still ends", async () => {
        const stubborn = "trap '' TERM; while :; do sleep 0.1; done";
        await assert.rejects(
          stack.up(proof(stubborn, {}, 2)),
          /Error: Helm Release app\/slot: context deadline exceeded/,
        );
        await stack.up(proof("exit 0", RETRIED));
        assert.deepEqual(revisions(), ["sh.helm.release.v1.slot.v1 deployed"]);
        assert.deepEqual(podPhases().sort(), ["Running", "Succeeded"]);
        await test.untilPod(() => podPhases().length === 1);
      });
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
