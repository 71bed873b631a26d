import assert from "node:assert";
import { hasProgressed } from "../../../../twin/kubernetes/controllers/progress";
import { proportionalSizes } from "../../../../twin/kubernetes/controllers/proportions";

describe("rules of a rollout", () => {
  const before = { updated: 1, outdated: 2, ready: 2, available: 2 };

  for (const [what, change] of [
    ["a new pod", { updated: 2 }],
    ["an old pod less", { outdated: 1 }],
    ["a pod that is ready and not yet available", { ready: 3 }],
    ["a pod that is available", { available: 3 }],
    ["an old pod less although a new one is lost", { outdated: 1, updated: 0, ready: 0 }],
  ] as const) {
    it(`take ${what} for progress`, () => {
      assert.ok(hasProgressed(before, { ...before, ...change }));
    });
  }

  for (const [what, change] of [
    ["the same pods", {}],
    ["lost ones", { updated: 0, ready: 1, available: 1 }],
    ["more old ones", { outdated: 3 }],
  ] as const) {
    it(`take ${what} for none`, () => {
      assert.ok(!hasProgressed(before, { ...before, ...change }));
    });
  }

  const TO = (replicas: number, maxSurge: number) => ({ replicas, maxSurge });
  for (const [what, shares, to, sizes] of [
    // The example of Kubernetes' documents: 10 pods become 15 while 8 old ones and 5 new ones run.
    [
      "grow alike",
      [
        [5, 13],
        [8, 13],
      ],
      TO(15, 3),
      [7, 11],
    ],
    [
      "shrink alike",
      [
        [5, 13],
        [8, 13],
      ],
      TO(5, 1),
      [2, 4],
    ],
    [
      "give what rounding leaves to the largest",
      [
        [1, 4],
        [3, 4],
      ],
      TO(4, 1),
      [1, 4],
    ],
    [
      "grow the newer one of two that are equal",
      [
        [2, 4],
        [2, 4],
      ],
      TO(4, 1),
      [3, 2],
    ],
    [
      "shrink the older one of two that are equal",
      [
        [2, 4],
        [2, 4],
      ],
      TO(2, 1),
      [2, 1],
    ],
    [
      "end with nothing",
      [
        [2, 4],
        [2, 4],
      ],
      TO(0, 1),
      [0, 0],
    ],
    [
      "stay as they are when there is no room",
      [
        [3, 4],
        [2, 4],
      ],
      TO(4, 1),
      [3, 2],
    ],
  ] as const) {
    it(`let ReplicaSets in a rollout ${what}`, () => {
      const given = shares.map(([size, most]) => ({ size, most }));
      assert.deepStrictEqual(proportionalSizes(given, to), sizes);
    });
  }
});
