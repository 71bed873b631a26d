import { otherSlot, slotOf } from "../../components";
import type { Scenario } from "./stack/scenario";

/** Somebody dropped the role of the slot that is idle. */
export const gone: Scenario = {
  name: "gone",
  line: "what is gone of the idle slot is named before the move, and the text's commands bring it back",
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
    await stack.configure(live);
    await stack.rig.workspace.up({ refresh: true });
    await stack.assertInForce();
    await stack.up(next);
    await stack.assertInForce();
  },
};
