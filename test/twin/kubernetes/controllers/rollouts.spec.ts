import assert from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { KubeObject } from "../../../../twin/kubernetes/api/objects";
import { as, type Pod, type ReplicaSet } from "../../../../twin/kubernetes/api/types";
import {
  deployment,
  isRolledOut,
  NAMESPACE,
  PAUSE,
  TestCluster,
  web,
} from "../../../support/testCluster";

describe("rollouts of the cluster twin", function () {
  this.timeout(30_000);
  let test: TestCluster;

  beforeEach(async () => {
    test = await TestCluster.start();
  });

  afterEach(() => test.stop());

  const sets = () =>
    test.cluster
      .list({ apiVersion: "apps/v1", kind: "ReplicaSet" }, NAMESPACE)
      .map((set) => as<ReplicaSet>(set));
  const sizes = () => sets().map(({ spec }) => spec.replicas);
  const counts = ({ status }: KubeObject) => [status?.readyReplicas, status?.availableReplicas];
  /** A pod that is ready when a file of its name is there. */
  const awaiting = {
    image: PAUSE,
    readinessProbe: {
      exec: { command: ["/bin/sh", "-c", "test -f ../$HOSTNAME.ready"] },
      periodSeconds: 1,
    },
  };
  const ready = (pod: KubeObject | undefined) =>
    writeFileSync(join(test.directory, "pods", `${pod?.metadata.name}.ready`), "");

  /** When a pod becomes available: three seconds after its condition says that it is ready. */
  const availableFrom = (index: number) => {
    const pods = test.pods().map((pod) => as<Pod>(pod));
    const condition = pods[index]?.status?.conditions.find(({ type }) => type === "Ready");
    return Date.parse(condition?.lastTransitionTime ?? "") + 3000;
  };

  it("count a pod as available when it has been ready long enough, each at its own time", async () => {
    await test.cluster.apply(deployment("web", awaiting, { replicas: 2, minReadySeconds: 3 }));
    for (const index of [0, 1]) {
      await test.untilPod(() => test.pods()[index]?.status?.phase === "Running");
    }
    const [first, second] = test.pods();
    ready(first);
    const one = await test.until("Deployment", "web", ({ status }) => status?.readyReplicas === 1);
    assert.deepStrictEqual(counts(one), [1, undefined]);
    // The condition of a pod has whole seconds, as in Kubernetes: two apart are never the same one.
    await pause(2000);
    ready(second);
    await test.until("Deployment", "web", ({ status }) => status?.availableReplicas === 1);
    assert.ok(Date.now() >= availableFrom(0), "the first was available too early");
    await test.until("Deployment", "web", isRolledOut);
    assert.ok(Date.now() >= availableFrom(1), "the second was available too early");
    assert.ok(availableFrom(1) > availableFrom(0));
  });

  it("change how long pods have to be ready without new pods", async () => {
    await test.cluster.apply(deployment("web", web()));
    await test.until("Deployment", "web", isRolledOut);
    const [pod] = test.pods();
    const longer = { minReadySeconds: 500, progressDeadlineSeconds: 600 };
    await test.cluster.apply(deployment("web", web(), longer));
    await test.until("Deployment", "web", (d) => d.status?.availableReplicas === undefined);
    assert.strictEqual(sets()[0]?.spec.minReadySeconds, 500);
    await test.cluster.apply(deployment("web", web()));
    await test.until("Deployment", "web", ({ status }) => status?.availableReplicas === 1);
    assert.deepStrictEqual(
      test.pods().map(({ metadata }) => metadata.name),
      [pod?.metadata.name],
    );
  });

  it("bring all of a new number of pods to the old template before the new one begins", async () => {
    const strategy = { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
    await test.cluster.apply(deployment("web", web({ VERSION: "1" }), { replicas: 2, strategy }));
    await test.until("Deployment", "web", isRolledOut);
    const never = { VERSION: "2", READY_FILE: join(test.directory, "never") };
    await test.cluster.apply(deployment("web", web(never), { replicas: 3, strategy }));
    await test.until("Deployment", "web", ({ status }) => status?.replicas === 4);
    assert.deepStrictEqual(sizes(), [3, 1]);
  });

  it("grow both templates when they are scaled half-way, and shrink both", async () => {
    const strategy = { rollingUpdate: { maxUnavailable: 0, maxSurge: "50%" } };
    const scaled = (replicas: number, environment: Record<string, string>) =>
      deployment("web", web(environment), { replicas, strategy });
    await test.cluster.apply(scaled(2, { VERSION: "1" }));
    await test.until("Deployment", "web", isRolledOut);
    const never = { VERSION: "2", READY_FILE: join(test.directory, "never") };
    await test.cluster.apply(scaled(2, never));
    await test.until("Deployment", "web", ({ status }) => status?.updatedReplicas === 1);
    await test.cluster.apply(scaled(6, never));
    await test.until("Deployment", "web", ({ status }) => status?.replicas === 9);
    assert.deepStrictEqual(sizes(), [6, 3]);
    await test.cluster.apply(scaled(2, never));
    await test.until("Deployment", "web", ({ status }) => status?.replicas === 3);
    assert.deepStrictEqual(sizes(), [2, 1]);
  });

  it("end at once when they are scaled to nothing", async () => {
    const strategy = { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
    await test.cluster.apply(deployment("web", web({ VERSION: "1" }), { replicas: 2, strategy }));
    await test.until("Deployment", "web", isRolledOut);
    const never = { VERSION: "2", READY_FILE: join(test.directory, "never") };
    await test.cluster.apply(deployment("web", web(never), { replicas: 2, strategy }));
    await test.until("Deployment", "web", ({ status }) => status?.updatedReplicas === 1);
    await test.cluster.apply(deployment("web", web(never), { replicas: 0, strategy }));
    const empty = await test.until("Deployment", "web", isRolledOut);
    assert.deepStrictEqual(sizes(), [0, 0]);
    const present = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"];
    assert.deepStrictEqual(
      Object.keys(empty.status ?? {}).filter((key) => present.includes(key)),
      [],
    );
  });
});
