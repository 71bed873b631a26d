import assert from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import type { KubeObject } from "../../../../twin/kubernetes/api/objects";
import {
  conditionOf,
  deployment,
  isRolledOut,
  NAMESPACE,
  objectOf,
  PAUSE,
  TestCluster,
} from "../../../support/testCluster";

const STABILIZATION_SECONDS = 2;

function autoscaler(target: string, spec: object = {}): KubeObject {
  return objectOf("autoscaling/v2", "HorizontalPodAutoscaler", "app", {
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: target },
      minReplicas: 2,
      maxReplicas: 6,
      ...spec,
    },
  });
}

describe("a HorizontalPodAutoscaler of the cluster twin", function () {
  this.timeout(30_000);
  let test: TestCluster;

  beforeEach(async () => {
    const autoscalers = { syncSeconds: 0.2, stabilizationSeconds: STABILIZATION_SECONDS };
    test = await TestCluster.start({}, { autoscalers });
  });

  afterEach(() => test.stop());

  const workload = (name: string, replicas: number, writer: object = {}) =>
    test.cluster.apply(
      deployment(name, { image: PAUSE }, { replicas, pod: { terminationGracePeriodSeconds: 1 } }),
      writer,
    );
  const wanted = (name: string) =>
    test.cluster.get({ apiVersion: "apps/v1", kind: "Deployment", namespace: NAMESPACE, name })
      ?.spec?.replicas;
  const untilWanted = (name: string, replicas: number) =>
    test.until("Deployment", name, ({ spec }) => spec?.replicas === replicas);
  const recommend = (replicas: number | undefined) =>
    test.cluster.recommend({ namespace: NAMESPACE, name: "app" }, replicas);
  const untilReason = (type: string, reason: string) =>
    test.until("HorizontalPodAutoscaler", "app", (o) => conditionOf(o, type)?.reason === reason);

  it("gets its defaults, and refuses bounds and metrics that are none", async () => {
    const { spec } = await test.cluster.apply(
      autoscaler("web", { minReplicas: undefined, metrics: undefined }),
      { dryRun: true },
    );
    assert.deepStrictEqual(spec, {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 1,
      maxReplicas: 6,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
        },
      ],
    });
    const target = { type: "Utilization", averageUtilization: 0 };
    for (const [wrong, text] of [
      [
        { minReplicas: 0 },
        /spec\.minReplicas: Invalid value: 0: must be greater than or equal to 1/,
      ],
      [{ maxReplicas: 1 }, /spec\.maxReplicas: Invalid value: 1: .* equal to `minReplicas`/],
      [{ metrics: [{ type: "Pods" }] }, /metrics\[0\]\.type: Unsupported value: "Pods"/],
      [
        { metrics: [{ type: "Resource", resource: { name: "cpu", target } }] },
        /averageUtilization: Invalid value: 0: must be greater than 0/,
      ],
      [{ behavior: {} }, /\.spec\.behavior: field not declared/],
    ] as const) {
      await assert.rejects(test.cluster.apply(autoscaler("web", wrong)), { message: text });
    }
  });

  it("leaves a target alone as long as nobody recommends anything", async () => {
    await workload("web", 3);
    await test.cluster.apply(autoscaler("web"));
    const { status } = await untilReason("ScalingActive", "ValidMetricFound");
    assert.deepStrictEqual([status?.currentReplicas, status?.desiredReplicas], [3, 3]);
    assert.strictEqual(wanted("web"), 3);
  });

  it("adds pods at once, at most twice as many as there are, as an own client of the number", async () => {
    await workload("web", 2);
    await test.cluster.apply(autoscaler("web", { maxReplicas: 10 }));
    await untilReason("ScalingActive", "ValidMetricFound");
    recommend(9);
    await untilWanted("web", 4);
    assert.ok(await untilReason("ScalingLimited", "ScaleUpLimit"));
    await untilWanted("web", 8);
    await untilWanted("web", 9);
    const { status } = await untilReason("ScalingLimited", "DesiredWithinRange");
    assert.match(status?.lastScaleTime as string, /^\d{4}-\d\d-\d\dT.*Z$/);
    await assert.rejects(
      workload("web", 2, { manager: "pulumi", force: false }),
      /conflict with "kube-controller-manager" using apps\/v1: \.spec\.replicas/,
    );
    recommend(99);
    await untilWanted("web", 10);
    assert.ok(await untilReason("ScalingLimited", "TooManyReplicas"));
  });

  it("takes pods away when nothing more was recommended for so long, what it found first included", async () => {
    await workload("web", 5);
    await test.cluster.apply(autoscaler("web"));
    const begin = Date.now();
    recommend(1);
    await untilReason("AbleToScale", "ScaleDownStabilized");
    assert.strictEqual(wanted("web"), 5);
    await untilWanted("web", 2);
    assert.ok(Date.now() - begin >= STABILIZATION_SECONDS * 1000);
    assert.ok(await untilReason("ScalingLimited", "TooFewReplicas"));
  });

  it("remembers what it was told for a former target when it is given another one", async () => {
    await workload("blue", 2);
    await workload("green", 6);
    await test.cluster.apply(autoscaler("blue"));
    recommend(2);
    await untilReason("ScalingActive", "ValidMetricFound");
    await pause(STABILIZATION_SECONDS * 1000);
    const begin = Date.now();
    await test.cluster.apply(autoscaler("green"));
    await untilWanted("green", 2);
    assert.ok(Date.now() - begin < STABILIZATION_SECONDS * 1000);
    assert.strictEqual(wanted("blue"), 2);
  });

  it("keeps its bounds at once", async () => {
    await workload("web", 1);
    await test.cluster.apply(autoscaler("web"));
    await untilWanted("web", 2);
    await test.cluster.apply(autoscaler("web", { minReplicas: 3, maxReplicas: 3 }));
    await untilWanted("web", 3);
    await workload("web", 5);
    await untilWanted("web", 3);
  });

  it("does nothing to a target of no pods, and to one that is not there", async () => {
    await workload("web", 0);
    await test.cluster.apply(autoscaler("web"));
    recommend(4);
    const disabled = await untilReason("ScalingActive", "ScalingDisabled");
    assert.strictEqual(conditionOf(disabled, "ScalingActive")?.status, "False");
    assert.strictEqual(wanted("web"), 0);
    await test.cluster.apply(autoscaler("gone"));
    const lost = await untilReason("AbleToScale", "FailedGetScale");
    assert.match(
      String(conditionOf(lost, "AbleToScale")?.message),
      /unable to get the target's current scale: deployments\.apps "gone" not found/,
    );
  });

  it("starts a target of no pods under the rule of KEDA, and never another Deployment", async () => {
    test.cluster.faults.scalesFromZero = true;
    await workload("live", 3);
    await workload("retired", 0);
    await test.cluster.apply(autoscaler("live"));
    recommend(4);
    await untilWanted("live", 4);
    await test.until("Deployment", "live", isRolledOut);
    assert.strictEqual(wanted("retired"), 0);
    await test.cluster.apply(autoscaler("retired"));
    await untilWanted("retired", 2);
  });
});
