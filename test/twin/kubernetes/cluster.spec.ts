import assert from "node:assert";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { KubeObject } from "../../../twin/kubernetes/api/objects";
import { as, type Pod } from "../../../twin/kubernetes/api/types";
import { ask } from "../../support/loopback";
import {
  conditionOf,
  deployment,
  isOver,
  isRolledOut,
  job,
  NAMESPACE,
  objectOf,
  PAUSE,
  TestCluster,
  web,
} from "../../support/testCluster";

describe("kubernetes cluster twin", function () {
  this.timeout(30_000);
  let test: TestCluster;

  beforeEach(async () => {
    test = await TestCluster.start();
  });

  afterEach(() => test.stop());

  const service = (name: string) =>
    test.create("v1", "Service", name, {
      spec: { selector: { app: name }, ports: [{ port: 80, targetPort: "http" }] },
    });

  const answerOf = async (pod: KubeObject) => {
    const { body } = await ask(pod.status?.podIP as string, "pod", { port: 8080 });
    return JSON.parse(body) as {
      pid: number;
      environment: Record<string, string>;
      password?: string;
    };
  };

  describe("a Deployment", () => {
    it("never has fewer ready pods than replicas during a rolling update", async () => {
      const strategy = { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
      const version = (name: string) =>
        deployment("web", web({ VERSION: name }), { replicas: 3, strategy });
      await service("web");
      await test.cluster.apply(version("1"));
      await test.until("Deployment", "web", isRolledOut);
      const counts: number[] = [];
      test.cluster.onChange(() => counts.push(test.endpoints("web").ready.length));
      await test.cluster.apply(version("2"));
      await test.until("Deployment", "web", isRolledOut);
      const versions = await Promise.all(
        running(test).map(async (pod) => (await answerOf(pod)).environment.VERSION),
      );
      assert.deepStrictEqual(versions, ["2", "2", "2"]);
      assert.ok(counts.length > 3 && Math.min(...counts) >= 3, `ready pods: ${counts.join(" ")}`);
    });

    it("brings a pod of the old template that dies in a rollout back as what it was", async () => {
      const strategy = { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
      const version = (name: string, environment: Record<string, string> = {}) =>
        deployment("web", web({ VERSION: name, ...environment }), { replicas: 2, strategy });
      await test.cluster.apply(version("1"));
      await test.until("Deployment", "web", isRolledOut);
      const [victim] = test.pods();
      assert.ok(victim);
      const ready = join(test.directory, "ready");
      await test.cluster.apply(version("2", { READY_FILE: ready }));
      await test.until("Deployment", "web", ({ status }) => status?.updatedReplicas === 1);
      await test.cluster.delete(podReference(victim));
      await test.until("Deployment", "web", ({ status }) => status?.readyReplicas === 2);
      const versions = running(test).map((pod) => environmentIn(pod).VERSION);
      assert.deepStrictEqual(versions.sort(), ["1", "1", "2"]);
      writeFileSync(ready, "");
      await test.until("Deployment", "web", isRolledOut);
    });

    it("keeps the ReplicaSets of former templates, as many as its history is long", async () => {
      const version = (name: string) =>
        deployment("web", web({ VERSION: name }), { revisionHistoryLimit: 1 });
      for (const name of ["1", "2", "3", "2"]) {
        await test.cluster.apply(version(name));
        await test.until("Deployment", "web", isRolledOut);
      }
      const sets = test.cluster.list({ apiVersion: "apps/v1", kind: "ReplicaSet" }, NAMESPACE);
      assert.deepStrictEqual(
        sets.map(({ metadata, spec }) => [
          metadata.annotations?.["deployment.kubernetes.io/revision"],
          spec?.replicas,
        ]),
        [
          ["4", 1],
          ["3", 0],
        ],
      );
      const revision = test.cluster.get(reference("web"))?.metadata.annotations;
      assert.strictEqual(revision?.["deployment.kubernetes.io/revision"], "4");
    });

    it("has pods that end in no count, although they are there, with their pools", async () => {
      const container = { ...web(), lifecycle: { preStop: { sleep: { seconds: 3 } } } };
      const strategy = { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
      const version = (name: string) =>
        deployment("web", { ...container, workingDir: name }, { replicas: 2, strategy });
      await service("web");
      await test.cluster.apply(version("/"));
      await test.until("Deployment", "web", isRolledOut);
      await test.cluster.apply(version("/tmp"));
      const { status } = await test.until("Deployment", "web", isRolledOut);
      assert.strictEqual(status?.replicas, 2);
      await test.until("Endpoints", "web", () => test.endpoints("web").ready.length === 2);
      const ending = test.pods().filter(({ metadata }) => metadata.deletionTimestamp);
      assert.strictEqual(ending.length, 2);
      assert.ok(ending.every(({ metadata }) => metadata.deletionGracePeriodSeconds === 30));
      assert.ok((await answerOf(ending[0] as KubeObject)).pid > 0);
    });

    it("leaves a new pod out of the ready endpoints until its probe passes", async () => {
      const ready = join(test.directory, "ready");
      await service("web");
      await test.cluster.apply(deployment("web", web({ READY_FILE: ready })));
      await test.until("Endpoints", "web", () => test.endpoints("web").notReady.length === 1);
      assert.deepStrictEqual(test.endpoints("web").ready, []);
      assert.strictEqual(test.cluster.members(NAMESPACE, "web", 80)?.[0]?.port, 8080);
      writeFileSync(ready, "");
      await test.until("Endpoints", "web", () => test.endpoints("web").ready.length === 1);
    });

    it("says when its pods do not become ready in time", async () => {
      const never = join(test.directory, "never");
      const late = deployment("web", web({ READY_FILE: never }), { progressDeadlineSeconds: 2 });
      await test.cluster.apply(late);
      const failed = await test.until(
        "Deployment",
        "web",
        (object) => conditionOf(object, "Progressing")?.status === "False",
      );
      assert.strictEqual(conditionOf(failed, "Progressing")?.reason, "ProgressDeadlineExceeded");
      assert.match(test.cluster.events(reference("web")).join(), /Readiness probe failed: .*503/);
    });

    it("is there until its last pod has ended when it is deleted in the foreground", async () => {
      await test.cluster.apply(deployment("web", web(), { replicas: 2 }));
      await test.until("Deployment", "web", isRolledOut);
      const answers = await Promise.all(running(test).map(answerOf));
      await test.cluster.delete(reference("web"), { propagation: "Foreground" });
      assert.deepStrictEqual(test.pods(), []);
      assert.deepStrictEqual(
        answers.map(({ pid }) => existsSync(`/proc/${pid}`)),
        [false, false],
      );
    });

    it("restarts a container that ends", async () => {
      const script = "test -f ran || { touch ran; exit 1; }; sleep 1000";
      const command = ["/bin/sh", "-c", script];
      await test.cluster.apply(deployment("crash", { image: PAUSE, command }));
      await test.journal.seen("pod ready", 2);
      const statuses = test.pods()[0]?.status?.containerStatuses as { restartCount: number }[];
      assert.strictEqual(statuses[0]?.restartCount, 1);
    });

    it("waits for ever for an image that is not to be had", async () => {
      await test.cluster.apply(deployment("web", { image: "registry.example/other:1" }));
      await test.journal.seen("container waiting", 2);
      assert.match(
        test.cluster.events(reference("web")).join(),
        /Failed to pull image "registry.example\/other:1": .*ImagePullBackOff/,
      );
      assert.strictEqual(test.pods()[0]?.status?.phase, "Pending");
    });
  });

  describe("a pod that is deleted", () => {
    it("leaves the endpoints at once and serves until its preStop hook is over", async () => {
      const container = { ...web(), lifecycle: { preStop: { sleep: { seconds: 1 } } } };
      await service("web");
      await test.cluster.apply(deployment("web", container));
      await test.until("Endpoints", "web", () => test.endpoints("web").ready.length === 1);
      const [pod] = test.pods();
      assert.ok(pod);
      await test.cluster.apply(deployment("web", container, { replicas: 0 }));
      await test.until("Endpoints", "web", () => test.endpoints("web").ready.length === 0);
      assert.deepStrictEqual(test.cluster.members(NAMESPACE, "web", 80), []);
      const { pid } = await answerOf(pod);
      await test.journal.seen("pod ended");
      assert.ok(!existsSync(`/proc/${pid}`));
    });

    it("is killed after its grace period when it ignores the request to end", async () => {
      const pod = { terminationGracePeriodSeconds: 1 };
      await test.cluster.apply(deployment("web", web({ STUBBORN: "1" }), { pod }));
      await test.until("Deployment", "web", isRolledOut);
      const started = Date.now();
      await test.cluster.delete(reference("web"), { propagation: "Foreground" });
      assert.ok(Date.now() - started >= 1000);
      assert.deepStrictEqual(test.journal.named("pod ended")[0]?.detail.exitCodes, [137]);
    });
  });

  it("gives a container the environment of its manifest and nothing of the twin's", async () => {
    process.env.TWIN_ONLY = "1";
    await test.cluster.apply(deployment("web", web({ GREETING: "from $(POD_IP)" })));
    await test.until("Deployment", "web", isRolledOut);
    const [pod] = test.pods();
    assert.ok(pod);
    const { environment } = await answerOf(pod);
    delete process.env.TWIN_ONLY;
    assert.strictEqual(environment.GREETING, `from ${environment.POD_IP}`);
    assert.strictEqual(environment.TWIN_ONLY, undefined);
  });

  it("gives a container everything that a ConfigMap and a Secret hold, what it is told itself first", async () => {
    const data = { GREETING: "from all", COLOUR: "blue" };
    await test.create("v1", "ConfigMap", "settings", { data });
    await test.create("v1", "Secret", "keys", { stringData: { KEY: "secret" } });
    const envFrom = [
      { configMapRef: { name: "settings" } },
      { prefix: "MY_", secretRef: { name: "keys" } },
      { configMapRef: { name: "missing", optional: true } },
    ];
    await test.cluster.apply(deployment("web", { ...web({ GREETING: "from one" }), envFrom }));
    await test.until("Deployment", "web", isRolledOut);
    const [pod] = test.pods();
    assert.ok(pod);
    const { GREETING, COLOUR, MY_KEY } = (await answerOf(pod)).environment;
    assert.deepStrictEqual([GREETING, COLOUR, MY_KEY], ["from one", "blue", "secret"]);
  });

  it("leaves no process behind when it stops, not even children that ignore signals", async () => {
    const other = await TestCluster.start();
    const script = "trap '' TERM; (touch started; exec sleep 1000) & wait";
    const readinessProbe = { exec: { command: ["test", "-f", "started"] }, periodSeconds: 1 };
    await other.cluster.apply(
      deployment("stubborn", { image: PAUSE, command: ["/bin/sh", "-c", script], readinessProbe }),
    );
    await other.journal.seen("pod ready");
    assert.strictEqual(processesIn(other.directory).length, 2);
    await other.stop();
    assert.deepStrictEqual(processesIn(other.directory), []);
  });

  describe("a Job", () => {
    it("is complete when its pod succeeds, and its evidence is in the journal", async () => {
      const script = `echo working; echo '{"proof":"drained","ok":true}'`;
      await test.cluster.apply(job("proof", script, {}, { "rotation/slot": "blue" }));
      const done = await test.until("Job", "proof", isOver);
      assert.strictEqual(conditionOf(done, "Complete")?.reason, "CompletionsReached");
      assert.strictEqual(done.status?.succeeded, 1);
      assert.deepStrictEqual(test.journal.named("job finished")[0]?.detail, {
        namespace: NAMESPACE,
        job: "proof",
        slot: "blue",
        succeeded: true,
        reason: "CompletionsReached",
        evidence: { proof: "drained", ok: true },
      });
    });

    it("has failed when its pod fails more often than the limit allows", async () => {
      await test.cluster.apply(job("proof", "exit 3"));
      const done = await test.until("Job", "proof", isOver);
      assert.strictEqual(conditionOf(done, "Failed")?.reason, "BackoffLimitExceeded");
      assert.strictEqual(done.status?.failed, 1);
    });

    it("goes with its pods when its time to live is over", async () => {
      await test.cluster.apply(job("proof", "exit 0", { ttlSecondsAfterFinished: 1 }));
      await test.until("Job", "proof", isOver);
      const ref = { apiVersion: "batch/v1", kind: "Job", namespace: NAMESPACE, name: "proof" };
      assert.ok(test.cluster.get(ref));
      await test.cluster.until(ref, (found) => found === undefined, AbortSignal.timeout(10_000));
      assert.deepStrictEqual(test.pods(), []);
    });

    it("is complete after one success when nobody says how many it takes", async () => {
      await test.cluster.apply(job("proof", "exit 0", { parallelism: 2 }));
      const done = await test.until("Job", "proof", (found) => !!conditionOf(found, "Complete"));
      assert.strictEqual(done.spec?.completions, undefined);
      assert.strictEqual(done.status?.succeeded, 2);
    });

    it("has failed when its time is over, and its pod is gone with all that it said", async () => {
      const script = `echo '{"proof":"drained","ok":false}'; sleep 1000`;
      await test.cluster.apply(job("proof", script, { activeDeadlineSeconds: 1 }));
      const done = await test.until("Job", "proof", isOver);
      assert.strictEqual(conditionOf(done, "Failed")?.reason, "DeadlineExceeded");
      assert.deepStrictEqual(test.pods(), []);
      const [finished] = test.journal.named("job finished");
      assert.strictEqual(finished?.detail.evidence, undefined);
    });

    const ignoring = {
      rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] }],
    };
    const runningPod = async () => {
      const { metadata } = await test.untilPod(({ status }) => status?.phase === "Running");
      return { namespace: NAMESPACE, name: metadata.name };
    };

    it("has failed when its only pod is evicted, if it may not fail", async () => {
      await test.cluster.apply(job("proof", "sleep 1000"));
      await test.cluster.evict(await runningPod());
      const done = await test.until("Job", "proof", isOver);
      assert.strictEqual(conditionOf(done, "Failed")?.reason, "BackoffLimitExceeded");
      assert.strictEqual(done.status?.failed, 1);
    });

    it("gets another pod for one that was evicted when its policy says so, and for no other", async () => {
      const script = "test -e ../again && exit 0; touch ../again; sleep 1000";
      await test.cluster.apply(job("proof", script, { podFailurePolicy: ignoring }));
      await test.untilPod(() => existsSync(join(test.directory, "pods", "again")));
      await test.cluster.evict(await runningPod());
      const done = await test.until("Job", "proof", isOver);
      assert.strictEqual(conditionOf(done, "Complete")?.reason, "CompletionsReached");
      await test.cluster.apply(job("other", "exit 3", { podFailurePolicy: ignoring }));
      const failed = await test.until("Job", "other", isOver);
      assert.strictEqual(conditionOf(failed, "Failed")?.reason, "BackoffLimitExceeded");
    });

    it("has failed at once when its policy says that a pod's end fails it", async () => {
      const rules = [{ ...ignoring.rules[0], action: "FailJob" }];
      const failing = { podFailurePolicy: { rules }, backoffLimit: 5 };
      await test.cluster.apply(job("proof", "sleep 1000", failing));
      await test.cluster.evict(await runningPod());
      const done = await test.until("Job", "proof", isOver);
      assert.strictEqual(conditionOf(done, "Failed")?.reason, "PodFailurePolicy");
    });

    it("has no policy for pods that are started again in place", async () => {
      const proof = job("proof", "exit 0", { podFailurePolicy: ignoring });
      const { template } = proof.spec as { template: { spec: { restartPolicy: string } } };
      template.spec.restartPolicy = "OnFailure";
      await assert.rejects(test.cluster.apply(proof), /only "Never" is supported/);
    });
  });

  describe("an eviction", () => {
    const budget = (spec: object) =>
      test.create("policy/v1", "PodDisruptionBudget", "web", {
        spec: { maxUnavailable: 1, selector: { matchLabels: { app: "web" } }, ...spec },
      });
    const evict = ({ metadata }: KubeObject) =>
      test.cluster.evict({ namespace: NAMESPACE, name: metadata.name });

    it("takes as many pods at a time as the disruption budget has room for", async () => {
      await budget({});
      await test.cluster.apply(deployment("web", web(), { replicas: 2 }));
      await test.until("Deployment", "web", isRolledOut);
      const [first, second] = test.pods();
      await evict(first as KubeObject);
      await assert.rejects(evict(second as KubeObject), {
        code: 429,
        message: /would violate the pod's disruption budget.* web needs 1 healthy pods and has 1/,
      });
      for (const healthy of [1, 2]) {
        await test.until(
          "PodDisruptionBudget",
          "web",
          ({ status }) => status?.currentHealthy === healthy,
        );
      }
      await evict(second as KubeObject);
    });

    it("cannot take a pod of a broken workload, unless the budget lets such go always", async () => {
      const never = join(test.directory, "never");
      await test.cluster.apply(deployment("web", web({ READY_FILE: never }), { replicas: 2 }));
      const broken = await test.untilPod(({ status }) => status?.phase === "Running");
      await budget({});
      await assert.rejects(evict(broken), { code: 429 });
      await test.cluster.delete({ ...reference("web"), ...BUDGET });
      await budget({ unhealthyPodEvictionPolicy: "AlwaysAllow" });
      await evict(broken);
      const { metadata } = test.cluster.get(podReference(broken)) ?? broken;
      assert.ok(metadata.deletionTimestamp);
    });
  });

  describe("a drain", () => {
    const budget = (spec: object = {}) =>
      test.create("policy/v1", "PodDisruptionBudget", "web", {
        spec: { maxUnavailable: 1, selector: { matchLabels: { app: "web" } }, ...spec },
      });
    const drain = (milliseconds: number) =>
      test.cluster.drain(
        { namespace: NAMESPACE, selector: "app=web" },
        AbortSignal.timeout(milliseconds),
      );
    const names = () => test.pods().map(({ metadata }) => metadata.name);

    it("takes one pod after another, and waits for the successor where a budget asks for it", async () => {
      await budget();
      await service("web");
      await test.cluster.apply(deployment("web", web(), { replicas: 3 }));
      await test.until("Deployment", "web", isRolledOut);
      const before = names();
      const counts: number[] = [];
      test.cluster.onChange(() => counts.push(test.endpoints("web").ready.length));
      assert.deepStrictEqual(await drain(15_000), before);
      assert.ok(names().every((name) => !before.includes(name)));
      assert.ok(counts.length > 3 && Math.min(...counts) === 2, `ready pods: ${counts.join(" ")}`);
      // Two successors were ready before the third pod went.
      assert.ok(test.journal.named("pod ready").length >= 5);
    });

    it("does not wait for pods that are not ready where the budget lets such go always", async () => {
      const never = join(test.directory, "never");
      await test.cluster.apply(deployment("web", web({ READY_FILE: never }), { replicas: 2 }));
      await test.until("Deployment", "web", ({ status }) => status?.replicas === 2);
      for (const index of [0, 1]) {
        await test.untilPod(() => test.pods()[index]?.status?.phase === "Running");
      }
      const before = names();
      await budget();
      await assert.rejects(drain(1000), { name: "TimeoutError" });
      assert.deepStrictEqual(names(), before);
      await test.cluster.delete({ ...reference("web"), ...BUDGET });
      await budget({ unhealthyPodEvictionPolicy: "AlwaysAllow" });
      assert.deepStrictEqual(await drain(10_000), before);
    });
  });

  describe("a vault secret", () => {
    const mounted = (environment: Record<string, string>) =>
      deployment(
        "web",
        { ...web(environment), volumeMounts: [{ name: "secrets", mountPath: "/mnt/secrets" }] },
        {
          pod: {
            serviceAccountName: "web",
            volumes: [
              {
                name: "secrets",
                csi: {
                  driver: "secrets-store.csi.k8s.io",
                  readOnly: true,
                  volumeAttributes: { secretProviderClass: "web" },
                },
              },
            ],
          },
        },
      );

    const secretProviderClass = (pinned: string) =>
      objectOf("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", "web", {
        spec: {
          provider: "azure",
          parameters: {
            usePodIdentity: "false",
            clientID: "client",
            keyvaultName: "vault",
            tenantId: "tenant",
            objects: `array:
  - |
    objectName: app-blue
    objectType: secret
    ${pinned}
    objectAlias: password
`,
          },
        },
      });

    beforeEach(async () => {
      await test.create("v1", "ServiceAccount", "web", {});
      await test.cluster.apply(secretProviderClass("objectVersion: v1"));
      // The driver hears of it later.
      await setTimeout(1200);
    });

    it("is a file that only the pod can read, asked for with the pod's identity", async () => {
      const requests: object[] = [];
      test.readSecret = (asked) => {
        requests.push(asked);
        return Promise.resolve({ value: "correct horse", version: "v1" });
      };
      await test.cluster.apply(mounted({ PASSWORD_FILE: "/mnt/secrets/password" }));
      await test.until("Deployment", "web", isRolledOut);
      const [pod] = test.pods();
      assert.ok(pod);
      const { environment, password } = await answerOf(pod);
      assert.strictEqual(password, "correct horse");
      assert.strictEqual(statSync(String(environment.PASSWORD_FILE)).mode & 0o777, 0o400);
      assert.deepStrictEqual(requests.slice(0, 1), [
        {
          issuer: "https://issuer.example/",
          subject: `system:serviceaccount:${NAMESPACE}:web`,
          clientId: "client",
          tenantId: "tenant",
          vaultName: "vault",
          secretName: "app-blue",
          version: "v1",
        },
      ]);
      await test.cluster.delete(reference("web"), { propagation: "Foreground" });
      assert.ok(!existsSync(String(environment.PASSWORD_FILE)), "the file outlived its pod");
    });

    it("that is refused keeps the pod from starting, with the reason in an event", async () => {
      test.readSecret = () => Promise.reject(new Error("Forbidden: no role on app-blue"));
      await test.cluster.apply(mounted({}));
      await test.journal.seen("mount failed", 2);
      assert.strictEqual(test.pods()[0]?.status?.phase, "Pending");
      assert.match(
        test.cluster.events(reference("web")).join(),
        /FailedMount: MountVolume.SetUp failed for volume "secrets" .*no role on app-blue/,
      );
      await test.cluster.delete(reference("web"), { propagation: "Foreground" });
      assert.deepStrictEqual(test.pods(), []);
    });

    const passwordOf = async () => (await answerOf(running(test)[0] as KubeObject)).password;
    const repin = (version: string) =>
      test.cluster.apply(secretProviderClass(`objectVersion: ${version}`));
    const byVersion = () => {
      test.readSecret = ({ version }) => Promise.resolve({ value: `value of ${version}`, version });
    };

    it("is rewritten under running pods when its class is changed in place, the status after it", async () => {
      byVersion();
      await test.cluster.apply(mounted({ PASSWORD_FILE: "/mnt/secrets/password" }));
      await test.until("Deployment", "web", isRolledOut);
      const before = await passwordOf();
      await repin("v2");
      const { podName } = await test.untilMounted(({ objects }) => objects[0]?.version === "v2");
      assert.deepStrictEqual(
        [before, await passwordOf()],
        ["value of v1", "value of v2"],
        "the file of a running pod",
      );
      assert.strictEqual(podName, running(test)[0]?.metadata.name);
    });

    it("stays as it is, without an event, when it cannot be read again", async () => {
      byVersion();
      await test.cluster.apply(mounted({ PASSWORD_FILE: "/mnt/secrets/password" }));
      await test.until("Deployment", "web", isRolledOut);
      test.readSecret = () => Promise.reject(new Error("SecretDisabled"));
      await test.journal.seen("mount not refreshed", 2);
      assert.strictEqual(await passwordOf(), "value of v1");
      assert.ok(!test.cluster.events(reference("web")).join().includes("SecretDisabled"));
    });

    it("is the old one for a pod that starts right after its class was changed in place", async () => {
      byVersion();
      await repin("v2");
      await test.cluster.apply(mounted({ PASSWORD_FILE: "/mnt/secrets/password" }));
      const { objects } = await test.untilMounted(() => true);
      assert.deepStrictEqual(objects, [{ id: "secret/app-blue", version: "v1" }]);
    });

    it("is mounted as soon as the refusal ends", async () => {
      let refusals = 1;
      test.readSecret = () =>
        refusals-- > 0
          ? Promise.reject(new Error("Forbidden"))
          : Promise.resolve({ value: "correct horse", version: "v1" });
      await test.cluster.apply(mounted({}));
      await test.until("Deployment", "web", isRolledOut);
    });
  });

  it("makes no pod that violates the restricted profile where the namespace enforces it", async () => {
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await test.cluster.apply({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: NAMESPACE, labels },
    });
    const securityContext = {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    };
    await test.cluster.apply(deployment("good", { image: PAUSE, securityContext }));
    await test.cluster.apply(
      deployment("bad", {
        image: PAUSE,
        securityContext: { ...securityContext, runAsNonRoot: false },
      }),
    );
    await test.until("Deployment", "good", isRolledOut);
    const refused = await test.until("Deployment", "bad", (object) =>
      Boolean(conditionOf(object, "ReplicaFailure")),
    );
    assert.match(
      String(conditionOf(refused, "ReplicaFailure")?.message),
      /violates PodSecurity "restricted:latest": runAsNonRoot != true/,
    );
    assert.strictEqual(test.pods().length, 1);
  });

  it("lets a pod list pods through its API when a role of its service account allows it", async () => {
    const rbac = "rbac.authorization.k8s.io/v1";
    const script =
      'echo "{\\"token\\":\\"$(cat /var/run/secrets/kubernetes.io/serviceaccount/token)\\"}"';
    await test.create("v1", "ServiceAccount", "reader", {});
    await test.cluster.apply(job("token", script));
    await test.until("Job", "token", isOver);
    const { token } = test.journal.named("job finished")[0]?.detail.evidence as { token: string };
    assert.strictEqual((await askApi(test, "not a token")).code, 401);
    assert.strictEqual((await askApi(test, token)).code, 403);
    await test.create(rbac, "Role", "pods", {
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }],
    });
    await test.create(rbac, "RoleBinding", "pods", {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "pods" },
      subjects: [{ kind: "ServiceAccount", name: "default", namespace: NAMESPACE }],
    });
    const listed = await askApi(test, token);
    assert.deepStrictEqual(
      listed.items?.map((pod) => pod.metadata.labels?.["job-name"]),
      ["token"],
    );
  });
});

function reference(name: string) {
  return { apiVersion: "apps/v1", kind: "Deployment", namespace: NAMESPACE, name };
}

function running(test: TestCluster): KubeObject[] {
  return test.pods().filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

const BUDGET = { apiVersion: "policy/v1", kind: "PodDisruptionBudget" };

function podReference({ metadata }: KubeObject) {
  return { apiVersion: "v1", kind: "Pod", namespace: NAMESPACE, name: metadata.name };
}

function environmentIn(pod: KubeObject): Record<string, string | undefined> {
  const [container] = as<Pod>(pod).spec.containers;
  return Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
}

/** Process ids of the pods' programs; the dead that nobody has collected have no environment. */
function processesIn(directory: string): string[] {
  return readdirSync("/proc").filter(
    (pid) => /^\d+$/.test(pid) && environmentOf(pid).includes(`NODE_EXTRA_CA_CERTS=${directory}`),
  );
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}

function askApi(
  test: TestCluster,
  token: string,
): Promise<{ code?: number; items?: KubeObject[] }> {
  const [host, port] = test.cluster.server.split(":");
  return new Promise((resolve, reject) => {
    request(
      {
        host,
        port,
        path: `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=job-name%3Dtoken`,
        headers: { authorization: `Bearer ${token}` },
        ca: readFileSync(join(test.directory, "ca.pem")),
        agent: false,
      },
      (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () => resolve(JSON.parse(text) as KubeObject & { code?: number }));
      },
    )
      .on("error", reject)
      .end();
  });
}
