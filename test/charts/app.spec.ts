import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { parse, parseAllDocuments } from "yaml";
import { IMAGE_REFERENCE } from "../../components/rotation/imageReference";
import { findHelm } from "../../twin/kubernetes/helm/helm";
import type { KubeObject } from "../../twin/kubernetes/api/objects";
import { restrictedViolations } from "../../twin/kubernetes/api/podSecurity";
import type { Container, Deployment, Job, PodSpec } from "../../twin/kubernetes/api/types";
import { validateShape } from "../../twin/kubernetes/api/validation";
import { ImageProcess, prove } from "../support/images";

const CHART = resolve(__dirname, "../../charts/app");
const VERSION = "0123456789abcdef0123456789abcdef";

type Values = Record<string, unknown>;

const VALUES = {
  slot: "green",
  generation: 5,
  replicas: 3,
  image: "registry.example/app:1",
  poolSize: 4,
  preStopSeconds: 90,
  terminationGracePeriodSeconds: 101,
  secret: { providerClass: "app-green-01234567", version: VERSION },
  database: { host: "psql.example", port: 5432, name: "app", user: "app_green" },
  chartDigest: "abc",
};

/** Proves what helm renders and refuses, not what a cluster makes of it. */
describe("The chart of a slot", function () {
  this.timeout(30_000);
  let helm: string;

  before(async () => {
    helm = (await findHelm()).command;
  });

  async function render(
    values: Values = {},
    release = "app-green",
  ): Promise<Map<string, KubeObject>> {
    const all = JSON.stringify({ ...VALUES, ...values });
    const run = promisify(execFile)(helm, ["template", release, CHART, "--values", "-"]);
    run.child.stdin?.end(all);
    const objects = parseAllDocuments((await run).stdout).map(
      (document) => document.toJS() as KubeObject,
    );
    return new Map(objects.map((object) => [object.kind, object]));
  }

  const deploymentOf = (objects: Map<string, KubeObject>): Deployment =>
    objects.get("Deployment") as unknown as Deployment;

  function containerOf(objects: Map<string, KubeObject>) {
    const [container, ...others] = deploymentOf(objects).spec.template.spec.containers;
    assert.ok(container && others.length === 0);
    return container;
  }

  /** Environment variables of a container, with the field where the value is the pod's own. */
  function settingsOf({ env = [] }: Container): Record<string, string | undefined> {
    return Object.fromEntries(
      env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom?.fieldRef?.fieldPath]),
    );
  }

  it("has the grammar of images that the configuration has", async () => {
    const schema = JSON.parse(await readFile(resolve(CHART, "values.schema.json"), "utf8")) as {
      properties: { image: { pattern: string } };
    };
    assert.equal(new RegExp(schema.properties.image.pattern).source, IMAGE_REFERENCE.source);
    const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
    await render({ image: `registry.example/app:1.0.0-RC1@${digest}` });
    await assert.rejects(render({ image: "app:-1" }), /image/);
    await assert.rejects(render({ image: "app:1:2" }), /image/);
  });

  it("passes helm's own lint without a warning", async () => {
    await promisify(execFile)(helm, ["lint", "--strict", CHART]);
  });

  it("makes one object of each kind, named after the release and labelled with the slot", async () => {
    const objects = await render();
    assert.deepEqual([...objects.keys()].sort(), [
      "Deployment",
      "PodDisruptionBudget",
      "Service",
      "ServiceAccount",
    ]);
    for (const { metadata } of objects.values()) {
      assert.equal(metadata.name, "app-green");
      assert.equal(metadata.labels?.["app.kubernetes.io/name"], "app");
      assert.equal(metadata.labels?.["app.kubernetes.io/instance"], "app-green");
      assert.equal(metadata.labels?.["rotation/slot"], "green");
    }
  });

  it("is of either slot in turn with an account of others, and only its pods say of which", async () => {
    const account = "app-green-credential";
    const [green, blue] = await Promise.all(
      [
        { account },
        { account: "app-blue-credential", slot: "blue", secret: { ...VALUES.secret, version: "" } },
      ].map((values) => render({ replicas: 0, ...values }, "app")),
    );
    assert.deepEqual([...green!.keys()].sort(), ["Deployment", "PodDisruptionBudget", "Service"]);
    for (const kind of ["PodDisruptionBudget", "Service"]) {
      assert.deepEqual(green!.get(kind), blue!.get(kind));
    }
    const { metadata, spec } = deploymentOf(green!);
    assert.deepEqual([metadata, spec.selector], [
      deploymentOf(blue!).metadata,
      deploymentOf(blue!).spec.selector,
    ]);
    assert.equal(spec.template.spec.serviceAccountName, account);
    assert.deepEqual(spec.template.metadata?.labels, {
      ...metadata.labels,
      "rotation/slot": "green",
      "rotation/secret-version": VERSION,
    });
    assert.equal(metadata.labels?.["rotation/slot"], undefined);
  });

  it("uses only fields that exist", async () => {
    for (const object of (await render()).values()) {
      validateShape(object);
    }
  });

  it("mounts the class that it is given, as an account of its own and without a webhook", async () => {
    const objects = await render();
    const account = objects.get("ServiceAccount");
    assert.equal(account?.metadata.annotations, undefined);
    assert.equal(account?.automountServiceAccountToken, false);
    const { metadata, spec } = deploymentOf(objects).spec.template;
    // The driver needs no token in the pod; the label would make pods wait for what puts it there.
    assert.equal(metadata?.labels?.["azure.workload.identity/use"], undefined);
    assert.equal(spec.serviceAccountName, "app-green");
    assert.deepEqual(spec.volumes, [
      {
        name: "secrets",
        csi: {
          driver: "secrets-store.csi.k8s.io",
          readOnly: true,
          volumeAttributes: { secretProviderClass: "app-green-01234567" },
        },
      },
    ]);
    assert.deepEqual(containerOf(objects).volumeMounts, [
      { name: "secrets", mountPath: "/mnt/secrets", readOnly: true },
    ]);
  });

  it("tells the application everything that it asks for, and no secret", async () => {
    const values = settingsOf(containerOf(await render()));
    assert.deepEqual(values, {
      SLOT: "green",
      GENERATION: "5",
      SECRET_VERSION: VERSION,
      PASSWORD_FILE: "/mnt/secrets/password",
      PGHOST: "psql.example",
      PGPORT: "5432",
      PGDATABASE: "app",
      PGUSER: "app_green",
      PGAPPNAME: "app-green/5",
      POOL_SIZE: "4",
      PORT: "8080",
      POD_IP: "status.podIP",
      POD_NAME: "metadata.name",
    });
    const app = new ImageProcess("app/server.ts", [], {});
    await app.ended;
    const asked = [...app.output.matchAll(/^(\w+) must be/gm)].map(([, name]) => name);
    assert.deepEqual(asked.sort(), Object.keys(values).sort());
  });

  it("writes a large counter as a whole number", async () => {
    const env = containerOf(await render({ generation: 12345678 })).env ?? [];
    assert.equal(env.find(({ name }) => name === "GENERATION")?.value, "12345678");
  });

  it("rolls the pods when the secret version changes, one more before one less", async () => {
    const before = deploymentOf(await render());
    const after = deploymentOf(
      await render({ secret: { ...VALUES.secret, version: "f".repeat(32) } }),
    );
    assert.notDeepEqual(after.spec.template, before.spec.template);
    assert.deepEqual(after.spec.selector, before.spec.selector);
    assert.deepEqual(after.spec.strategy, {
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" },
    });
  });

  it("waits for the gateway before it takes the next pod, and says when it gave up", async () => {
    const { spec } = deploymentOf(
      await render({ minReadySeconds: 2, progressDeadlineSeconds: 300 }),
    );
    assert.equal(spec.minReadySeconds, 2);
    assert.equal(spec.progressDeadlineSeconds, 300);
  });

  it("writes the digest of the template on the Deployment and on no pod", async () => {
    const before = deploymentOf(await render());
    const after = deploymentOf(await render({ template: "0123456789ab" }));
    assert.equal(before.metadata.annotations, undefined);
    assert.deepEqual(after.metadata.annotations, { "rotation/template": "0123456789ab" });
    assert.deepEqual(after.spec, before.spec);
  });

  it("changes no object with the digest of the chart", async () => {
    assert.deepEqual(await render({ chartDigest: "other" }), await render());
  });

  it("keeps a pod serving before it is told to end, and longer than that alive", async () => {
    const objects = await render({ preStopSeconds: 7, terminationGracePeriodSeconds: 20 });
    assert.deepEqual(containerOf(objects).lifecycle, { preStop: { sleep: { seconds: 7 } } });
    assert.equal(deploymentOf(objects).spec.template.spec.terminationGracePeriodSeconds, 20);
  });

  it("asks for one login at the start, for readiness and for life, each at a path of its own", async () => {
    const { ports, startupProbe, readinessProbe, livenessProbe } = containerOf(
      await render({ probe: { periodSeconds: 2 } }),
    );
    assert.deepEqual(ports, [{ name: "http", containerPort: 8080 }]);
    assert.deepEqual(readinessProbe?.httpGet, { path: "/readyz", port: "http" });
    assert.deepEqual(livenessProbe?.httpGet, { path: "/healthz", port: "http" });
    assert.deepEqual(startupProbe?.httpGet, { path: "/startupz", port: "http" });
    assert.equal(readinessProbe?.periodSeconds, 2);
    // A quick start is seen at once, and a slow one has five minutes.
    const { periodSeconds = 0, failureThreshold = 0 } = startupProbe ?? {};
    assert.deepEqual([periodSeconds, periodSeconds * failureThreshold], [1, 300]);
  });

  it("selects its own pods for traffic, disruption and spreading", async () => {
    const objects = await render();
    const { selector, template } = deploymentOf(objects).spec;
    const { ports, selector: service } = objects.get("Service")?.spec as Record<string, unknown>;
    const budget = objects.get("PodDisruptionBudget")?.spec;
    const { topologySpreadConstraints } = template.spec as unknown as {
      topologySpreadConstraints: unknown[];
    };
    for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
      assert.equal(template.metadata?.labels?.[key], value);
    }
    assert.deepEqual(service, selector.matchLabels);
    assert.deepEqual(ports, [{ name: "http", port: 80, targetPort: 8080 }]);
    assert.deepEqual(budget, {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      selector,
    });
    assert.deepEqual(
      topologySpreadConstraints,
      ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: selector,
        matchLabelKeys: ["pod-template-hash"],
      })),
    );
  });

  it("meets the restricted Pod Security profile and writes to no disk", async () => {
    const objects = await render();
    const { spec } = deploymentOf(objects).spec.template;
    assert.deepEqual(restrictedViolations(spec), []);
    assert.deepEqual(spec.securityContext, {
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual(containerOf(objects).securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("stays without a pod and without a secret version when the slot is retired", async () => {
    const objects = await render({
      replicas: 0,
      generation: -1,
      secret: { providerClass: "app-green", version: "" },
    });
    assert.equal(deploymentOf(objects).spec.replicas, 0);
    assert.equal(objects.size, 4);
  });

  describe("as a trial", () => {
    const TRIAL = {
      serviceAccount: "app-green",
      toolsImage: "registry.example/tools:1",
      proofBy: "credential",
      answers: 7,
      timeoutSeconds: 300,
      deadlineSeconds: 601,
    };

    async function trial(values: Values = {}) {
      const objects = await render({ trial: TRIAL, ...values }, "app-trial-0123abcd");
      assert.deepEqual([...objects.keys()], ["Job"]);
      const { metadata, spec } = objects.get("Job") as unknown as Job;
      const { initContainers, containers, ...pod } = spec.template.spec as PodSpec & {
        initContainers: (Container & { restartPolicy: string })[];
      };
      assert.deepEqual([initContainers.length, containers.length], [1, 1]);
      return { metadata, spec, pod, app: initContainers[0]!, proof: containers[0]! };
    }

    it("is one Job, named as the release, that tries once and not for ever", async () => {
      const { metadata, spec, pod } = await trial();
      assert.equal(metadata.name, "app-trial-0123abcd");
      assert.equal(spec.backoffLimit, 0);
      assert.equal(spec.activeDeadlineSeconds, 601);
      assert.equal(pod.restartPolicy, "Never");
    });

    it("has a pod that no Service and no budget of a slot takes", async () => {
      const { spec } = await trial();
      const { labels = {} } = spec.template.metadata ?? {};
      assert.equal(labels["app.kubernetes.io/name"], "app");
      assert.equal(labels["app.kubernetes.io/instance"], "app-trial-0123abcd");
      const { matchLabels = {} } = deploymentOf(await render()).spec.selector;
      assert.ok(Object.entries(matchLabels).some(([key, value]) => labels[key] !== value));
    });

    it("runs the slot's container as the slot does, but as a sidecar, undrained and told so", async () => {
      const objects = await render();
      const { restartPolicy, ...app } = (await trial()).app;
      assert.equal(restartPolicy, "Always");
      const { lifecycle, ...slot } = containerOf(objects);
      assert.ok(lifecycle);
      const env = slot.env?.map((each) =>
        each.name === "PGAPPNAME" ? { ...each, value: "app-trial-0123abcd/5" } : each,
      );
      assert.deepEqual(app, { ...slot, env: [...env!, { name: "TRIAL", value: "true" }] });
    });

    it("mounts the slot's credential in the slot's identity", async () => {
      const { pod } = await trial();
      const slot = deploymentOf(await render()).spec.template.spec;
      assert.equal(pod.serviceAccountName, "app-green");
      assert.deepEqual(pod.volumes, slot.volumes);
      assert.deepEqual(pod.securityContext, slot.securityContext);
    });

    it("tells the proof everything that it asks for, and no secret", async () => {
      const { proof, app } = await trial();
      assert.equal(proof.image, "registry.example/tools:1");
      assert.deepEqual(proof.args, ["trial"]);
      assert.deepEqual(settingsOf(proof), {
        POD_IP: "status.podIP",
        PORT: `${app.ports?.[0]?.containerPort}`,
        SLOT: "green",
        GENERATION: "5",
        SECRET_VERSION: VERSION,
        ROLE: "app_green",
        PROOF_BY: "credential",
        PASSWORD_FILE: "/mnt/secrets/password",
        ANSWERS: "7",
        TIMEOUT_SECONDS: "300",
      });
      assert.deepEqual(proof.volumeMounts, app.volumeMounts);
      assert.deepEqual(proof.securityContext, app.securityContext);
      const { evidence } = await prove("trial", { PROOF_BY: "credential" });
      const asked = (evidence.problems as string[]).map((problem) => problem.split(" ")[0]!);
      assert.deepEqual([...asked, "PROOF_BY"].sort(), Object.keys(settingsOf(proof)).sort());
    });

    it("is none when it is null, as when it is not said", async () => {
      assert.deepEqual(await render({ trial: null }), await render());
      assert.equal((await render({ trial: null })).size, 4);
    });

    it("does not care how many pods the slot has", async () => {
      assert.deepEqual(await trial({ replicas: 0 }), await trial());
    });

    it("meets the restricted Pod Security profile", async () => {
      const { spec } = await trial();
      assert.deepEqual(restrictedViolations(spec.template.spec), []);
    });

    const refusals: [string, Values, RegExp][] = [
      ["no account", { trial: { ...TRIAL, serviceAccount: undefined } }, /serviceAccount/],
      ["an image of the proofs without a tag", { trial: { ...TRIAL, toolsImage: "tools" } }, /tool/],
      ["no answers", { trial: { ...TRIAL, answers: 0 } }, /answers/],
      ["no time", { trial: { ...TRIAL, deadlineSeconds: 0 } }, /deadlineSeconds/],
      ["what it does not know", { trial: { ...TRIAL, host: "x" } }, /'host' not allowed/],
      ["a flag for the settings", { trial: true }, /\/trial/],
      [
        "no credential, whatever the replicas",
        { trial: TRIAL, replicas: 0, secret: { ...VALUES.secret, version: "" } },
        /version/,
      ],
    ];

    for (const [what, values, message] of refusals) {
      it(`refuses ${what}`, async () => {
        await assert.rejects(render(values), message);
      });
    }
  });

  it("accepts its own values, and explains each of them", async () => {
    const text = await readFile(resolve(CHART, "values.yaml"), "utf8");
    const { properties } = JSON.parse(
      await readFile(resolve(CHART, "values.schema.json"), "utf8"),
    ) as { properties: object };
    const values = parse(text) as object;
    assert.deepEqual(Object.keys(values).sort(), Object.keys(properties).sort());
    for (const name of Object.keys(values)) {
      assert.match(text, new RegExp(`^# .*\\n${name}:`, "m"), `${name} has no comment`);
    }
    await promisify(execFile)(helm, ["template", "app-blue", CHART]);
  });

  const refusals: [string, Values, RegExp][] = [
    ["a value that it does not know", { poolsize: 5 }, /'poolsize' not allowed/],
    ["a third slot", { slot: "red" }, /\/slot/],
    ["a secret without a version", { secret: { ...VALUES.secret, version: "" } }, /version/],
    ["a secret's newest version", { secret: { ...VALUES.secret, version: "latest" } }, /version/],
    ["pods of a generation that never was", { generation: -1 }, /\/generation/],
    ["an image without a tag", { image: "registry.example/app" }, /\/image/],
    ["a pool without sessions", { poolSize: 0 }, /\/poolSize/],
    ["text for a number", { replicas: "3" }, /\/replicas/],
    ["a template that is no digest", { template: "1.0.0" }, /\/template/],
    ["a rollout without time", { progressDeadlineSeconds: 0 }, /\/progressDeadlineSeconds/],
    ["a class without a name", { secret: { ...VALUES.secret, providerClass: "" } }, /providerClass/],
    ["no preStop time", { preStopSeconds: 0 }, /\/preStopSeconds/],
    [
      "a grace period that ends with the preStop time",
      { preStopSeconds: 101 },
      /terminationGracePeriodSeconds \(101\) must be larger than preStopSeconds \(101\)/,
    ],
  ];

  for (const [what, values, message] of refusals) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(render(values), message);
    });
  }
});
