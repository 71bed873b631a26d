import assert from "node:assert";
import { NODE_SIZES } from "../../../azure";
import type { NodeDemand } from "../../../components/plan";
import { allocatable, nodeRoomProblem, nodesOf } from "../../../components/platform/nodeSizes";
import { PROFILES } from "../../../components/platform/profiles";

const POOL = { size: "Standard_D4ds_v5", count: 1, mostPods: 110 };
const DEMAND: NodeDemand = { room: [{ surge: "25%", cpu: 100, memory: 96 }], replicas: 3 };

describe("what AKS leaves of a node", () => {
  it("is what the document's own examples have", () => {
    // "8 GB ... 30 pods: 650 MB for kube-reserved", "4 GB ... 70 pods: 25 %, 1000 MB"; 100 Mi besides.
    const memory = (memoryGB: number, mostPods: number) =>
      allocatable({ ...POOL, mostPods }, { cores: 2, memoryGB }).memory;
    assert.strictEqual(memory(8, 30), 8 * 1024 - 650 - 100);
    assert.strictEqual(memory(4, 70), 4 * 1024 - 1024 - 100);
  });

  it("is the cores less what the table keeps, and between its rows less of it", () => {
    const cpu = (cores: number) => allocatable(POOL, { cores, memoryGB: 16 }).cpu;
    assert.deepStrictEqual([1, 2, 4, 64].map(cpu), [940, 1900, 3860, 63_260]);
    assert.deepStrictEqual([20, 96].map(cpu), [19_740, 95_260]);
  });

  it("is known for the sizes in Microsoft's tables here, the profiles' own among them", () => {
    for (const { cluster } of Object.values(PROFILES)) {
      assert.ok(NODE_SIZES[cluster.user.nodeSize], cluster.user.nodeSize);
    }
    assert.strictEqual(nodesOf([POOL, { ...POOL, size: "Standard_F8s_v2" }]), undefined);
    assert.strictEqual(nodesOf([POOL])?.length, 1);
  });
});

describe("nodes without room", () => {
  const dev = PROFILES.dev.cluster.user;

  it("are refused with the numbers and the keys that help", () => {
    const problem = nodeRoomProblem(
      { ...DEMAND, room: [{ surge: "25%", cpu: 1000, memory: 96 }] },
      dev,
    );
    assert.strictEqual(
      problem,
      "rotation:nodeSize Standard_B2s_v2 has no room for the application: both slots at full size, a rolling " +
        "update and a trial are 8 pods that ask for 8.1 cores and 0.8 GiB, and the nodes hold 3 of them " +
        "(3 x Standard_B2s_v2 with 1.9 cores and 5.9 GiB each after what AKS keeps). Lower rotation:replicas " +
        "or the requests in the values of the chart, or set a larger rotation:nodeSize.",
    );
  });

  it("are refused by the autoscaler's maximum where there is one", () => {
    assert.match(
      nodeRoomProblem({ ...DEMAND, maxReplicas: 90 }, dev) ?? "",
      /are 204 pods .* Lower rotation:maxReplicas or /,
    );
  });

  it("are not refused where the pods fit, nor where pods or nodes are not known", () => {
    assert.strictEqual(nodeRoomProblem(DEMAND, dev), undefined);
    assert.strictEqual(nodeRoomProblem(undefined, dev), undefined);
    const vast = { ...DEMAND, replicas: 100, room: [{ surge: 0, cpu: 9000, memory: 9 }] };
    assert.strictEqual(nodeRoomProblem(vast, { ...dev, nodeSize: "Standard_F8s_v2" }), undefined);
  });
});
