import * as assert from "node:assert/strict";
import { type Finding, findings, RULES } from "../../policy/rules";
import { type Mutant, mutantsOf } from "./mutants";
import { registeredResources } from "../support/stacks";

/** Share of flipped settings that some rule has to find. */
const GOAL = 0.95;

/** Proves that the rules hold the settings of production, not that they hold them for good reasons. */
describe("The rules, when a setting of production is flipped", function () {
  this.timeout(60_000);

  it("find at least 95 in 100 of all flipped settings", async function () {
    const resources = await registeredResources("prod");
    const azure = resources.filter(({ type }) => type.startsWith("azure-native:"));
    const before = new Set(findings(RULES, azure).map(identity));
    const mutants = azure.flatMap(mutantsOf);
    const survivors = mutants.filter(
      ({ resource, mutated }) =>
        !findings(
          RULES,
          azure.map((each) => (each === resource ? mutated : each)),
        ).some((finding) => !before.has(identity(finding))),
    );
    const killed = 1 - survivors.length / mutants.length;
    const text = survivors.map(described).sort().join("\n");
    process.stdout.write(
      `      ${mutants.length} settings flipped, ${survivors.length} not found:\n${text}\n`,
    );
    assert.ok(mutants.length > 500, `only ${mutants.length} settings to flip`);
    assert.ok(killed >= GOAL, `${(killed * 100).toFixed(1)} in 100 are found`);
  });
});

function identity({ id, resource, problem }: Finding): string {
  return `${id} ${resource.type} ${resource.name} ${problem}`;
}

function described({ resource, path, from, to }: Mutant): string {
  return `      ${resource.type.slice("azure-native:".length)} ${resource.name} ${path}: ${JSON.stringify(from)} -> ${JSON.stringify(to) ?? "gone"}`;
}
