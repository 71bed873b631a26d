import assert from "node:assert";
import { SCENARIOS } from "../../../rehearsal/scenarios";
import { rehearse } from "../../support/rehearse";

describe("the scenarios", function () {
  this.timeout(30_000);

  it("have names of their own, and a line each in --list", async () => {
    const names = SCENARIOS.map(({ name }) => name);
    assert.strictEqual(new Set(names).size, names.length);
    const { code, output } = await rehearse("--list");
    assert.strictEqual(code, 0);
    const lines = output.trim().split("\n");
    assert.deepStrictEqual(
      lines.map((line) => line.split(/ {2,}/)),
      SCENARIOS.map(({ name, line }) => [name, line]),
    );
  });

  it("are named when somebody asks for one that there is not", async () => {
    const { code, output } = await rehearse("--scenario", "rotate", "nonsense");
    assert.strictEqual(code, 2);
    assert.match(output, /There is no scenario nonsense\. There are: all, pods, rotate, retire, /);
  });
});
