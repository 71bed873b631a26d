import assert from "node:assert";
import * as fc from "fast-check";
import {
  demandInWords,
  type NodeDemand,
  nodeRoom,
  type Nodes,
  nodesInWords,
  replicasOf,
} from "../../../components/plan/nodeRoom";

const SERVING = { surge: "25%", cpu: 500, memory: 1024 };
const NODE: Nodes = { size: "Standard_D4ds_v5", count: 3, cpu: 3860, memory: 14_034, pods: 110 };

const demand = (changes: Partial<NodeDemand> = {}): NodeDemand => ({
  room: [SERVING],
  replicas: 4,
  ...changes,
});

describe("room on the nodes", () => {
  it("is for both slots, what a rolling update of one adds, and a trial with its proof", () => {
    assert.deepStrictEqual(nodeRoom(demand(), [NODE]), {
      pods: 2 * 4 + 1 + 1,
      placed: 10,
      cpu: 10 * 500 + 50,
      memory: 10 * 1024 + 64,
    });
  });

  it("is for as many as the autoscaler may ask for of what serves, and of nothing else", () => {
    const worker = { surge: 1, cpu: 100, memory: 128 };
    const single = { ...worker, pods: 1 };
    const { pods } = nodeRoom(demand({ room: [SERVING, worker, single], maxReplicas: 10 }), [NODE]);
    assert.strictEqual(pods, 2 * 10 + 3 + (2 * 4 + 1) + (2 + 1) + 1);
  });

  it("is counted by node, because a pod is on one of them", () => {
    const big = { surge: 0, cpu: 2000, memory: 64 };
    const asked = demand({ room: [big], replicas: 2 });
    // Ten cores would hold five times two; nodes of not quite four hold one each.
    assert.strictEqual(nodeRoom(asked, [NODE]).placed, 3);
  });

  it("ends with memory or with the pods of a node as it does with cores", () => {
    const memory = { surge: 0, cpu: 1, memory: 8000 };
    assert.strictEqual(nodeRoom(demand({ room: [memory], replicas: 3 }), [NODE]).placed, 3);
    const small = { surge: 0, cpu: 1, memory: 1 };
    const few = { ...NODE, pods: 2 };
    assert.strictEqual(nodeRoom(demand({ room: [small], replicas: 4 }), [few]).placed, 6);
  });

  it("holds all pods of one workload where a node has room for its share", () => {
    fc.assert(
      fc.property(
        fc.record({
          cpu: fc.integer({ min: 51, max: 4000 }),
          memory: fc.integer({ min: 65, max: 15_000 }),
        }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 20 }),
        (requests, replicas, count) => {
          const nodes = [{ ...NODE, count }];
          const { placed, pods } = nodeRoom({ room: [{ ...requests, surge: 0 }], replicas }, nodes);
          const each = Math.min(
            Math.floor(NODE.cpu / requests.cpu),
            Math.floor(NODE.memory / requests.memory),
          );
          // The trial is at most two of them.
          if (pods + 1 <= each * count && each > 1) {
            assert.strictEqual(placed, pods);
          }
          assert.ok(placed <= each * count);
        },
      ),
    );
  });

  it("is said with its numbers", () => {
    const room = nodeRoom(demand(), [NODE]);
    assert.strictEqual(
      `${demandInWords(room)}: ${nodesInWords([NODE])}`,
      "both slots at full size, a rolling update and a trial are 10 pods that ask for 5.1 cores and 10.1 GiB: " +
        "3 x Standard_D4ds_v5 with 3.9 cores and 13.7 GiB each after what AKS keeps",
    );
  });
});

describe("the pods of a slot", () => {
  it("are those of the replicas, of the autoscaler's maximum, or three", () => {
    assert.deepStrictEqual([replicasOf(5, 9), replicasOf(0, 9), replicasOf(0, 0)], [5, 9, 3]);
  });
});
