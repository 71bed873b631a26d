import assert from "node:assert";
import {
  type ApiException,
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";
import {
  deployment,
  isOver,
  job,
  NAMESPACE,
  PAUSE,
  statefulSet,
  TestCluster,
} from "../../../support/testCluster";

const RBAC = "rbac.authorization.k8s.io/v1";
const PRINT_TOKEN =
  'echo "{\\"token\\":\\"$(cat /var/run/secrets/kubernetes.io/serviceaccount/token)\\"}"';

describe("the subresource scale, for the official client with a pod's token", function () {
  this.timeout(30_000);
  let test: TestCluster;
  let apps: AppsV1Api;
  let core: CoreV1Api;

  before(async () => {
    test = await TestCluster.start();
    await test.cluster.apply(job("token", PRINT_TOKEN));
    await test.until("Job", "token", isOver);
    const { token } = test.journal.named("job finished")[0]?.detail.evidence as { token: string };
    const config = new KubeConfig();
    config.loadFromString(test.cluster.kubeconfig());
    config.users = [{ name: config.users[0]?.name ?? "", token }];
    apps = config.makeApiClient(AppsV1Api);
    core = config.makeApiClient(CoreV1Api);
    await test.create(RBAC, "RoleBinding", "scaler", {
      roleRef: { kind: "Role", name: "scaler" },
      subjects: [{ kind: "ServiceAccount", name: "default", namespace: NAMESPACE }],
    });
    for (const name of ["web", "other"]) {
      await test.cluster.apply(deployment(name, { image: PAUSE }, { replicas: 1 }));
    }
  });

  after(() => test.stop());

  const mayDo = (...rules: object[]) =>
    test.cluster.apply({
      apiVersion: RBAC,
      kind: "Role",
      metadata: { name: "scaler", namespace: NAMESPACE },
      rules,
    });
  const mayScaleWeb = () =>
    mayDo({
      apiGroups: ["apps"],
      resources: ["deployments/scale"],
      resourceNames: ["web"],
      verbs: ["patch", "get"],
    });
  const web = { name: "web", namespace: NAMESPACE };
  const scaleTo = (body: object, name = "web", strategy: string = PatchStrategy.MergePatch) =>
    apps.patchNamespacedDeploymentScale(
      { ...web, name, body },
      setHeaderOptions("Content-Type", strategy),
    );
  const refused =
    (code: number, text = /./) =>
    (error: ApiException<string>) => {
      assert.strictEqual(error.code, code);
      assert.match(String((JSON.parse(error.body) as { message: string }).message), text);
      return true;
    };
  const stored = () => test.cluster.get({ apiVersion: "apps/v1", kind: "Deployment", ...web });

  it("needs a role that names it, of the Deployment itself a role is not enough", async () => {
    await mayDo({ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "patch"] });
    assert.strictEqual((await apps.readNamespacedDeployment(web)).spec?.replicas, 1);
    await assert.rejects(
      scaleTo({ spec: { replicas: 0 } }),
      refused(
        403,
        /deployments\.apps "web" is forbidden: User "system:serviceaccount:app:default" cannot patch resource "deployments\/scale" in API group "apps" in the namespace "app"/,
      ),
    );
    assert.strictEqual(stored()?.spec?.replicas, 1);
  });

  it("is changed by a merge patch, as a change of the spec that belongs to the client", async () => {
    await mayScaleWeb();
    const { generation = 0 } = stored()?.metadata ?? {};
    const scale = await scaleTo({ spec: { replicas: 2 } });
    assert.strictEqual(scale.spec?.replicas, 2);
    assert.strictEqual(stored()?.metadata.generation, generation + 1);
    const applied = deployment("web", { image: PAUSE }, { replicas: 1 });
    await assert.rejects(test.cluster.apply(applied, { manager: "pulumi", force: false }), {
      code: 409,
      message: /conflict with "[^"]+" using apps\/v1: \.spec\.replicas/,
    });
    const { status } = await test.until("Deployment", "web", (d) => d.status?.replicas === 2);
    assert.strictEqual(status?.observedGeneration, generation + 1);
    const read = await apps.readNamespacedDeploymentScale(web);
    assert.deepStrictEqual({ ...read.spec, ...read.status }, { replicas: 2, selector: "app=web" });
    await scaleTo({ spec: { replicas: 0 } });
    assert.deepStrictEqual(
      (await apps.readNamespacedDeploymentScale(web)).spec?.replicas,
      undefined,
    );
    await test.until("Deployment", "web", (d) => d.status?.replicas === undefined);
  });

  it("is that of the objects that a role names, and of no other", async () => {
    await mayScaleWeb();
    await assert.rejects(scaleTo({ spec: { replicas: 0 } }, "other"), refused(403, /"other"/));
    await mayDo({
      apiGroups: ["apps"],
      resources: ["deployments"],
      resourceNames: ["web"],
      verbs: ["*"],
    });
    await apps.readNamespacedDeployment(web);
    await assert.rejects(apps.readNamespacedDeployment({ ...web, name: "other" }), refused(403));
    await assert.rejects(apps.listNamespacedDeployment({ namespace: NAMESPACE }), refused(403));
    await mayDo({ apiGroups: ["apps"], resources: ["*/scale"], verbs: ["*"] });
    await scaleTo({ spec: { replicas: 1 } }, "other");
  });

  it("refuses what is no scale, what is no merge patch, and what was changed meanwhile", async () => {
    await mayDo({ apiGroups: ["apps"], resources: ["*/scale"], verbs: ["*"] });
    const before = stored();
    await assert.rejects(
      scaleTo({ spec: { replicas: -1 } }),
      refused(422, /Scale\.autoscaling "web" is invalid: spec\.replicas: Invalid value: -1/),
    );
    await assert.rejects(scaleTo({ spec: { replicas: "2" } }), refused(400, /spec\.replicas/));
    await assert.rejects(
      scaleTo({ spec: { pods: 2 } }),
      refused(400, /unknown field "spec\.pods"/),
    );
    await assert.rejects(
      scaleTo({ metadata: { resourceVersion: "1" }, spec: { replicas: 2 } }),
      refused(409, /the object has been modified/),
    );
    await assert.rejects(
      scaleTo(
        [{ op: "replace", path: "/spec/replicas", value: 2 }],
        "web",
        PatchStrategy.JsonPatch,
      ),
      refused(415, /application\/merge-patch\+json/),
    );
    await assert.rejects(
      scaleTo({ spec: { replicas: 2 } }, "gone"),
      refused(404, /"gone" not found/),
    );
    assert.deepStrictEqual(stored(), before);
  });

  it("is that of a StatefulSet, too", async () => {
    await mayDo({ apiGroups: ["apps"], resources: ["statefulsets/scale"], verbs: ["*"] });
    await test.cluster.apply(statefulSet("set", { image: PAUSE }, { replicas: 0 }));
    const set = { namespace: NAMESPACE, name: "set" };
    const scale = await apps.patchNamespacedStatefulSetScale(
      { ...set, body: { spec: { replicas: 1 } } },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
    assert.strictEqual(scale.spec?.replicas, 1);
    await test.until("StatefulSet", "set", ({ status }) => status?.readyReplicas === 1);
    const { status } = await apps.readNamespacedStatefulSetScale(set);
    assert.deepStrictEqual({ ...status }, { replicas: 1, selector: "app=set" });
  });

  it("is nothing that pods have", async () => {
    await mayDo({ apiGroups: ["*"], resources: ["*"], verbs: ["*"] });
    const [pod] = test.pods();
    const path = { namespace: NAMESPACE, name: pod?.metadata.name ?? "" };
    await core.readNamespacedPod(path);
    await assert.rejects(
      core.patchNamespacedPod(
        { ...path, body: {} },
        setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
      ),
      refused(404),
    );
  });
});
