import assert from "node:assert";
import {
  nextSteps,
  type Member,
  type MemberState,
  type StatefulSetRules,
  type StatefulSetSteps,
} from "../../../../twin/kubernetes/controllers/statefulSetSteps";

/** Pods by ordinal: the revision, and how far it is where it is not available. */
type Pods = readonly (readonly [ordinal: number, revision: string, state?: MemberState])[];

const members = (pods: Pods): Member[] =>
  pods.map(([ordinal, revision, state = "available"]) => ({ ordinal, revision, state }));

interface Case {
  readonly title: string;
  readonly rules?: Partial<StatefulSetRules>;
  readonly pods: Pods;
  readonly steps: Partial<StatefulSetSteps>;
}

const cases: readonly Case[] = [
  { title: "begin with the first pod", pods: [], steps: { create: [0] } },
  {
    title: "make no second pod before the first is available",
    pods: [[0, "b", "unavailable"]],
    steps: {},
  },
  { title: "go on with the second pod then", pods: [[0, "b"]], steps: { create: [1] } },
  {
    title: "make all at once where they need not wait",
    rules: { ordered: false },
    pods: [[1, "b", "unavailable"]],
    steps: { create: [0, 2] },
  },
  {
    title: "delete a pod that has ended, so that it comes back",
    pods: [[0, "b", "over"]],
    steps: { remove: [0] },
  },
  {
    title: "replace the pod with the highest ordinal first",
    pods: [
      [0, "a"],
      [1, "a"],
      [2, "a"],
    ],
    steps: { remove: [2] },
  },
  {
    title: "replace no other one while it is missing",
    pods: [
      [0, "a"],
      [1, "a"],
      [2, "a", "ending"],
    ],
    steps: {},
  },
  {
    title: "make it again, and leave the others alone",
    pods: [
      [0, "a"],
      [1, "a"],
    ],
    steps: { create: [2] },
  },
  {
    title: "replace no other one before it is available",
    pods: [
      [0, "a"],
      [1, "a"],
      [2, "b", "unavailable"],
    ],
    steps: {},
  },
  {
    title: "go down to the first",
    pods: [
      [0, "a"],
      [1, "b"],
      [2, "b"],
    ],
    steps: { remove: [0] },
  },
  {
    title: "have nothing to do when all pods are of the newest revision",
    pods: [
      [0, "b"],
      [1, "b"],
      [2, "b"],
    ],
    steps: {},
  },
  {
    title: "leave a broken pod of another revision alone, on the way back too",
    pods: [
      [0, "b"],
      [1, "b"],
      [2, "a", "unavailable"],
    ],
    steps: {},
  },
  {
    title: "replace a broken pod of another revision where pods need not wait",
    rules: { ordered: false },
    pods: [
      [0, "b"],
      [1, "b"],
      [2, "a", "unavailable"],
    ],
    steps: { remove: [2] },
  },
  {
    title: "replace one at a time also where pods need not wait",
    rules: { ordered: false },
    pods: [
      [0, "a"],
      [1, "a"],
      [2, "b", "unavailable"],
    ],
    steps: {},
  },
  {
    title: "stop at the partition",
    rules: { partition: 2 },
    pods: [
      [0, "a"],
      [1, "a"],
      [2, "b"],
    ],
    steps: {},
  },
  {
    title: "replace nothing that nobody deletes where they are told so",
    rules: { partition: undefined },
    pods: [
      [0, "a"],
      [1, "a"],
      [2, "a"],
    ],
    steps: {},
  },
  {
    title: "take pods that are too many away before others are replaced, one after another",
    rules: { replicas: 1 },
    pods: [
      [0, "a"],
      [1, "a"],
      [2, "a"],
    ],
    steps: { remove: [2] },
  },
  {
    title: "wait until the last one is gone",
    rules: { replicas: 1 },
    pods: [
      [0, "b"],
      [1, "b"],
      [2, "b", "ending"],
    ],
    steps: {},
  },
  {
    title: "keep a pod that is too many while one below it is broken",
    rules: { replicas: 0 },
    pods: [
      [0, "b", "unavailable"],
      [1, "b", "unavailable"],
    ],
    steps: {},
  },
  {
    title: "take all away at once where they need not wait",
    rules: { replicas: 0, ordered: false },
    pods: [
      [0, "b"],
      [1, "b", "ending"],
      [2, "b", "unavailable"],
    ],
    steps: { remove: [2, 0] },
  },
];

describe("the next steps of a StatefulSet", () => {
  const three = { replicas: 3, ordered: true, update: "b", partition: 0 };

  for (const { title, rules, pods, steps } of cases) {
    it(title, () => {
      const expected = { create: [], remove: [], ...steps };
      assert.deepStrictEqual(nextSteps({ ...three, ...rules }, members(pods)), expected);
    });
  }
});
