import assert from "node:assert";
import type { ApiError, KubeObject } from "../../../../twin/kubernetes/api/objects";
import {
  cronJob,
  deployment,
  job,
  NAMESPACE,
  objectOf,
  PAUSE,
  statefulSet,
  TestCluster,
} from "../../../support/testCluster";

const CONTAINER = { image: PAUSE };
const BACKEND = { service: { name: "web", port: { number: 80 } } };

interface Refusal {
  readonly title: string;
  readonly object: KubeObject;
  readonly code: number;
  readonly text: RegExp;
}

const refusals: readonly Refusal[] = [
  {
    title: "a kind it does not serve",
    object: objectOf("example.com/v1", "Widget", "w", {}),
    code: 404,
    text: /no matches for kind "Widget" in version "example.com\/v1"/,
  },
  {
    title: "an object of a namespace that is missing",
    object: objectOf("v1", "ConfigMap", "c", {}, { namespace: "nowhere" }),
    code: 404,
    text: /namespaces "nowhere" not found/,
  },
  {
    title: "a field it does not know",
    object: deployment("web", { ...CONTAINER, imagePolicy: "Never" }),
    code: 500,
    text: /app\/web; apps\/v1, Kind=Deployment.*containers\[0\]\.imagePolicy: field not declared/,
  },
  {
    title: "a value of the wrong type",
    object: deployment("web", CONTAINER, { replicas: "3" }),
    code: 500,
    text: /\.spec\.replicas: expected integer, got string/,
  },
  {
    title: "a name that is none",
    object: objectOf("v1", "ConfigMap", "My_Map", {}),
    code: 422,
    text: /ConfigMap "My_Map" is invalid: metadata\.name: Invalid value/,
  },
  {
    title: "a label that is none",
    object: objectOf("v1", "ConfigMap", "c", {}, { labels: { a: "b c" } }),
    code: 422,
    text: /metadata\.labels: Invalid value: "b c"/,
  },
  {
    title: "a key of a Secret that is no file name",
    object: objectOf("v1", "Secret", "s", { stringData: { "a/b": "c" } }),
    code: 422,
    text: /^Secret "s" is invalid: data\[a\/b\]: Invalid value: "a\/b": a valid config key must consist of alphanumeric characters, '-', '_' or '\.' \(e\.g\. 'key\.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '\[-\._a-zA-Z0-9\]\+'\)$/,
  },
  {
    title: "a key of a ConfigMap that leads out of its folder",
    object: objectOf("v1", "ConfigMap", "c", { data: { "..": "c" } }),
    code: 422,
    text: /^ConfigMap "c" is invalid: data\[\.\.\]: Invalid value: "\.\.": must not be '\.\.'$/,
  },
  {
    title: "a Secret that is too large",
    object: objectOf("v1", "Secret", "s", { stringData: { a: "x".repeat(1024 * 1024 + 1) } }),
    code: 422,
    text: /^Secret "s" is invalid: data: Too long: may not be more than 1048576 bytes$/,
  },
  {
    title: "a Deployment without containers",
    object: objectOf("apps/v1", "Deployment", "web", {
      spec: { selector: { matchLabels: { app: "web" } }, template: { spec: {} } },
    }),
    code: 422,
    text: /Deployment\.apps "web" is invalid: spec\.template\.spec\.containers: Required value/,
  },
  {
    title: "a selector that does not match the template",
    object: deployment("web", CONTAINER, { selector: { matchLabels: { app: "other" } } }),
    code: 422,
    text: /`selector` does not match template `labels`/,
  },
  {
    title: "a rolling update that can never move",
    object: deployment("web", CONTAINER, {
      strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } },
    }),
    code: 422,
    text: /may not be 0 when `maxSurge` is 0/,
  },
  ...[
    { maxSurge: "25", maxUnavailable: 1 },
    { maxSurge: -1, maxUnavailable: 1 },
    { maxSurge: 1, maxUnavailable: "101%" },
  ].map((rollingUpdate) => ({
    title: `a rolling update by ${Object.values(rollingUpdate).join(" and ")}`,
    object: deployment("web", CONTAINER, { strategy: { rollingUpdate } }),
    code: 422,
    text: /rollingUpdate\.max\w+: Invalid value: ("25": a valid percent|-1: must be greater|"101%": must not be)/,
  })),
  {
    title: "a budget of more than all pods",
    object: objectOf("policy/v1", "PodDisruptionBudget", "web", {
      spec: { selector: { matchLabels: { app: "web" } }, minAvailable: "200%" },
    }),
    code: 422,
    text: /spec\.minAvailable: Invalid value: "200%": must not be greater than 100%/,
  },
  {
    title: "a deadline that ends before a pod can be available",
    object: deployment("web", CONTAINER, { minReadySeconds: 30, progressDeadlineSeconds: 30 }),
    code: 422,
    text: /spec\.progressDeadlineSeconds: Invalid value: 30: must be greater than minReadySeconds/,
  },
  {
    title: "a mount without a volume",
    object: deployment("web", { ...CONTAINER, volumeMounts: [{ name: "v", mountPath: "/v" }] }),
    code: 422,
    text: /volumeMounts\[0\]\.name: Not found: "v"/,
  },
  {
    title: "a Job whose pods restart for ever",
    object: job("proof", "exit 0", {
      template: { spec: { containers: [{ name: "c", image: PAUSE }] } },
    }),
    code: 422,
    text: /restartPolicy: Unsupported value: "Always"/,
  },
  {
    title: "an Ingress path without a type",
    object: objectOf("networking.k8s.io/v1", "Ingress", "web", {
      spec: { rules: [{ http: { paths: [{ path: "/", backend: BACKEND }] } }] },
    }),
    code: 422,
    text: /pathType: Required value/,
  },
  {
    title: "a text that is not among the allowed ones",
    object: deployment("web", { ...CONTAINER, imagePullPolicy: "Sometimes" }),
    code: 422,
    text: /imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNot/,
  },
  {
    title: "a number below zero",
    object: job("proof", "exit 0", { backoffLimit: -1 }),
    code: 422,
    text: /spec\.backoffLimit: Invalid value: -1: must be greater than or equal to 0/,
  },
  {
    title: "a port that is none",
    object: deployment("web", { ...CONTAINER, ports: [{ containerPort: 70000 }] }),
    code: 422,
    text: /containerPort: Invalid value: 70000: must be between 1 and 65535/,
  },
  {
    title: "a probe that asks in two ways",
    object: deployment("web", {
      ...CONTAINER,
      livenessProbe: { exec: { command: ["true"] }, tcpSocket: { port: 80 } },
    }),
    code: 422,
    text: /livenessProbe: Forbidden: may not specify more than 1 handler type/,
  },
  {
    title: "a field of the pod without saying which",
    object: deployment("web", CONTAINER, {
      pod: {
        volumes: [
          { name: "v", projected: { sources: [{ downwardAPI: { items: [{ path: "a" }] } }] } },
        ],
      },
    }),
    code: 422,
    text: /downwardAPI\.items\[0\]: Required value: one of fieldRef/,
  },
  {
    title: "an init container that is no sidecar, which the twin does not run",
    object: deployment("web", CONTAINER, {
      pod: { initContainers: [{ name: "i", ...CONTAINER }] },
    }),
    code: 422,
    text: /spec\.initContainers\[0\]\.restartPolicy: Unsupported value: "": supported values: "Always"/,
  },
  {
    title: "a restart policy of another container than a sidecar",
    object: deployment("web", { ...CONTAINER, restartPolicy: "Always" }),
    code: 500,
    text: /containers\[0\]\.restartPolicy: field not declared/,
  },
  {
    title: "a sidecar with the name of a container",
    object: deployment("web", CONTAINER, {
      pod: { initContainers: [{ name: "c", restartPolicy: "Always", ...CONTAINER }] },
    }),
    code: 422,
    text: /initContainers\[0\]\.name: Duplicate value: "c"/,
  },
  {
    title: "a sidecar's mount without a volume",
    object: deployment("web", CONTAINER, {
      pod: {
        initContainers: [
          {
            ...{ name: "s", restartPolicy: "Always", ...CONTAINER },
            volumeMounts: [{ name: "v", mountPath: "/v" }],
          },
        ],
      },
    }),
    code: 422,
    text: /initContainers\[0\]\.volumeMounts\[0\]\.name: Not found: "v"/,
  },
  ...[
    { completionMode: "Indexed" },
    { manualSelector: true },
    { podReplacementPolicy: "Failed" },
  ].flatMap((spec) => [
    {
      title: `a Job with the ${Object.keys(spec)[0]} that its controller does not know`,
      object: job("proof", "exit 0", spec),
      code: 422,
      text: /^Job\.batch "proof" is invalid: spec\.\w+: Unsupported value/,
    },
    {
      title: `a CronJob of Jobs with such a ${Object.keys(spec)[0]}`,
      object: cronJob("clean", "", { jobTemplate: { spec: job("clean", "exit 0", spec).spec } }),
      code: 422,
      text: /^CronJob\.batch "clean" is invalid: spec\.jobTemplate\.spec\.\w+: Unsupported value/,
    },
  ]),
  {
    title: "a CronJob whose Jobs' names would be too long",
    object: cronJob("c".repeat(53), "exit 0"),
    code: 422,
    text: /metadata\.name: Invalid value: "c+": must be no more than 52 characters/,
  },
  {
    title: "a CronJob that is never due",
    object: cronJob("clean", "exit 0", { schedule: "" }),
    code: 422,
    text: /CronJob\.batch "clean" is invalid: spec\.schedule: Required value/,
  },
  {
    title: "a schedule that is none",
    object: cronJob("clean", "exit 0", { schedule: "* * * *" }),
    code: 422,
    text: /spec\.schedule: Invalid value: "\* \* \* \*": expected exactly 5 fields, found 4: \[\* \* \* \*\]/,
  },
  {
    title: "a time zone in a schedule",
    object: cronJob("clean", "exit 0", { schedule: "TZ=UTC 0 3 * * *" }),
    code: 422,
    text: /spec\.schedule: .*cannot use TZ or CRON_TZ in schedule, use timeZone field instead/,
  },
  {
    title: "a time zone that has summer time, which the twin does not follow",
    object: cronJob("clean", "exit 0", { timeZone: "Europe/Rome" }),
    code: 422,
    text: /spec\.timeZone: Unsupported value: "Europe\/Rome": supported values: "Etc\/UTC", "UTC"/,
  },
  {
    title: "a policy for Jobs at the same time that is none",
    object: cronJob("clean", "exit 0", { concurrencyPolicy: "Queue" }),
    code: 422,
    text: /concurrencyPolicy: Unsupported value: "Queue": supported values: "Allow", "Forbid", "Re/,
  },
  {
    title: "a CronJob whose pods restart for ever",
    object: cronJob("clean", "exit 0", {
      jobTemplate: { spec: { template: { spec: { containers: [{ name: "c", image: PAUSE }] } } } },
    }),
    code: 422,
    text: /spec\.jobTemplate\.spec\.template\.spec\.restartPolicy: Unsupported value: "Always"/,
  },
  {
    title: "a StatefulSet whose name is none of a host",
    object: statefulSet("web.app", CONTAINER, { replicas: 0 }),
    code: 422,
    text: /StatefulSet\.apps "web\.app" is invalid: metadata\.name: Invalid value/,
  },
  {
    title: "a StatefulSet that chooses all pods",
    object: statefulSet("web", CONTAINER, { selector: { matchLabels: {} } }),
    code: 422,
    text: /spec\.selector: Invalid value: \{\}: empty selector is invalid for statefulset/,
  },
  {
    title: "a StatefulSet that chooses other pods than its own",
    object: statefulSet("web", CONTAINER, { selector: { matchLabels: { app: "other" } } }),
    code: 422,
    text: /`selector` does not match template `labels`/,
  },
  {
    title: "a partition where pods are replaced by hand",
    object: statefulSet("web", CONTAINER, {
      updateStrategy: { type: "OnDelete", rollingUpdate: { partition: 1 } },
    }),
    code: 422,
    text: /updateStrategy\.rollingUpdate: .*only allowed for updateStrategy 'RollingUpdate'/,
  },
  {
    title: "claims of a StatefulSet, which the twin has not",
    object: statefulSet("web", CONTAINER, { volumeClaimTemplates: [{ metadata: { name: "d" } }] }),
    code: 500,
    text: /\.spec\.volumeClaimTemplates: field not declared in schema/,
  },
];

describe("admission of the cluster twin", () => {
  let test: TestCluster;

  before(async () => {
    test = await TestCluster.start();
  });

  after(() => test.stop());

  for (const { title, object, code, text } of refusals) {
    it(`refuses ${title}, in a dry run too`, async () => {
      for (const dryRun of [true, false]) {
        await assert.rejects(test.cluster.apply(object, { dryRun }), (error: ApiError) => {
          assert.match(error.message, text);
          assert.strictEqual(error.code, code);
          return true;
        });
      }
    });
  }

  it("gives a RoleBinding the group of its role and its users", async () => {
    const { roleRef, subjects } = await test.cluster.apply(
      objectOf("rbac.authorization.k8s.io/v1", "RoleBinding", "reader", {
        roleRef: { kind: "Role", name: "reader" },
        subjects: [
          { kind: "User", name: "a" },
          { kind: "ServiceAccount", name: "b" },
        ],
      }),
      { dryRun: true },
    );
    const apiGroup = "rbac.authorization.k8s.io";
    assert.deepStrictEqual(roleRef, { apiGroup, kind: "Role", name: "reader" });
    assert.deepStrictEqual(subjects, [
      { apiGroup, kind: "User", name: "a" },
      { kind: "ServiceAccount", name: "b" },
    ]);
  });

  it("leaves the requests of a template open, and fills in those of a pod", async () => {
    const limited = { ...CONTAINER, resources: { limits: { memory: "1024Mi" } } };
    const stored = await test.cluster.apply(deployment("limited", limited));
    const template = stored.spec?.template as { spec: { containers: [{ resources: object }] } };
    const resources = { limits: { memory: "1Gi" } };
    assert.deepStrictEqual(template.spec.containers[0].resources, resources);
    const pod = await test.until("Deployment", "limited", () => test.pods().length > 0);
    assert.ok(pod);
    const [made] = (test.pods()[0]?.spec?.containers ?? []) as { resources: object }[];
    assert.deepStrictEqual(made?.resources, { ...resources, requests: resources.limits });
  });

  it("keeps what has a finalizer until that is taken out", async () => {
    const object = objectOf("v1", "ConfigMap", "held", {}, { finalizers: ["example.com/wait"] });
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: NAMESPACE, name: "held" };
    await test.cluster.apply(object);
    const deleted = test.cluster.delete(ref, { propagation: "Background" });
    assert.ok(test.cluster.get(ref)?.metadata.deletionTimestamp);
    await test.cluster.apply(objectOf("v1", "ConfigMap", "held", {}));
    await deleted;
    assert.strictEqual(test.cluster.get(ref), undefined);
  });

  it("refuses to create what exists, and applies it", async () => {
    const object = objectOf("v1", "ServiceAccount", "default", {}, { labels: { a: "b" } });
    await assert.rejects(test.cluster.create(object), {
      message: 'serviceaccounts "default" already exists',
      code: 409,
    });
    const applied = await test.cluster.apply(object);
    assert.deepStrictEqual(applied.metadata.labels, { a: "b" });
  });

  it("refuses to change what is fixed for the life of an object", async () => {
    const labels = { a: "1", b: "2" };
    const selecting = (matchLabels: object) =>
      deployment("fixed", CONTAINER, {
        replicas: 0,
        selector: { matchLabels },
        labels,
      });
    await test.cluster.apply(selecting({ a: "1" }));
    await assert.rejects(test.cluster.apply(selecting({ b: "2" })), {
      message:
        'Deployment.apps "fixed" is invalid: spec.selector: Invalid value: {"matchLabels":{"b":"2"}}: field is immutable',
    });
  });

  it("fills in what a StatefulSet and a CronJob leave open", async () => {
    const set = await test.cluster.apply(statefulSet("set", CONTAINER, { replicas: 0 }));
    const { selector, template, ...spec } = set.spec ?? {};
    assert.deepStrictEqual(spec, {
      replicas: 0,
      serviceName: "",
      podManagementPolicy: "OrderedReady",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    });
    const cron = await test.cluster.apply(cronJob("clean", "exit 0", { schedule: "@yearly" }));
    const { jobTemplate, ...rest } = cron.spec ?? {};
    assert.deepStrictEqual(rest, {
      schedule: "@yearly",
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    // What a Job has by default it gets when it is made; its pods have theirs.
    const { spec: job } = jobTemplate as { spec: { template: { spec: object } } };
    assert.deepStrictEqual(Object.keys(job).sort(), ["backoffLimit", "template"]);
    assert.ok("dnsPolicy" in job.template.spec);
    assert.ok(selector && template);
  });

  it("refuses to change of a StatefulSet what its pods are known by", async () => {
    const change = (spec: object) =>
      test.cluster.apply(statefulSet("known", CONTAINER, { replicas: 0, ...spec }));
    await change({});
    for (const spec of [
      { serviceName: "peers" },
      { podManagementPolicy: "Parallel" },
      { selector: { matchLabels: { other: "known" } }, labels: { other: "known" } },
    ]) {
      await assert.rejects(change(spec), {
        message:
          'StatefulSet.apps "known" is invalid: spec: Forbidden: updates to statefulset spec for ' +
          "fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', " +
          "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' " +
          "are forbidden",
        code: 422,
      });
    }
    await change({
      minReadySeconds: 1,
      revisionHistoryLimit: 2,
      updateStrategy: { type: "OnDelete" },
      labels: { more: "labels" },
    });
  });

  it("refuses every change of an immutable Secret or ConfigMap, but of its metadata", async () => {
    for (const kind of ["Secret", "ConfigMap"]) {
      const fixed = { immutable: true, data: { key: "Zm9v" } };
      const change = (content: object, metadata = {}) =>
        test.cluster.apply(objectOf("v1", kind, "fixed", { ...content }, metadata));
      const isForbidden = (field: string) => ({
        message: `${kind} "fixed" is invalid: ${field}: Forbidden: field is immutable when \`immutable\` is set`,
        code: 422,
      });
      await change(fixed);
      await assert.rejects(
        change({ ...fixed, data: { key: "YmFy" } }),
        isForbidden("data"),
        "other data",
      );
      await assert.rejects(change({ data: fixed.data }), isForbidden("immutable"), "no word of it");
      await assert.rejects(change({ ...fixed, immutable: false }), isForbidden("immutable"));
      await assert.rejects(change({ immutable: true }), isForbidden("data"), "no data");
      await change(fixed, { labels: { a: "b" } });
    }
    const typed = { immutable: true, type: "example.com/other", data: { key: "Zm9v" } };
    await assert.rejects(test.cluster.apply(objectOf("v1", "Secret", "fixed", typed)), {
      message:
        'Secret "fixed" is invalid: type: Invalid value: "example.com/other": field is immutable',
    });
  });

  it("stores nothing in a dry run", async () => {
    await test.cluster.apply(deployment("dry", CONTAINER), { dryRun: true });
    const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace: NAMESPACE, name: "dry" };
    assert.strictEqual(test.cluster.get(ref), undefined);
  });

  it("counts changes of the spec and of nothing else", async () => {
    const generations = [];
    for (const [replicas, metadata] of [[0], [0, { labels: { a: "b" } }], [1]] as const) {
      const object = deployment("counted", CONTAINER, { replicas });
      const applied = await test.cluster.apply({
        ...object,
        metadata: { ...object.metadata, ...metadata },
      });
      generations.push(applied.metadata.generation);
    }
    assert.deepStrictEqual(generations, [1, 1, 2]);
  });
});
