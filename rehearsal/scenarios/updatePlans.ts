import assert from "node:assert";
import { join } from "node:path";
import { type Plan } from "../../components";
import { SHORTEST_CREDENTIAL } from "../leaks/search";
import { explain } from "../up/explain";
import type { Scenario } from "./stack/scenario";
import type { ScenarioStack } from "./stack/scenarioStack";

/** Reviewed previews that an `up` has to keep to. */
export const updatePlans: Scenario = {
  name: "update-plans",
  line:
    "`up --plan` does what its preview said at the first try, and prints no password where it " +
    "deviates",
  async run(stack) {
    const { counter, retired } = stack.plan;
    const file = join(stack.rig.workspace.stateDirectory, "plan.json");
    const moves: Plan[] = [
      { counter: counter + 1, live: counter + 1, retired },
      { counter: counter + 1, live: counter + 1, retired: counter },
      { counter: counter + 2, live: counter + 2, retired: counter + 1 },
    ];
    for (const plan of moves) {
      await stack.configure(plan);
      await stack.rig.workspace.preview({ plan: file });
      await keepsTo(stack, file);
      stack.completed(plan);
    }
    await stack.assertInForce();

    await stack.configure({ counter: counter + 3, live: counter + 3, retired: counter + 1 });
    await stack.rig.workspace.preview({ plan: file });
    await stack.rig.workspace.set("rotation:validityDays", VALIDITY_DAYS);
    const text = await failure(() => stack.rig.workspace.up({ plan: file }));
    assert.match(
      text,
      /This `up` would rotate and change other settings \(rotation:validityDays\)/,
    );
    await assertNoClearText(stack, text);
    await stack.rig.workspace.set("rotation:validityDays", undefined);
    await stack.assertInForce();
  },
};

/** Other than the default, and no other difference between the preview and its `up`. */
const VALIDITY_DAYS = 60;

async function keepsTo(stack: ScenarioStack, plan: string): Promise<void> {
  const text = await failure(() => stack.rig.workspace.up({ plan }));
  await assertNoClearText(stack, text);
  assert.strictEqual(text, "");
}

/** What the engine printed of a run that failed; empty when it did not. */
async function failure(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
    return "";
  } catch (error) {
    return explain(error);
  }
}

async function assertNoClearText({ rig }: ScenarioStack, text: string): Promise<void> {
  const credentials = await rig.twin.call("credentials");
  const printed = credentials.filter(
    ({ value }) => value.length >= SHORTEST_CREDENTIAL && text.includes(value),
  );
  assert.deepStrictEqual(
    printed.map(({ secretName, version }) => `${secretName} ${version}`),
    [],
    "credentials that the engine printed",
  );
}
