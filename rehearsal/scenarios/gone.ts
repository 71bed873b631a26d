import assert from "node:assert";
import { otherSlot, type Plan, slotOf } from "../../components";
import type { Scenario } from "./stack/scenario";
import type { ScenarioStack } from "./stack/scenarioStack";

/** Somebody dropped the role of the slot that is idle, and deleted its Service. */
export const gone: Scenario = {
  name: "gone",
  line:
    "whatever is missing from the idle slot is named before a move, and the text's commands " +
    "restore it",
  async run(stack) {
    const { counter } = stack.plan;
    const live = { counter: counter + 1, live: counter + 1, retired: counter };
    await stack.up(live);
    const role = `app_${otherSlot(slotOf(live.live))}`;
    await stack.sql(`DROP ROLE ${role}`);
    const next = { counter: counter + 2, live: counter + 2, retired: counter };
    await stack.assertRefused(
      next,
      new RegExp(`There is no role ${role}\\. Expected: one for each slot`),
      new RegExp(`pulumi refresh && pulumi config set rotation:counter -- ${live.counter} && `),
    );
    await serviceGone(stack, next, `app-${otherSlot(slotOf(live.live))}`);
    await stack.configure(live);
    await stack.rig.workspace.up({ refresh: true });
    await stack.assertInForce();
    await stack.up(next);
    await stack.assertInForce();
  },
};

/** What helm has on record is made again as the text says. */
async function serviceGone(stack: ScenarioStack, next: Plan, name: string): Promise<void> {
  const { twin } = stack.rig;
  const service = { apiVersion: "v1", kind: "Service", namespace: "app", name };
  const recorded = await twin.call("get", service);
  assert.ok(recorded);
  await twin.call("remove", service);
  await stack.assertRefused(
    next,
    new RegExp(`There is no Service ${name}\\. Expected: one for each slot`),
    new RegExp(`helm --namespace app get manifest ${name} \\| kubectl --namespace app apply`),
  );
  const { labels } = recorded.metadata;
  await twin.call("apply", {
    ...recorded,
    metadata: { name, namespace: "app", ...(labels && { labels }) },
  });
}
