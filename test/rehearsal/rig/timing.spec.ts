import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { SHORTENED, TIMING } from "../../../rehearsal/rig/timing";

const ROOT = join(__dirname, "..", "..", "..");

function config(file: string): Record<string, unknown> {
  const { config: values } = parse(readFileSync(join(ROOT, file), "utf8")) as {
    config: Record<string, unknown>;
  };
  return values;
}

/** What the twin's grants take, which no pod waits for: the same whatever the timing. */
const GRANTS = "rotation:grantSeconds";

describe("production's timing", () => {
  it("takes back every number that the rehearsal's stack file has beside the project's", () => {
    const declared = config("Pulumi.yaml") as Record<string, { type?: string }>;
    const numbers = Object.keys(config("stacks/Pulumi.rehearsal.yaml")).filter(
      (key) => declared[key]?.type === "integer" && key !== GRANTS,
    );
    assert.deepStrictEqual(numbers.sort(), [...SHORTENED].sort());
  });

  it("has the gateway that its documentation has, and the short one a faster one", () => {
    const { short, production } = TIMING;
    assert.ok(typeof production.gatewaySeconds !== "number");
    assert.deepStrictEqual(production.gatewaySeconds.usual, [10, 40]);
    assert.ok(production.longestUpdate > 60 && short.longestUpdate < 10);
  });
});
