import * as assert from "node:assert/strict";
import type { ProfileName } from "../../components/platform/profiles";
import { findings, RULES } from "../../policy/rules";
import { type Waiver, waiverOf, WAIVERS } from "../../policy/waivers";
import { registeredResources, STACKS } from "../support/stacks";

/**
 * Proves that what the program registers keeps the rules, at the first `up` of each stack. Says
 * nothing of what Azure makes of it.
 */
describe("What the program asks for", function () {
  this.timeout(30_000);

  it("keeps every rule that is not waived, in every stack", async () => {
    for (const [stack, profile] of STACKS) {
      const resources = await registeredResources(stack);
      const broken = findings(RULES, resources)
        .filter((finding) => waiverOf(finding, profile) === undefined)
        .map(({ id, resource, problem }) => `${id} ${resource.type} ${resource.name}: ${problem}`);
      assert.deepEqual(broken, [], stack);
    }
  });

  it("needs every waiver there is", async () => {
    const used = new Set<Waiver>();
    for (const [stack, profile] of STACKS) {
      for (const finding of findings(RULES, await registeredResources(stack))) {
        const waiver = waiverOf(finding, profile);
        if (waiver !== undefined) {
          used.add(waiver);
        }
      }
    }
    assert.deepEqual(
      WAIVERS.filter(({ examiner }) => examiner === undefined).filter(
        (waiver) => !used.has(waiver),
      ),
      [],
    );
  });

  it("has no waiver whose day is over, or that is for longer than a year and a bit", () => {
    const now = Date.now();
    const longest = 400 * 24 * 60 * 60 * 1000;
    for (const { id, resource, expires } of WAIVERS) {
      const end = Date.parse(`${expires}T23:59:59Z`);
      assert.ok(
        end >= now,
        `${id} ${resource} was waived until ${expires}: mend it, or decide again.`,
      );
      assert.ok(end <= now + longest, `${id} ${resource} is waived until ${expires}.`);
    }
  });

  it("waives rules that exist, each for a reason and by somebody", () => {
    const ids = RULES.flatMap(({ id, also = [] }) => [id, ...also]);
    for (const { id, examiner, reason, owner } of WAIVERS) {
      assert.ok(examiner !== undefined || ids.includes(id), id);
      assert.match(reason, /^[A-Z`].{20,}\.$/, id);
      assert.notEqual(owner, "", id);
    }
  });

  it("covers a finding by the waiver of its rule and resource only, and in its profile only", () => {
    const waiver: Waiver = {
      id: "A-2",
      resource: "vault",
      profile: "dev",
      reason: "",
      owner: "",
      expires: "",
    };
    const finding = (id: string, name: string) => ({
      id,
      also: ["A-2"],
      title: "",
      resource: { type: "token", name, props: {} },
      problem: "",
    });
    const covered = (id: string, name: string, profile: ProfileName) =>
      waiverOf(finding(id, name), profile, [waiver]) !== undefined;
    assert.deepEqual(
      [
        covered("A-1", "vault", "dev"),
        covered("A-1", "vault", "prod"),
        covered("A-1", "other", "dev"),
      ],
      [true, false, false],
    );
    assert.equal(waiverOf({ ...finding("B-1", "vault"), also: [] }, "dev", [waiver]), undefined);
  });
});
