import * as assert from "node:assert/strict";
import { type Finding, findings, type Resource, RULES } from "../../policy/rules";
import { type Asked, asked, differences, listOf, reviewed } from "../infra/list";
import { type Mutant, mutantsOf } from "./mutants";

/** Share of flipped settings that a rule or the list of inputs has to find. */
const GOAL = 1;

/** Share that the rules have to find alone: whoever uses the policy pack has nothing else. */
const GOAL_OF_RULES = 0.36;

/** Proves that settings of production are held, not that they are held for good reasons. */
describe("A setting of production that is flipped", function () {
  this.timeout(60_000);
  const list = reviewed("prod");
  let program: Asked;
  let resources: readonly Resource[];
  let known: ReadonlySet<string>;

  before(async () => {
    program = await asked("prod");
    resources = program.resources.map(({ type, name, inputs }) => ({ type, name, props: inputs }));
    known = new Set(findings(RULES, resources).map(identity));
  });

  it("is found by a rule or in the list of inputs, whatever it is a setting of", () => {
    const mutants = resources.flatMap(mutantsOf);
    assertShare(mutants, (mutant) => isFoundInList(mutant) || isFoundByRule(mutant), GOAL);
  });

  it("is found by a rule alone at least 36 in 100 times, where it is one of Azure", () => {
    const azure = resources.filter(({ type }) => type.startsWith("azure-native:"));
    assertShare(azure.flatMap(mutantsOf), isFoundByRule, GOAL_OF_RULES);
  });

  function isFoundByRule({ resource, mutated }: Mutant): boolean {
    return findings(
      RULES,
      resources.map((each) => (each === resource ? mutated : each)),
    ).some((finding) => !known.has(identity(finding)));
  }

  function isFoundInList({ mutated: { type, name, props } }: Mutant): boolean {
    const changed = program.resources
      .filter((each) => each.type === type && each.name === name)
      .map((each) => ({ ...each, inputs: props }));
    const expected = { [type]: { [name]: list[type]?.[name] } };
    return differences(expected, listOf({ ...program, resources: changed })).length > 0;
  }
});

function assertShare(
  mutants: readonly Mutant[],
  isFound: (mutant: Mutant) => boolean,
  goal: number,
): void {
  assert.ok(mutants.length > 500, `only ${mutants.length} settings to flip`);
  const missed = mutants.filter((mutant) => !isFound(mutant));
  const found = 1 - missed.length / mutants.length;
  const share = `${mutants.length} settings flipped, ${(found * 100).toFixed(1)} in 100 found`;
  process.stdout.write(`      ${share}\n`);
  assert.ok(found >= goal, `${share}, not:\n${missed.map(described).sort().join("\n")}`);
}

function identity({ id, resource, problem }: Finding): string {
  return `${id} ${resource.type} ${resource.name} ${problem}`;
}

function described({ resource, path, from, to }: Mutant): string {
  return `      ${resource.type} ${resource.name} ${path}: ${JSON.stringify(from)} -> ${JSON.stringify(to) ?? "gone"}`;
}
