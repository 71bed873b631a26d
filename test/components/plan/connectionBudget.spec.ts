import assert from "node:assert";
import * as fc from "fast-check";
import {
  connectionLimit,
  connectionProblem,
  PROOF_CONNECTIONS,
  RESERVED_CONNECTIONS,
} from "../../../components/plan/connectionBudget";
import { says } from "../../support/says";

/** `max_connections` of Azure's servers: B1ms, B2s, D2ds and D4ds. */
const [B1MS, B2S, D2DS, D4DS] = [50, 429, 859, 1718] as const;

const demands = fc.record({
  replicas: fc.integer({ min: 1, max: 100 }),
  poolSize: fc.integer({ min: 1, max: 100 }),
});

/** Connections of a slot at its worst moment, said in another way: every pod counted by itself. */
function worstMoment(pods: number, poolSize: number): number {
  const serving = pods;
  const endingSinceUpdate = pods;
  const startedByWayBack = pods;
  const trial = 1;
  const all = serving + endingSinceUpdate + startedByWayBack + trial;
  const proofs = 2;
  return all * poolSize + all + proofs;
}

/** The smallest server whose half holds so many. */
const serverOf = (needed: number) => 2 * needed + PROOF_CONNECTIONS + RESERVED_CONNECTIONS;

describe("connectionLimit", () => {
  it("is half of what the server leaves, whatever the pods are", () => {
    assert.deepStrictEqual([B1MS, B2S, D2DS, D4DS].map(connectionLimit), [13, 202, 417, 847]);
  });

  it("leaves the rotator and people theirs when both slots have all of theirs", () => {
    fc.assert(
      fc.property(fc.integer({ min: B1MS, max: 5000 }), (server) => {
        const left = server - 2 * connectionLimit(server);
        assert.ok(left >= PROOF_CONNECTIONS + RESERVED_CONNECTIONS, `${left} of ${server}`);
      }),
    );
  });
});

describe("connectionProblem", () => {
  it("accepts exactly what fits while an update is taken back and its pods are still ending", () => {
    fc.assert(
      fc.property(demands, ({ replicas, poolSize }) => {
        const needed = worstMoment(replicas, poolSize);
        const server = serverOf(needed);
        const problem = (maxConnections: number) =>
          connectionProblem({ replicas, poolSize, maxConnections });
        assert.strictEqual(problem(server), undefined);
        assert.match(
          problem(server - 1) ?? "",
          new RegExp(`needs up to ${needed} connections .* is ${needed - 1}:`),
        );
      }),
    );
  });

  it("counts the most pods that an autoscaler may make, where there is one", () => {
    const maxConnections = serverOf(worstMoment(6, 5));
    const demand = { replicas: 3, poolSize: 5, maxConnections };
    assert.strictEqual(connectionProblem({ ...demand, maxReplicas: 6 }), undefined);
    assert.match(
      connectionProblem({ ...demand, maxReplicas: 7 }) ?? "",
      /3 x 7 pods.*lower rotation:maxReplicas or/,
    );
  });

  it("holds the defaults on every server but the smallest, which holds one pod with one connection", () => {
    const usual = { replicas: 3, poolSize: 5 };
    for (const maxConnections of [B2S, D2DS, D4DS]) {
      assert.strictEqual(connectionProblem({ ...usual, maxConnections }), undefined);
    }
    const smallest = { replicas: 1, poolSize: 1, maxConnections: B1MS };
    assert.strictEqual(connectionProblem(smallest), undefined);
    assert.ok(connectionProblem({ ...smallest, replicas: 2 }));
    assert.ok(connectionProblem({ ...smallest, poolSize: 2 }));
  });

  it("counts what all workloads of a slot open where that is said, spread over its pods", () => {
    const of = (connections: number, maxConnections: number) =>
      connectionProblem({ replicas: 4, poolSize: 5, connections, maxConnections });
    // 13 pods of 10 connections and a login each, and two of the proofs.
    const server = serverOf(13 * 11 + 2);
    assert.strictEqual(of(40, server), undefined);
    says(of(41, server) ?? "", "rotation:connections");
  });

  it("says where the number comes from and which keys help", () => {
    says(
      connectionProblem({ replicas: 3, poolSize: 5, maxConnections: B1MS })!,
      /up to 62 connections .*\b6 for each of 3 x 3 pods.*\b1 trial pod.*\b2 for proofs/,
      /half of the server's 50 is 13: lower rotation:replicas or rotation:poolSize\b/,
      "rotation:databaseSize",
    );
  });
});
