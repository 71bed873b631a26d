import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import { RandomProvider } from "../../../twin/random/provider";
import { EngineStack, type Program } from "../../support/engine";

describe("random twin under the real engine", function () {
  this.timeout(120_000);

  let stack: EngineStack;

  before(async () => {
    const create = () => new RandomProvider();
    stack = await EngineStack.start([{ name: "random", version: "4.21.2", create }]);
  });

  after(() => stack.stop());

  afterEach(() => stack.destroy());

  function password(args: Partial<random.RandomPasswordArgs> = {}): Program {
    return () => {
      const made = new random.RandomPassword("password", { length: 40, special: false, ...args });
      return { result: made.result };
    };
  }

  it("makes a password of the wanted length and keeps it", async () => {
    assert.deepEqual(await stack.up(password()), ["create RandomPassword password"]);
    const { result } = await stack.outputs();
    assert.match(String(result), /^[A-Za-z0-9]{40}$/);
    assert.deepEqual(await stack.up(password()), []);
    assert.deepEqual(await stack.up(password(), { refresh: true }), []);
    assert.deepEqual(await stack.outputs(), { result });
  });

  it("makes another password when a keeper changes", async () => {
    await stack.up(password({ keepers: { generation: "1" } }));
    const before = await stack.outputs();
    assert.deepEqual(await stack.up(password({ keepers: { generation: "2" } })), [
      "create-replacement RandomPassword password",
      "replace RandomPassword password",
      "delete-replaced RandomPassword password",
    ]);
    assert.notEqual((await stack.outputs()).result, before.result);
  });

  it("never writes a password into the state in clear text", async () => {
    await stack.up(password());
    const { result } = await stack.outputs();
    assert.equal(typeof result, "string");
    assert.ok(!(await stack.state()).includes(result as string));
  });

  it("takes at least the wanted number of characters of each class", async () => {
    const length = 12;
    await stack.up(
      password({ length, special: true, overrideSpecial: "-", minSpecial: 5, minUpper: 4 }),
    );
    const result = String((await stack.outputs()).result);
    assert.equal(result.length, length);
    assert.ok((result.match(/-/g) ?? []).length >= 5, result);
    assert.ok((result.match(/[A-Z]/g) ?? []).length >= 4, result);
  });

  it("refuses a length of nothing and minimums that do not fit", async () => {
    await assert.rejects(stack.preview(password({ length: 0 })), /must be at least 1, got: 0/);
    await assert.rejects(
      stack.preview(password({ length: 3, minUpper: 4 })),
      /must be at least sum of min_upper/,
    );
  });

  it("leaves what depends on a new password unknown in a preview", async () => {
    await stack.up(password({ keepers: { generation: "1" } }));
    let known: boolean | undefined;
    const program: Program = () => {
      const made = new random.RandomPassword("password", {
        length: 40,
        special: false,
        keepers: { generation: "2" },
      });
      known = false;
      pulumi.output(made.result).apply(() => (known = true));
    };
    await stack.preview(program);
    assert.equal(known, false);
  });

  it("says which type it does not know", async () => {
    await assert.rejects(
      stack.preview(() => void new random.RandomPet("pet", {})),
      /does not know the type random:index\/randomPet:RandomPet/,
    );
  });
});
