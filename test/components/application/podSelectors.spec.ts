import assert from "node:assert";
import { podSelectors } from "../../../components/application/podSelectors";
import { ownSlotShapes } from "../../../components/chart";

const slotsOf = (blue: readonly string[], green: readonly string[]) => {
  const shapes = ownSlotShapes("app");
  return { blue: { ...shapes.blue, pods: blue }, green: { ...shapes.green, pods: green } };
};

describe("the pods that policies select in a namespace of others", () => {
  it("are those of one workload in either slot, by the values that its labels have", () => {
    assert.deepStrictEqual(podSelectors(slotsOf(["app=shop,slot=blue"], ["app=shop,slot=green"])), {
      "-pods": {
        matchLabels: { app: "shop" },
        matchExpressions: [{ key: "slot", operator: "In", values: ["blue", "green"] }],
      },
    });
  });

  it("are those of one release where both slots have one", () => {
    assert.deepStrictEqual(podSelectors(slotsOf(["app=shop"], ["app=shop"])), {
      "-pods": { matchLabels: { app: "shop" } },
    });
  });

  it("have a selector for each workload", () => {
    const selected = podSelectors(slotsOf(["web=b", "worker=b"], ["web=g", "worker=g"]));
    assert.deepStrictEqual(
      Object.entries(selected).map(([ending, { matchExpressions = [] }]) => [
        ending,
        ...matchExpressions.map(({ key, values }) => `${key} in ${values?.join()}`),
      ]),
      [
        ["-pods", "web in b,g"],
        ["-pods-2", "worker in b,g"],
      ],
    );
  });

  it("have one for each slot where the slots' labels are not the same", () => {
    assert.deepStrictEqual(podSelectors(slotsOf(["blue=1"], ["green=1", "more=1"])), {
      "-pods": { matchLabels: { blue: "1" } },
      "-pods-2": { matchLabels: { green: "1" } },
      "-pods-3": { matchLabels: { more: "1" } },
    });
  });
});
