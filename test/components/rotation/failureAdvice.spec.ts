import assert from "node:assert";
import { transition } from "../../../components/plan";
import { adviceAfter } from "../../../components/rotation/failureAdvice";

const COMPLETED = { counter: 2, live: 2, retired: 1 };

describe("the advice after a failure", () => {
  it("names the command that finishes a move, and those that lead elsewhere", () => {
    const advice = adviceAfter(transition(COMPLETED, { counter: 3, live: 3, retired: 1 }));
    assert.match(advice, /^The run to counter 3, live 3, retired 1 did not complete/);
    assert.match(advice, /finish \(.*\): pulumi config set rotation:counter -- 3 && .*pulumi up/);
    assert.match(advice, /go back \(.*\): .*pulumi config set rotation:live -- 2 && .*pulumi up/);
    assert.doesNotMatch(advice, /withdraw/);
  });

  it("offers to withdraw what is staged", () => {
    const advice = adviceAfter(transition(COMPLETED, { counter: 3, live: 2, retired: 1 }));
    assert.match(advice, /withdraw \(.*\): pulumi config set rotation:counter -- 2 && .*pulumi up/);
  });

  it("has one command where no move is under way", () => {
    for (const completed of [COMPLETED, undefined]) {
      const advice = adviceAfter(transition(completed, COMPLETED));
      assert.strictEqual(advice.match(/pulumi up/g)?.length, 1);
      assert.match(advice, /the plan is still counter 2, live 2, retired 1\./);
    }
  });

  it("begins with the zone where a provider found no address for a name", () => {
    const run = transition(COMPLETED, { counter: 3, live: 3, retired: 1 });
    const errors = [
      "error connecting to PostgreSQL server psql-app.postgres.database.azure.com (scheme: postgres): " +
        "dial tcp: lookup psql-app.postgres.database.azure.com on 10.0.0.10:53: no such host",
    ];
    assert.match(
      adviceAfter(run, { type: "postgresql:index/role:Role", errors }),
      /^This machine's DNS knows no psql-app\.\S+: .* privatelink\.postgres\.\S+ .* some minutes .*\. The run to counter 3/,
    );
  });

  it("begins with `recover` where something is gone that was to be changed", () => {
    const run = transition(COMPLETED, { counter: 3, live: 3, retired: 1 });
    const errors = ['update of resource "urn:pulumi:..." failed: jobs.batch "proof-1" not found'];
    const type = "kubernetes:batch/v1:Job";
    assert.match(
      adviceAfter(run, { type, errors }),
      /^The state lists .* gone .* rotation recover --stack/,
    );
    const others = [
      { type, errors: ["the Job failed"] },
      { type: "azure-native:keyvault:Secret", errors },
    ];
    for (const failure of others) {
      assert.strictEqual(adviceAfter(run, failure), adviceAfter(run));
    }
  });
});
