import * as assert from "node:assert/strict";
import { type Finding, findings, RULES, type Rule } from "../../policy/rules";
import { type Example, EXAMPLES } from "./examples";

/** Prefixes of ids, with the rule set that each belongs to. */
const SETS =
  /^(?:AZR-\d{6}|CKV_(?:AZURE|K8S)_\d+|AVD-AZU-\d{4}|APRL-[0-9a-f]{8}|CIS-AKS-\d\.\d\.\d+|ROT-[A-Z0-9]+(?:-[A-Z]+)?-\d+)$/;

/** Proves that each rule tells its own examples apart, not that it is all of what its source asks. */
describe("The table of rules", () => {
  it("lets the good example of every rule pass", () => {
    for (const rule of RULES) {
      assert.deepEqual(problems(rule, "good"), [], rule.id);
    }
  });

  it("finds the bad example of every rule, and says what is wrong with it", () => {
    for (const rule of RULES) {
      const found = problems(rule, "bad");
      assert.equal(found.length, rule.appliesTo.length, rule.id);
      for (const { problem } of found) {
        assert.match(problem, /\w.*\.$/, rule.id);
      }
    }
  });

  it("has examples for every rule, and for nothing else", () => {
    assert.deepEqual(Object.keys(EXAMPLES).sort(), RULES.map(({ id }) => id).sort());
  });

  it("has every id once, written as its rule set writes it", () => {
    const ids = RULES.flatMap(({ id, also = [] }) => [id, ...also]);
    assert.deepEqual(
      ids.filter((id) => !SETS.test(id)),
      [],
    );
    assert.deepEqual(
      ids.filter((id, index) => ids.indexOf(id) !== index),
      [],
    );
  });

  it("names the public document behind each rule of its own", () => {
    const without = RULES.filter(
      ({ id, reference }) => id.startsWith("ROT-") !== (reference !== undefined),
    );
    assert.deepEqual(
      without.map(({ id }) => id),
      [],
    );
  });
});

/** What a rule finds in one of its examples, for each kind of resource that it is about. */
function problems(rule: Rule, which: "good" | "bad"): Finding[] {
  const { props, others = [] }: Example = EXAMPLES[rule.id]![which];
  return rule.appliesTo.flatMap((type) => {
    const resource = { type, name: "example", props };
    return findings([rule], [resource, ...others]).filter((found) => found.resource === resource);
  });
}
