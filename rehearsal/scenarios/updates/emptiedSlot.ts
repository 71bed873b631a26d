import assert from "node:assert";
import { otherSlot } from "../../../components";
import { PRODUCTION_HOST } from "../../rig/stackFile";
import { ROLLOUT_SECONDS } from "../faults/faultsCluster";
import { during } from "../faults/faultSupport";
import type { Scenario } from "../stack/scenario";
import { liveSlot, podsOf, update } from "./updateStack";

/** A withdraw needs its live slot whole; without this rule it begins and then nothing ends it. */
export const emptiedSlot: Scenario = {
  name: "emptied-slot",
  line:
    "an emergency removed the old slot's pods and it cannot start new ones: withdraw is refused, " +
    "the emergency completes",
  isAboutPods: true,
  async run(stack) {
    const { rig } = stack;
    const { counter, retired } = stack.plan;
    await update(stack, { "rotation:rolloutSeconds": ROLLOUT_SECONDS });
    const old = liveSlot(stack);
    const next = counter + 1;
    const emergency = { counter: next, live: next, retired: counter };
    const role = `::rotation-${old}-role`;
    await rig.twin.call("interrupt", { kind: "fail", when: "before", urn: role, nth: 0 });
    await stack.configure(emergency);
    await assert.rejects(() => rig.workspace.up(), /The operation was made to fail/);
    stack.note(emergency, "failed", `Stopped before ${role}.`);
    await rig.twin.call("release");
    assert.deepStrictEqual(await podsOf(stack, old), []);

    await during(stack, [{ kind: "pods never ready", pods: `app-${old}-` }], async () => {
      await stack.assertFails(
        { counter: next, live: counter, retired },
        new RegExp(`rotation-${old}-release`),
      );
      await stack.assertRefused(
        { counter, live: counter, retired: counter - 1 },
        new RegExp(`app-${old}`),
        /withdraw/i,
      );
      await stack.up(emergency);
    });
    assert.strictEqual((await stack.ask(PRODUCTION_HOST)).generation, next);
    assert.deepStrictEqual(await podsOf(stack, otherSlot(liveSlot(stack))), []);
    await update(stack, { "rotation:rolloutSeconds": undefined });
    await stack.assertInForce();
  },
};
