import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { reversed } from "../../../rehearsal/order/reversed";
import { MockProgram } from "../../../mocks/mocks";

class Group extends pulumi.ComponentResource {
  constructor(name: string, members: readonly string[], opts?: pulumi.ComponentResourceOptions) {
    super("test:index:Group", name, {}, opts);
    members.forEach((member) => stash(member, { parent: this }));
    this.registerOutputs();
  }
}

function stash(name: string, opts?: pulumi.CustomResourceOptions): pulumi.Resource {
  return new pulumi.Stash(name, { input: name }, opts);
}

const step = (name: string) => ({ name, resources: [`pulumi:Stash ${name}`] });

/** Stashes in the order in which the program registers them without the edge from first to then. */
async function order(program: () => unknown): Promise<string[]> {
  const mocks = await MockProgram.start();
  const changed = reversed(
    () => Promise.resolve(void program()),
    {
      first: step("first"),
      then: step("then"),
      cuts: new Map([["pulumi:Stash then", new Set(["pulumi:Stash first"])]]),
    },
    "blue",
  );
  await pulumi.runtime.runInPulumiStack(changed);
  await mocks.drained();
  return mocks.ofType("pulumi:index:Stash").map(({ name }) => name);
}

describe("the program with two steps reversed", () => {
  it("does the later step first", async () => {
    const program = () => stash("then", { dependsOn: stash("first") });
    assert.deepStrictEqual(await order(program), ["then", "first"]);
  });

  it("keeps what else the later step comes after", async () => {
    const program = () =>
      stash("then", { dependsOn: [stash("first"), stash("other", { dependsOn: stash("more") })] });
    assert.deepStrictEqual(await order(program), ["more", "other", "then", "first"]);
  });

  it("takes a component apart of which the later step came after a part", async () => {
    const program = () => {
      const inner = new Group("inner", ["first"]);
      const outer = new Group("outer", ["other"]);
      stash("then", { dependsOn: [inner, outer] });
    };
    assert.deepStrictEqual(await order(program), ["other", "then", "first"]);
  });

  it("takes apart components in a component", async () => {
    const program = () => {
      const outer = new Group("outer", ["other"]);
      new Group("inner", ["first"], { parent: outer });
      stash("then", { dependsOn: outer });
    };
    assert.deepStrictEqual(await order(program), ["other", "then", "first"]);
  });
});
