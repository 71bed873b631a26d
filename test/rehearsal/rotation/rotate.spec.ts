import assert from "node:assert";
import type { RehearsalResult, Served } from "../../../rehearsal/result/result";
import { meansIn, problemsOf } from "../../../rehearsal/rotation/rotate";
import { rehearsalResult } from "../../support/rehearsalResult";

/** The result of one rotation to green after which this served. */
function servedBy(served: Partial<Served>): RehearsalResult {
  const result = rehearsalResult();
  const rotations = result.rotations.map((rotation) => ({
    ...rotation,
    newCredential: { ...rotation.newCredential, ...served },
  }));
  return { ...result, rotations };
}

describe("what is not as promised", () => {
  it("is nothing when the new slot serves as its role, by its answers or by the gateway's word", () => {
    assert.deepStrictEqual(problemsOf(servedBy({})), []);
    assert.deepStrictEqual(problemsOf(servedBy({ by: "gateway" })), []);
  });

  it("is another slot than the one that was promoted", () => {
    assert.deepStrictEqual(problemsOf(servedBy({ slot: "blue" })), [
      "Rotation 0 -> 1: production is answered by blue.",
    ]);
    assert.deepStrictEqual(problemsOf(servedBy({ by: "gateway", slot: "" })), [
      "Rotation 0 -> 1: the gateway sends production to neither slot.",
    ]);
  });

  it("is another role than the new slot's, or another one besides", () => {
    assert.deepStrictEqual(problemsOf(servedBy({ sessionUser: "app_blue" })), [
      'Rotation 0 -> 1: production is answered as "app_blue".',
    ]);
    assert.deepStrictEqual(
      problemsOf(servedBy({ by: "gateway", sessionUser: "app_blue, app_green" })),
      ['Rotation 0 -> 1: requests to production were served as "app_blue, app_green".'],
    );
  });
});

describe("a platform that was there", () => {
  it("is named with every operation and every write that concerned it", () => {
    const changes = { operations: ["update urn:a"], writes: ["updated /subscriptions/s/x"] };
    assert.deepStrictEqual(problemsOf({ ...rehearsalResult(), existingPlatform: changes }), [
      "The application's stack changed the platform that was there: update urn:a.",
      "The application's stack changed the platform that was there: updated /subscriptions/s/x.",
    ]);
    const none = { operations: [], writes: [] };
    assert.deepStrictEqual(problemsOf({ ...rehearsalResult(), existingPlatform: none }), []);
  });
});

describe("by what the proofs knew who answered", () => {
  it("is what the last one after a switch says of itself", () => {
    const evidence = [
      { at: 1, proof: "after-promotion", by: "status", identity: "configuration" },
      { at: 2, proof: "after-promotion", by: "credential", host: "app.example.com" },
      { at: 3, proof: "refused", by: "nothing" },
    ];
    assert.deepStrictEqual(meansIn(evidence), { by: "credential" });
    const [weaker] = evidence;
    assert.deepStrictEqual(meansIn([weaker!]), { by: "status", identity: "configuration" });
    assert.deepStrictEqual(meansIn([]), {});
  });
});
