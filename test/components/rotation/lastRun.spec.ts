import assert from "node:assert";
import { lastRun } from "../../../components/rotation/lastRun";
import { MockProgram } from "../../../mocks/mocks";

const completed = {
  plan: { counter: 5, live: 5, retired: -1 },
  settings: "s",
  attempt: "attempt of 5",
};

describe("lastRun", () => {
  it("reads what this very stack exported", async () => {
    const outputs = { completed, live: { secretVersion: "v5" }, gatewayAddress: "192.0.2.1" };
    await MockProgram.start({
      stack: "prod",
      stackOutputs: {
        "organization/rotation/prod": { ...outputs, hosts: {} },
        "organization/rotation/dev": { completed: { ...completed, attempt: "another stack" } },
      },
    });
    assert.deepStrictEqual(await lastRun(), outputs);
  });

  it("has nothing of a stack that never completed", async () => {
    await MockProgram.start({ stackOutputs: {} });
    assert.deepStrictEqual(await lastRun(), {});
  });
});
