import assert from "node:assert";
import { setTimeout } from "node:timers/promises";
import type { KubeObject } from "../../../../twin/kubernetes/api/objects";
import {
  deployment,
  isRolledOut,
  job,
  NAMESPACE,
  PAUSE,
  providerClass,
  TestCluster,
  web,
} from "../../../support/testCluster";

const SECRETS_STORE = "secrets-store.csi.x-k8s.io/v1";

type Fields = Record<string, unknown>;

/** What the driver's part that syncs Secrets does; its source is named in twin/kubernetes/README.md. */
describe("a SecretProviderClass with secretObjects", function () {
  this.timeout(30_000);
  let test: TestCluster;

  const start = async (republishSeconds = 60) => {
    test = await TestCluster.start(
      {},
      { classLagSeconds: 0, republishSeconds, resyncSeconds: 1, ownersSeconds: 0.2 },
    );
    test.readSecret = ({ version }) => Promise.resolve({ value: `value of ${version}`, version });
    await test.create("v1", "ServiceAccount", "web", {});
  };

  afterEach(() => test.stop());

  const secretObject = (secretName: string, more: Fields = {}): Fields => ({
    secretName,
    type: "Opaque",
    data: [{ objectName: "password", key: "PGPASSWORD" }],
    ...more,
  });

  const classOf = (version: string, objects: Fields[], name = "web"): KubeObject =>
    providerClass(name, "app-blue", version, { secretObjects: objects });

  const volumes = (className = "web") => [
    {
      name: "vault",
      csi: {
        driver: "secrets-store.csi.k8s.io",
        readOnly: true,
        volumeAttributes: { secretProviderClass: className },
      },
    },
  ];

  const volumeMounts = [{ name: "vault", mountPath: "/mnt/vault" }];

  const holder = (name: string, className = "web", mounts = volumeMounts) =>
    deployment(
      name,
      { image: PAUSE, volumeMounts: mounts },
      { pod: { serviceAccountName: "web", volumes: volumes(className) } },
    );

  const secretRef = (name: string) => ({
    apiVersion: "v1",
    kind: "Secret",
    namespace: NAMESPACE,
    name,
  });

  const secretWhen = (name: string, holds: (object: KubeObject | undefined) => boolean) =>
    test.cluster.until(secretRef(name), holds, AbortSignal.timeout(10_000));

  const clear = (object: KubeObject | undefined) =>
    Object.fromEntries(
      Object.entries((object?.data ?? {}) as Record<string, string>).map(([key, value]) => [
        key,
        Buffer.from(value, "base64").toString(),
      ]),
    );

  const holds = (value: string) => (object: KubeObject | undefined) =>
    clear(object)["PGPASSWORD"] === value;

  it("is written once a pod has mounted it, from that pod's files, and is whoever's made the pod", async () => {
    await start();
    const labels = { of: "us" };
    await test.cluster.apply(classOf("v1", [secretObject("s1", { labels })]));
    await setTimeout(200);
    assert.strictEqual(test.cluster.get(secretRef("s1")), undefined);
    await test.cluster.apply(holder("h1"));
    const secret = await secretWhen(
      "s1",
      (object) => object?.metadata.ownerReferences !== undefined,
    );
    assert.deepStrictEqual(
      [clear(secret), secret?.type, secret?.immutable, secret?.metadata.labels],
      [
        { PGPASSWORD: "value of v1" },
        "Opaque",
        undefined,
        { of: "us", "secrets-store.csi.k8s.io/managed": "true" },
      ],
    );
    assert.deepStrictEqual(
      secret?.metadata.ownerReferences?.map(({ kind, controller }) => [kind, controller]),
      [["ReplicaSet", undefined]],
    );
  });

  it("is not written for a pod none of whose containers mounts the volume", async () => {
    await start();
    await test.cluster.apply(classOf("v1", [secretObject("s1")]));
    await test.cluster.apply(holder("h1", "web", []));
    await test.until("Deployment", "h1", isRolledOut);
    await setTimeout(300);
    assert.strictEqual(test.cluster.get(secretRef("s1")), undefined);
  });

  it("keeps a pod waiting that reads it, and lets it start once it is there", async () => {
    await start();
    await test.cluster.apply(classOf("v1", [secretObject("s1")]));
    const container = web();
    const from = { secretKeyRef: { name: "s1", key: "PGPASSWORD" } };
    await test.cluster.apply(
      deployment("reader", {
        ...container,
        env: [...(container["env"] as object[]), { name: "PGPASSWORD", valueFrom: from }],
      }),
    );
    await test.journal.seen("container waiting");
    const [entry] = test.journal.named("container waiting");
    assert.strictEqual(entry?.detail.reason, "CreateContainerConfigError");
    await test.cluster.apply(holder("h1"));
    await test.until("Deployment", "reader", isRolledOut);
  });

  it("starts a pod that mounts both only when every key is there", async () => {
    await start();
    await test.cluster.apply(classOf("v1", [secretObject("s1")]));
    const both = (key: string) =>
      deployment(
        "both",
        {
          image: PAUSE,
          volumeMounts: [...volumeMounts, { name: "written", mountPath: "/mnt/written" }],
        },
        {
          pod: {
            serviceAccountName: "web",
            volumes: [
              { name: "written", secret: { secretName: "s1", items: [{ key, path: key }] } },
              ...volumes(),
            ],
          },
        },
      );
    await test.cluster.apply(both("PGPASSWORD"));
    await test.until("Deployment", "both", isRolledOut);
    await test.cluster.delete(
      { apiVersion: "apps/v1", kind: "Deployment", namespace: NAMESPACE, name: "both" },
      { propagation: "Foreground" },
    );
    await test.cluster.apply(both("other"));
    await test.journal.seen("mount failed", 2);
    assert.strictEqual(test.pods()[0]?.status?.phase, "Pending");
  });

  it("writes an old pod's value under a new name when it is changed in place", async () => {
    await start();
    await test.cluster.apply(classOf("v1", [secretObject("s1")]));
    await test.cluster.apply(holder("h1"));
    await secretWhen("s1", holds("value of v1"));
    await test.cluster.apply(classOf("v2", [secretObject("s2")]));
    await secretWhen("s2", holds("value of v1"));
  });

  it("overwrites a Secret of that name whole, and cannot change an immutable one", async () => {
    await start();
    await test.create("v1", "Secret", "s1", { stringData: { other: "x" } }, { labels: { a: "b" } });
    await test.create("v1", "Secret", "s2", { immutable: true, stringData: { other: "x" } });
    await test.cluster.apply(classOf("v1", [secretObject("s1"), secretObject("s2")]));
    await test.cluster.apply(holder("h1"));
    const secret = await secretWhen("s1", holds("value of v1"));
    assert.deepStrictEqual(
      [Object.keys(clear(secret)), secret?.metadata.labels],
      [["PGPASSWORD"], { "secrets-store.csi.k8s.io/managed": "true" }],
    );
    await test.journal.seen("secret not written");
    assert.deepStrictEqual(clear(test.cluster.get(secretRef("s2"))), { other: "x" });
    const [pod] = test.pods();
    assert.match(
      test.cluster
        .events({ apiVersion: "v1", kind: "Pod", namespace: NAMESPACE, name: pod!.metadata.name })
        .join(),
      /FailedToCreateSecret: .*immutable/,
    );
  });

  it("writes nothing for a pod that has ended", async () => {
    await start();
    await test.cluster.apply(classOf("v1", []));
    const once = job("once", "exit 0");
    const { template } = once.spec as unknown as {
      template: { spec: Fields & { containers: Fields[] } };
    };
    Object.assign(template.spec, { serviceAccountName: "web", volumes: volumes() });
    Object.assign(template.spec.containers[0]!, { volumeMounts });
    await test.cluster.apply(once);
    await test.until("Job", "once", ({ status }) => status?.succeeded === 1);
    await test.cluster.apply(classOf("v1", [secretObject("s1")]));
    await setTimeout(2500);
    assert.strictEqual(test.cluster.get(secretRef("s1")), undefined);
  });

  it("comes back when somebody deletes it, and goes with the last of its owners", async () => {
    await start();
    await test.cluster.apply(classOf("v1", [secretObject("s1")]));
    await test.cluster.apply(holder("h1"));
    await test.cluster.apply(holder("h2"));
    await secretWhen("s1", (object) => object?.metadata.ownerReferences?.length === 2);
    await test.cluster.delete(secretRef("s1"));
    await secretWhen("s1", (object) => object?.metadata.ownerReferences?.length === 2);
    const gone = (name: string) =>
      test.cluster.delete(
        { apiVersion: "apps/v1", kind: "Deployment", namespace: NAMESPACE, name },
        { propagation: "Foreground" },
      );
    await gone("h1");
    assert.ok(test.cluster.get(secretRef("s1")), "another one still owns it");
    await gone("h2");
    await secretWhen("s1", (object) => object === undefined);
  });

  it("gets no owners any more while a class of a pod on the node is missing", async () => {
    await start();
    await test.cluster.apply(classOf("v1", [secretObject("s0")], "gone"));
    await test.cluster.apply(holder("h0", "gone"));
    await secretWhen("s0", holds("value of v1"));
    await test.cluster.delete({
      ...secretRef("gone"),
      apiVersion: SECRETS_STORE,
      kind: "SecretProviderClass",
    });
    await test.cluster.apply(classOf("v1", [secretObject("s1")]));
    await test.cluster.apply(holder("h1"));
    await secretWhen("s1", holds("value of v1"));
    await setTimeout(600);
    assert.strictEqual(test.cluster.get(secretRef("s1"))?.metadata.ownerReferences, undefined);
  });

  it("says which file it does not find", async () => {
    await start();
    const data = [{ objectName: "app-blue", key: "PGPASSWORD" }];
    await test.cluster.apply(classOf("v1", [secretObject("s1", { data })]));
    await test.cluster.apply(holder("h1"));
    await test.journal.seen("secret not written");
    const [entry] = test.journal.named("secret not written");
    assert.match(String(entry?.detail.reason), /file matching objectName app-blue not found/);
  });

  it("is refused with what the twin does not know", async () => {
    await start();
    for (const [wrong, text] of [
      [{ immutable: true }, /secretObjects\[0\]\.immutable: field not declared in schema/],
      [{ type: "kubernetes.io/tls" }, /secretObjects\[0\]\.type: Unsupported value/],
    ] as const) {
      await assert.rejects(test.cluster.apply(classOf("v1", [secretObject("s1", wrong)])), text);
    }
  });
});
