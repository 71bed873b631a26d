import assert from "node:assert";
import type { ClusterApi, KubeObject } from "../../../../twin/kubernetes/api/objects";
import { untilHelmReady } from "../../../../twin/kubernetes/helm/releaseWait";

type Fields = Record<string, unknown>;

/** Whether helm takes an object for ready as it is now, and would not have to wait. */
async function isReady(kind: string, spec: Fields, status: Fields, jobs = false): Promise<boolean> {
  const object = {
    apiVersion: "v1",
    kind,
    metadata: { name: "web", namespace: "app", generation: 2 },
    spec,
    status: { observedGeneration: 2, ...status },
  } as unknown as KubeObject;
  let ready = false;
  const cluster = {
    until: (_ref: object, holds: (live: KubeObject) => boolean) => {
      ready = holds(object);
      return Promise.resolve(object);
    },
  } as unknown as ClusterApi;
  await untilHelmReady(cluster, [object], { jobs, signal: new AbortController().signal });
  return ready;
}

describe("the wait of helm for a StatefulSet", () => {
  const rolling = (partition = 0) => ({
    replicas: 3,
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition } },
  });
  const DONE = {
    updatedReplicas: 3,
    readyReplicas: 3,
    currentRevision: "web-2",
    updateRevision: "web-2",
  };

  it("is over when all pods are new and ready", async () => {
    assert.ok(await isReady("StatefulSet", rolling(), DONE));
    assert.ok(
      await isReady(
        "StatefulSet",
        { replicas: 3, ...{ updateStrategy: { type: "RollingUpdate" } } },
        DONE,
      ),
    );
  });

  for (const [what, status] of [
    ["the controller has not seen the change", { observedGeneration: 1 }],
    ["a pod is an old one", { updatedReplicas: 2 }],
    ["a pod is not ready", { readyReplicas: 2 }],
    ["the revision is not the last one", { currentRevision: "web-1" }],
  ] as const) {
    it(`goes on while ${what}`, async () => {
      assert.ok(!(await isReady("StatefulSet", rolling(), { ...DONE, ...status })));
    });
  }

  it("asks for new pods above the partition only, and for no revision then", async () => {
    const canary = { ...DONE, updatedReplicas: 1, currentRevision: "web-1" };
    assert.ok(await isReady("StatefulSet", rolling(2), canary));
    assert.ok(!(await isReady("StatefulSet", rolling(1), canary)));
    assert.ok(!(await isReady("StatefulSet", rolling(2), { ...canary, readyReplicas: 2 })));
  });

  it("is none where pods are replaced by hand, as soon as the controller has seen it", async () => {
    const byHand = { replicas: 3, updateStrategy: { type: "OnDelete" } };
    assert.ok(await isReady("StatefulSet", byHand, { readyReplicas: 0 }));
    assert.ok(!(await isReady("StatefulSet", byHand, { observedGeneration: 1 })));
  });

  it("is none for a CronJob", async () => {
    assert.ok(await isReady("CronJob", { schedule: "@yearly" }, {}, true));
  });
});
