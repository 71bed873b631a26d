import assert from "node:assert";
import * as fc from "fast-check";
import {
  type ConnectionDemand,
  connectionLimit,
  connectionProblem,
  PROOF_CONNECTIONS,
  RESERVED_CONNECTIONS,
} from "../../../components/plan/connectionBudget";

const demands = fc.record({
  replicas: fc.integer({ min: 1, max: 100 }),
  surge: fc.integer({ min: 0, max: 10 }),
  poolSize: fc.integer({ min: 1, max: 100 }),
});

type Demand = Omit<ConnectionDemand, "maxConnections">;

/** What the server must allow, said in another way: everything counted one by one. */
function worstMoment({ replicas, surge, poolSize }: Demand): number {
  const pods = replicas + surge;
  const slot = pods * poolSize + pods + PROOF_CONNECTIONS;
  return slot + slot + PROOF_CONNECTIONS + RESERVED_CONNECTIONS;
}

describe("connectionLimit", () => {
  it("leaves room for full pools, a probe's login in every pod and the proofs", () => {
    assert.strictEqual(
      connectionLimit({ replicas: 3, surge: 1, poolSize: 5 }),
      (3 + 1) * (5 + 1) + PROOF_CONNECTIONS,
    );
  });

  it("grows with every pod, every surge and every connection of a pool", () => {
    fc.assert(
      fc.property(demands, (demand) => {
        for (const key of ["replicas", "surge", "poolSize"] as const) {
          const more = { ...demand, [key]: demand[key] + 1 };
          assert.ok(connectionLimit(more) > connectionLimit(demand), key);
        }
      }),
    );
  });
});

describe("connectionProblem", () => {
  it("accepts exactly the demands that fit with both slots at full size", () => {
    fc.assert(
      fc.property(demands, (demand) => {
        const needed = worstMoment(demand);
        assert.strictEqual(connectionProblem({ ...demand, maxConnections: needed }), undefined);
        assert.match(
          connectionProblem({ ...demand, maxConnections: needed - 1 }) ?? "",
          new RegExp(`need ${needed} connections .* but the server allows ${needed - 1}:`),
        );
      }),
    );
  });

  it("says where the number comes from and which keys help", () => {
    assert.strictEqual(
      connectionProblem({ replicas: 3, surge: 1, poolSize: 5, maxConnections: 50 }),
      "Both slots together need 80 connections (2 x 28 for the slots, 4 for proofs, 20 in " +
        "reserve), but the server allows 50: lower rotation:replicas or rotation:poolSize, or " +
        "choose a larger rotation:databaseSize.",
    );
  });
});
