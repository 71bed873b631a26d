import assert from "node:assert";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { as, type ContainerStatus, type Pod } from "../../../../twin/kubernetes/api/types";
import { ask } from "../../../support/loopback";
import {
  conditionOf,
  deployment,
  isOver,
  isRolledOut,
  job,
  NAMESPACE,
  PAUSE,
  TestCluster,
  web,
} from "../../../support/testCluster";

describe("native sidecars of the cluster twin", function () {
  this.timeout(30_000);
  let test: TestCluster;

  beforeEach(async () => {
    test = await TestCluster.start();
  });

  afterEach(() => test.stop());

  const sidecar = (container: object) => ({ name: "side", restartPolicy: "Always", ...container });
  const sh = (script: string) => ({ image: PAUSE, command: ["/bin/sh", "-c", script] });
  /** A Job whose container runs that script beside those sidecars. */
  const beside = (script: string, sidecars: readonly object[], spec: object = {}) => {
    const proof = job("proof", script, { ...spec });
    const { template } = proof.spec as { template: { spec: Record<string, unknown> } };
    template.spec["initContainers"] = sidecars;
    return proof;
  };
  const pod = () => as<Pod>(test.pods()[0] ?? assert.fail("there is no pod"));
  const side = (): ContainerStatus =>
    pod().status?.initContainerStatuses?.[0] ?? assert.fail("the sidecar has no status");
  const logOf = (container: string) =>
    readFileSync(
      join(test.directory, "pods", `${NAMESPACE}_${pod().metadata.name}`, `${container}.out.log`),
      "utf8",
    );

  it("start before the containers, which wait for their startup probe", async () => {
    const ready = join(test.directory, "ready");
    const server = sidecar({
      ...web({ READY_FILE: ready }),
      readinessProbe: undefined,
      startupProbe: { httpGet: { path: "/readyz", port: "http" }, periodSeconds: 1 },
    });
    await test.cluster.apply(beside("echo done", [server]));
    await test.untilPod(() => test.cluster.events(reference()).join().includes("Startup probe"));
    const { status } = pod();
    assert.strictEqual(status?.phase, "Pending");
    assert.ok("running" in side().state);
    assert.strictEqual(side().started, false);
    assert.deepStrictEqual(status.containerStatuses[0]?.state, {
      waiting: { reason: "PodInitializing" },
    });
    assert.strictEqual(conditionOf(test.pods()[0]!, "Initialized")?.status, "False");
    writeFileSync(ready, "");
    const done = await test.until("Job", "proof", isOver);
    assert.strictEqual(conditionOf(done, "Complete")?.status, "True");
    assert.strictEqual(conditionOf(test.pods()[0]!, "Initialized")?.status, "True");
  });

  it("end after the containers of a Job's pod, which decide what became of it", async () => {
    const goodbye = "trap 'echo goodbye; exit 3' TERM; echo hello; while :; do sleep 0.1; done";
    await test.cluster.apply(beside(`echo '{"proven":true}'`, [sidecar(sh(goodbye))]));
    const done = await test.until("Job", "proof", isOver);
    assert.strictEqual(conditionOf(done, "Complete")?.status, "True");
    assert.strictEqual(pod().status?.phase, "Succeeded");
    const { state, restartCount } = side();
    assert.ok("terminated" in state && state.terminated.exitCode === 3);
    assert.strictEqual(restartCount, 0);
    assert.strictEqual(logOf("side"), "hello\ngoodbye\n");
    const [finished] = test.journal.named("job finished");
    assert.deepStrictEqual(finished?.detail.evidence, { proven: true });
  });

  it("do not save the pod of a container that fails", async () => {
    await test.cluster.apply(beside("exit 3", [sidecar(sh("exec sleep 1000"))]));
    const done = await test.until("Job", "proof", isOver);
    assert.strictEqual(conditionOf(done, "Failed")?.reason, "BackoffLimitExceeded");
    assert.strictEqual(pod().status?.phase, "Failed");
  });

  it("are started again when they end, and fail nothing by that", async () => {
    const flag = join(test.directory, "again");
    const crash = `test -f ${flag} && exec sleep 1000; touch ${flag}; exit 1`;
    const script = `until test -f ${flag}.seen; do sleep 0.1; done`;
    await test.cluster.apply(beside(script, [sidecar(sh(crash))]));
    await test.untilPod(() => side().restartCount === 1 && "running" in side().state);
    writeFileSync(`${flag}.seen`, "");
    const done = await test.until("Job", "proof", isOver);
    assert.strictEqual(conditionOf(done, "Complete")?.status, "True");
  });

  it("count as restarts of a Job that starts containers again in place", async () => {
    const proof = beside("exec sleep 1000", [sidecar(sh("exit 1"))]);
    const { template } = proof.spec as { template: { spec: Record<string, unknown> } };
    template.spec["restartPolicy"] = "OnFailure";
    await test.cluster.apply(proof);
    const done = await test.until("Job", "proof", isOver);
    assert.strictEqual(conditionOf(done, "Failed")?.reason, "BackoffLimitExceeded");
  });

  it("are killed when they do not end in the grace period", async () => {
    const stubborn = sidecar(sh("trap '' TERM; while :; do sleep 0.1; done"));
    await test.cluster.apply(beside("exit 0", [stubborn]));
    await test.until("Job", "proof", isOver);
    const { state } = side();
    assert.ok("terminated" in state && state.terminated.exitCode === 137);
    assert.strictEqual(pod().status?.phase, "Succeeded");
  });

  it("hold up the containers for ever when they do not start, until the Job's time is over", async () => {
    const probing = { exec: { command: ["false"] }, periodSeconds: 1, failureThreshold: 1 };
    const never = { ...sh("echo started; exec sleep 1000"), startupProbe: probing };
    const flag = join(test.directory, "ran");
    await test.cluster.apply(
      beside(`touch ${flag}`, [sidecar(never)], { activeDeadlineSeconds: 3 }),
    );
    await test.untilPod(() => side().restartCount === 1);
    const done = await test.until("Job", "proof", isOver);
    assert.strictEqual(conditionOf(done, "Failed")?.reason, "DeadlineExceeded");
    assert.ok(!existsSync(flag));
    assert.deepStrictEqual(test.pods(), []);
  });

  it("wait for an image without holding back the reason", async () => {
    await test.cluster.apply(beside("exit 0", [sidecar({ image: "registry.example/other:1" })]));
    await test.journal.seen("container waiting");
    assert.deepStrictEqual(Object.keys(side().state), ["waiting"]);
    assert.match(test.cluster.events(reference()).join(), /other:1": .*ImagePullBackOff/);
    await test.cluster.delete(reference(), { propagation: "Foreground" });
    assert.deepStrictEqual(test.pods(), []);
  });

  it("begin one after another, and end the other way round, after the containers", async () => {
    const file = join(test.directory, "order");
    // What is to end last would be the first to end, if nothing held it back.
    const noting = (name: string, seconds: number) =>
      sh(
        `echo ${name} up >> ${file}; trap 'sleep ${seconds}; echo ${name} down >> ${file}; exit 0' TERM; ` +
          "while :; do sleep 0.1; done",
      );
    const started = (name: string) => ({
      exec: { command: ["/bin/sh", "-c", `grep -q '${name} up' ${file}`] },
      periodSeconds: 1,
    });
    const initContainers = ["first", "second"].map((name, index) =>
      sidecar({ ...noting(name, 0.1 + 0.4 * index), name, startupProbe: started(name) }),
    );
    await test.cluster.apply(
      deployment(
        "web",
        { ...noting("main", 1), readinessProbe: started("main") },
        { pod: { initContainers } },
      ),
    );
    await test.until("Deployment", "web", isRolledOut);
    const deleted = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace: NAMESPACE,
      name: "web",
    };
    await test.cluster.delete(deleted, { propagation: "Foreground" });
    assert.deepStrictEqual(readFileSync(file, "utf8").trimEnd().split("\n"), [
      ...["first up", "second up", "main up"],
      ...["main down", "second down", "first down"],
    ]);
  });

  it("have environment, volumes, ports and probes as containers have", async () => {
    await test.create("v1", "Secret", "keys", { stringData: { password: "correct horse" } });
    await test.create("v1", "Service", "web", {
      spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: "http" }] },
    });
    const ready = join(test.directory, "ready");
    const server = {
      ...web({ READY_FILE: ready, PASSWORD_FILE: "/mnt/keys/password", WHERE: "at $(POD_IP)" }),
      volumeMounts: [{ name: "keys", mountPath: "/mnt/keys" }],
    };
    const volumes = [{ name: "keys", secret: { secretName: "keys" } }];
    await test.cluster.apply(
      deployment("web", { image: PAUSE }, { pod: { initContainers: [sidecar(server)], volumes } }),
    );
    await test.until("Endpoints", "web", () => test.endpoints("web").notReady.length === 1);
    await test.untilPod(({ status }) => status?.phase === "Running");
    assert.strictEqual(conditionOf(test.pods()[0]!, "Ready")?.status, "False");
    writeFileSync(ready, "");
    await test.until("Endpoints", "web", () => test.endpoints("web").ready.length === 1);
    assert.strictEqual(test.cluster.members(NAMESPACE, "web", 80)?.[0]?.port, 8080);
    const address = pod().status?.podIP ?? "";
    const { body } = await ask(address, "pod", { port: 8080 });
    const { environment, password } = JSON.parse(body) as {
      environment: Record<string, string>;
      password: string;
    };
    assert.deepStrictEqual([environment.WHERE, password], [`at ${address}`, "correct horse"]);
  });

  it("are held to the profile that the namespace enforces", async () => {
    await test.cluster.apply({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: NAMESPACE, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    });
    const securityContext = {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    };
    const lax = sidecar({
      image: PAUSE,
      securityContext: { ...securityContext, privileged: true },
    });
    await test.cluster.apply(
      deployment("bad", { image: PAUSE, securityContext }, { pod: { initContainers: [lax] } }),
    );
    const refused = await test.until("Deployment", "bad", (object) =>
      Boolean(conditionOf(object, "ReplicaFailure")),
    );
    assert.match(
      String(conditionOf(refused, "ReplicaFailure")?.message),
      /privileged \(container "side" must not set securityContext\.privileged=true\)/,
    );
  });
});

function reference() {
  return { apiVersion: "batch/v1", kind: "Job", namespace: NAMESPACE, name: "proof" };
}
