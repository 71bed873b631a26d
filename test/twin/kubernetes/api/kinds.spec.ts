import assert from "node:assert";

import { kubernetesProvider } from "../../../../twin/kubernetes/provider";
import type { Properties, Provider } from "../../../../twin/plugin/provider";
import { NAMESPACE, TestCluster } from "../../../support/testCluster";

const podSelector = { matchLabels: { app: "web" } };
const jobs = { matchExpressions: [{ key: "batch.kubernetes.io/job-name", operator: "Exists" }] };
const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" };

const containers = (image: string) => ({ containers: [{ name: "c", image }] });

const setOf = (image: string) => ({
  replicas: 0,
  selector: podSelector,
  template: { metadata: { labels: { app: "web" } }, spec: containers(image) },
});

const runsAt = (schedule: string) => ({
  schedule,
  jobTemplate: {
    spec: { template: { spec: { restartPolicy: "Never", ...containers("docker.io/a:1") } } },
  },
});

const target = (name: string) => ({ apiVersion: "apps/v1", kind: "Deployment", name });

/** One object of each kind without a recorded case, and a change with what comes of it. */
const KINDS: Readonly<Record<string, { inputs: Properties; change: Properties; diff: object }>> = {
  "core/v1:ServiceAccount": {
    inputs: { automountServiceAccountToken: false },
    change: { automountServiceAccountToken: true },
    diff: { automountServiceAccountToken: "update" },
  },
  "rbac.authorization.k8s.io/v1:Role": {
    inputs: { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
    change: { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }] },
    diff: { "rules[0].verbs[1]": "add" },
  },
  "rbac.authorization.k8s.io/v1:RoleBinding": {
    inputs: { roleRef, subjects: [{ kind: "ServiceAccount", name: "a", namespace: NAMESPACE }] },
    change: { roleRef, subjects: [{ kind: "ServiceAccount", name: "b", namespace: NAMESPACE }] },
    diff: { "subjects[0].name": "update" },
  },
  "policy/v1:PodDisruptionBudget": {
    inputs: { spec: { maxUnavailable: 1, selector: podSelector } },
    change: { spec: { maxUnavailable: "50%", selector: podSelector } },
    diff: { "spec.maxUnavailable": "update" },
  },
  "apps/v1:StatefulSet": {
    inputs: { spec: setOf("docker.io/a:1") },
    change: { spec: setOf("docker.io/a:2") },
    diff: { "spec.template.spec.containers[0].image": "update" },
  },
  "batch/v1:CronJob": {
    inputs: { spec: runsAt("0 3 * * *") },
    change: { spec: runsAt("0 4 * * *") },
    diff: { "spec.schedule": "update" },
  },
  "autoscaling/v2:HorizontalPodAutoscaler": {
    inputs: { spec: { scaleTargetRef: target("app-blue"), maxReplicas: 6 } },
    change: { spec: { scaleTargetRef: target("app-green"), maxReplicas: 6 } },
    diff: { "spec.scaleTargetRef.name": "update" },
  },
  "networking.k8s.io/v1:NetworkPolicy": {
    inputs: {
      spec: { podSelector: jobs, policyTypes: ["Ingress"], ingress: [{ ports: [{ port: 80 }] }] },
    },
    change: {
      spec: { podSelector: jobs, policyTypes: ["Ingress"], ingress: [{ ports: [{ port: 81 }] }] },
    },
    diff: { "spec.ingress[0].ports[0].port": "update" },
  },
};

describe("kinds of the kubernetes twin", () => {
  let test: TestCluster;
  let provider: Provider;

  before(async () => {
    test = await TestCluster.start();
    const registry = { standalone: test.cluster, byServer: () => undefined };
    provider = kubernetesProvider(registry, { helm: "none", root: "none" });
    await provider.configure({});
  });

  after(() => test.stop());

  for (const [kind, { inputs, change, diff }] of Object.entries(KINDS)) {
    it(`keep a ${kind} as it was created, read it back and change it`, async () => {
      const type = `kubernetes:${kind}`;
      const call = { urn: `urn:pulumi:s::p::${type}::r`, type, name: "r" };
      const seed = { randomSeed: Buffer.alloc(32, 1) };
      const metadata = { namespace: NAMESPACE, labels: { a: "b" } };

      const first = await provider.check({
        ...call,
        ...seed,
        oldInputs: {},
        inputs: { metadata, ...inputs },
      });
      assert.deepEqual(first.failures, []);
      const create = { ...call, inputs: first.inputs, preview: false, timeout: 0 };
      const { id, outputs: state } = await provider.create(create);
      const known = { ...call, id, oldInputs: first.inputs, state, ignoreChanges: [] };
      const none = await provider.diff({ ...known, inputs: first.inputs });
      assert.deepEqual([none.changes, none.detailedDiff], ["none", {}]);
      const read = await provider.read({ ...call, id, inputs: first.inputs, state });
      assert.deepEqual(read, { id, outputs: state, inputs: first.inputs });

      const second = await provider.check({
        ...call,
        ...seed,
        oldInputs: first.inputs,
        inputs: { metadata, ...change },
      });
      const next = { ...known, inputs: second.inputs };
      assert.deepEqual((await provider.diff(next)).detailedDiff, diff);
      const updated = await provider.update({ ...next, preview: false, timeout: 0 });
      const settled = await provider.diff({ ...known, state: updated, inputs: second.inputs });
      assert.equal(settled.changes, "none");
      await provider.delete({ ...call, id, oldInputs: second.inputs, state: updated, timeout: 0 });
      assert.equal(await provider.read({ ...call, id, inputs: {}, state: {} }), undefined);
    });
  }
});
