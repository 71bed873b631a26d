import assert from "node:assert";
import * as random from "@pulumi/random";
import { RandomProvider } from "../../twin/random/provider";
import { runProgram } from "../../mocks/program";
import { EngineStack } from "../support/engine";

describe("The random provider", function () {
  this.timeout(120_000);

  it("is one of the program's own, so that a stack may forbid default providers", async () => {
    const { program } = await runProgram("rehearsal");
    const made = program.registrations.filter(({ type }) => type.startsWith("random:"));
    assert.ok(made.length >= 5);
    const [own] = program.ofType("pulumi:providers:random");
    assert.ok(own);
    assert.deepStrictEqual(
      made
        .filter(({ options }) => !options.provider.startsWith(`${own.urn}::`))
        .map(({ name }) => name),
      [],
    );
  });

  it("takes over what the default provider has made, and makes nothing of it anew", async () => {
    const stack = await EngineStack.start([
      { name: "random", version: "4.21.2", create: () => new RandomProvider() },
    ]);
    const password = (provider?: random.Provider) => {
      const { result } = new random.RandomPassword("p", { length: 20 }, provider && { provider });
      return { result };
    };
    try {
      assert.deepStrictEqual(await stack.up(() => password()), ["create RandomPassword p"]);
      const before = await stack.outputs();
      assert.deepStrictEqual(await stack.up(() => password(new random.Provider("own"))), []);
      assert.deepStrictEqual(await stack.outputs(), before);
    } finally {
      await stack.stop();
    }
  });
});
