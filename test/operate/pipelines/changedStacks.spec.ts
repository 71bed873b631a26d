import assert from "node:assert";
import { changedStacks, deployedStacks } from "../../../operate/pipelines/changedStacks";

describe("the stacks that pipelines deploy", () => {
  it("are those of every name that Pulumi allows", () => {
    const names = ["dev", "prod.eu", "Prod_2", "a-b", "v1.2.3", "yaml", "x".repeat(100)];
    const files = names.map((name) => `Pulumi.${name}.yaml`);
    assert.deepStrictEqual(deployedStacks(files), [...names].sort());
  });

  it("are none of other files, and not the one of the rehearsal", () => {
    const files = ["Pulumi.yaml", "Pulumi.dev.yaml.orig", ".Pulumi.dev.yaml", "Pulumi.dev eu.yaml"];
    assert.deepStrictEqual(deployedStacks([...files, "Pulumi.rehearsal.yaml"]), []);
  });

  it("differ where their own file does, and only there", () => {
    const changed = ["stacks/Pulumi.prod.eu.yaml"];
    assert.deepStrictEqual(changedStacks(["prod", "prod.eu"], changed), ["prod.eu"]);
  });

  for (const path of ["infra/index.ts", "operate/state/foreign.ts", "package-lock.json"]) {
    it(`all differ where ${path} does`, () => {
      assert.deepStrictEqual(changedStacks(["dev", "prod"], [path]), ["dev", "prod"]);
    });
  }

  it("do not differ where only documents do", () => {
    assert.deepStrictEqual(changedStacks(["dev", "prod"], ["docs/moves.md"]), []);
  });
});
