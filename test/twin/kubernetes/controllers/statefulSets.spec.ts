import assert from "node:assert";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "../../../../twin/kubernetes/api/objects";
import { refOf } from "../../../../twin/kubernetes/api/store";
import {
  as,
  isReady,
  type ControllerRevision,
  type Pod,
  type PodSpec,
  type StatefulSetStatus,
} from "../../../../twin/kubernetes/api/types";
import { NAMESPACE, PAUSE, statefulSet, TestCluster } from "../../../support/testCluster";

const REVISION = "controller-revision-hash";

describe("StatefulSets of the cluster twin", function () {
  this.timeout(30_000);
  let test: TestCluster;

  beforeEach(async () => {
    test = await TestCluster.start();
  });

  afterEach(() => test.stop());

  /** Templates differ by a variable. */
  const apply = (version: string, spec: object = {}, container: object = {}) => {
    const env = [{ name: "VERSION", value: version }];
    return test.cluster.apply(statefulSet("web", { image: PAUSE, env, ...container }, { ...spec }));
  };
  const BROKEN = { readinessProbe: { exec: { command: ["/bin/sh", "-c", "exit 1"] } } };

  const statusOf = ({ status }: KubeObject) => (status ?? {}) as Partial<StatefulSetStatus>;
  const isSettled = (object: KubeObject) => {
    const { observedGeneration, readyReplicas, currentRevision, updateRevision } = statusOf(object);
    return (
      observedGeneration === object.metadata.generation &&
      currentRevision === updateRevision &&
      (readyReplicas ?? 0) === object.spec?.replicas
    );
  };
  const settled = () => test.until("StatefulSet", "web", isSettled);
  const observed = (generation: number | undefined) =>
    test.until("StatefulSet", "web", (set) => statusOf(set).observedGeneration === generation);

  const names = () => test.pods().map(({ metadata }) => metadata.name);
  const pod = (ordinal: number) => {
    const found = test.pods().find(({ metadata }) => metadata.name === `web-${ordinal}`);
    assert.ok(found, `there is no pod web-${ordinal}`);
    return found;
  };
  const versionIn = ({ containers }: PodSpec) => containers[0]?.env?.[0]?.value;
  const versions = () => [0, 1].map((ordinal) => versionIn(as<Pod>(pod(ordinal)).spec));
  const deletePod = async (ordinal: number) => {
    const { metadata } = pod(ordinal);
    const { namespace, name } = metadata;
    await test.cluster.delete({ apiVersion: "v1", kind: "Pod", namespace, name });
    await test.untilPod(
      (other) => other.metadata.name === name && other.metadata.uid !== metadata.uid,
    );
  };
  const revisions = () =>
    test.cluster
      .list({ apiVersion: "apps/v1", kind: "ControllerRevision" }, NAMESPACE)
      .map((revision) => as<ControllerRevision>(revision));

  it("make pods one after another, under names that stay", async () => {
    const command = ["/bin/sh", "-c", "test -f ../$HOSTNAME.ready"];
    const readinessProbe = { exec: { command }, periodSeconds: 1 };
    await apply("1", { replicas: 2, serviceName: "peers" }, { readinessProbe });
    await test.untilPod(({ status }) => status?.phase === "Running");
    assert.deepStrictEqual(names(), ["web-0"]);
    for (const name of ["web-0", "web-1"]) {
      writeFileSync(join(test.directory, "pods", `${name}.ready`), "");
    }
    const { updateRevision } = statusOf(await settled());
    assert.deepStrictEqual(names(), ["web-0", "web-1"]);
    const { metadata, spec } = pod(1);
    assert.deepStrictEqual(metadata.labels, {
      app: "web",
      "apps.kubernetes.io/pod-index": "1",
      "statefulset.kubernetes.io/pod-name": "web-1",
      [REVISION]: updateRevision,
    });
    assert.deepStrictEqual([spec?.hostname, spec?.subdomain], ["web-1", "peers"]);
    assert.deepStrictEqual(
      revisions().map((each) => [each.metadata.name, each.revision]),
      [[updateRevision, 1]],
    );
  });

  it("replace pods from the highest ordinal down, and have one less meanwhile", async () => {
    await test.create("v1", "Service", "web", {
      spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
    });
    await apply("1", { replicas: 3 });
    const before = statusOf(await settled());
    await test.until("Endpoints", "web", () => test.endpoints("web").ready.length === 3);
    const counts: number[] = [];
    test.cluster.onChange(() => counts.push(test.endpoints("web").ready.length));
    const made = test.journal.named("pod scheduled").length;
    await apply("2", { replicas: 3 });
    const after = statusOf(await settled());
    assert.deepStrictEqual(
      test.journal
        .named("pod scheduled")
        .slice(made)
        .map(({ detail }) => detail.pod),
      ["web-2", "web-1", "web-0"],
    );
    assert.ok(counts.includes(2), "a pod was never missing");
    assert.ok(
      counts.every((count) => count === 2 || count === 3),
      `ready pods: ${counts.join(" ")}`,
    );
    assert.notStrictEqual(after.updateRevision, before.updateRevision);
    assert.deepStrictEqual(after, {
      ...before,
      observedGeneration: 2,
      currentRevision: after.updateRevision,
      updateRevision: after.updateRevision,
    });
  });

  it("cannot go back past a broken pod until somebody deletes it", async () => {
    await apply("1", { replicas: 2 });
    const { updateRevision: good } = statusOf(await settled());
    await apply("2", { replicas: 2 }, BROKEN);
    const { updateRevision: bad } = statusOf(
      await test.until("StatefulSet", "web", (set) => statusOf(set).updatedReplicas === 1),
    );
    const { metadata } = await apply("1", { replicas: 2 });
    const status = statusOf(await observed(metadata.generation));
    assert.deepStrictEqual([status.currentRevision, status.updateRevision], [good, good]);
    assert.deepStrictEqual(
      [pod(1).metadata.labels?.[REVISION], pod(1).metadata.deletionTimestamp],
      [bad, undefined],
    );
    await deletePod(1);
    await settled();
    assert.deepStrictEqual(versions(), ["1", "1"]);
    assert.deepStrictEqual(
      revisions().map((each) => [each.metadata.name, each.revision]),
      [
        [good, 3],
        [bad, 2],
      ],
    );
  });

  it("keep pods below a partition as they were, also those that come back", async () => {
    const canary = (partition: number) => ({
      replicas: 2,
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition } },
    });
    await apply("1", canary(1));
    const { updateRevision: first } = statusOf(await settled());
    await apply("2", canary(1));
    const halfway = () =>
      test.until("StatefulSet", "web", (set) => {
        const { updatedReplicas, currentReplicas, readyReplicas } = statusOf(set);
        return updatedReplicas === 1 && currentReplicas === 1 && readyReplicas === 2;
      });
    await halfway();
    await deletePod(0);
    const { currentRevision } = statusOf(await halfway());
    assert.strictEqual(currentRevision, first);
    assert.deepStrictEqual(versions(), ["1", "2"]);
    await apply("2", canary(0));
    await settled();
    assert.deepStrictEqual(versions(), ["2", "2"]);
  });

  it("replace only what somebody deletes where they are told so", async () => {
    const strategy = { replicas: 2, updateStrategy: { type: "OnDelete" } };
    await apply("1", strategy);
    await test.until("StatefulSet", "web", (set) => statusOf(set).readyReplicas === 2);
    const { metadata } = await apply("2", strategy);
    assert.strictEqual(statusOf(await observed(metadata.generation)).updatedReplicas, undefined);
    await deletePod(0);
    const { updateRevision, currentRevision } = statusOf(
      await test.until(
        "StatefulSet",
        "web",
        (set) => statusOf(set).updatedReplicas === 1 && statusOf(set).readyReplicas === 2,
      ),
    );
    assert.notStrictEqual(currentRevision, updateRevision);
    assert.deepStrictEqual(versions(), ["2", "1"]);
  });

  it("count a pod that ends among those that there are, but to no revision", async () => {
    const lifecycle = { preStop: { sleep: { seconds: 1 } } };
    await apply("1", {}, { lifecycle });
    await settled();
    const { metadata } = await apply("1", { replicas: 0 }, { lifecycle });
    const { replicas, readyReplicas, currentReplicas } = statusOf(
      await observed(metadata.generation),
    );
    assert.deepStrictEqual([replicas, readyReplicas, currentReplicas], [1, 1, undefined]);
    await test.until("StatefulSet", "web", (set) => statusOf(set).replicas === 0);
  });

  it("wait for nobody where pods need not come in order, and take the highest ones away", async () => {
    const spec = { podManagementPolicy: "Parallel", replicas: 2 };
    await apply("1", spec, BROKEN);
    await test.until("StatefulSet", "web", (set) => statusOf(set).replicas === 2);
    assert.deepStrictEqual(names(), ["web-0", "web-1"]);
    await apply("1", { ...spec, replicas: 1 }, BROKEN);
    await test.until("StatefulSet", "web", (set) => statusOf(set).replicas === 1);
    assert.deepStrictEqual(names(), ["web-0"]);
  });

  it("leave a pod nothing of the one whose name it has", async () => {
    const script = "test -e mark && touch ../found; touch mark; exec sleep 1000";
    const container = {
      image: PAUSE,
      command: ["/bin/sh", "-c", script],
      readinessProbe: { exec: { command: ["/bin/sh", "-c", "test -f mark"] }, periodSeconds: 1 },
    };
    await test.cluster.apply(statefulSet("web", container));
    await settled();
    await deletePod(0);
    await test.untilPod((found) => isReady(as<Pod>(found)));
    assert.ok(!existsSync(join(test.directory, "pods", "found")));
  });

  it("keep as many former templates as their history is long", async () => {
    for (const version of ["1", "2", "3"]) {
      await apply(version, { revisionHistoryLimit: 1 });
      await settled();
    }
    const [first] = revisions();
    await test.cluster.until(
      refOf(first as unknown as KubeObject),
      (revision) => revision === undefined,
      AbortSignal.timeout(5000),
    );
    assert.deepStrictEqual(
      revisions().map(({ revision, data }) => [revision, versionIn(data.spec.template.spec)]),
      [
        [2, "2"],
        [3, "3"],
      ],
    );
  });

  it("go with their pods and their revisions", async () => {
    await apply("1");
    await settled();
    const ref = { apiVersion: "apps/v1", kind: "StatefulSet", namespace: NAMESPACE, name: "web" };
    await test.cluster.delete(ref, { propagation: "Foreground" });
    assert.deepStrictEqual([test.pods(), revisions()], [[], []]);
  });

  it("say why a pod cannot be made, and try again", async () => {
    await apply("1", { pod: { serviceAccountName: "late" } });
    const ref = { apiVersion: "apps/v1", kind: "StatefulSet", namespace: NAMESPACE, name: "web" };
    await observed(1);
    assert.match(
      test.cluster.events(ref).join(),
      /FailedCreate: create Pod web-0 in StatefulSet web failed error: .*serviceaccount "late" not found/,
    );
    await test.create("v1", "ServiceAccount", "late", {});
    await settled();
  });
});
