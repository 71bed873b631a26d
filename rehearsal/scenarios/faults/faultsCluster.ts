import assert from "node:assert";
import { slotOf } from "../../../components";
import { PRODUCTION_HOST } from "../../rig/stackFile";
import { during, FINISH } from "./faultSupport";
import type { Scenario } from "../stack/scenario";

/** Seconds that a rollout may take in this scenario, where one has to run out of time. */
const ROLLOUT_SECONDS = 30;

const neverReady: Scenario = {
  name: "pods-never-ready",
  line: "the new pods never become ready; production is untouched, and the same plan finishes",
  isAboutPods: true,
  async run(stack) {
    const { counter } = stack.plan;
    const plan = stack.rotated;
    const slot = slotOf(plan.counter);
    await stack.rig.workspace.set("rotation:rolloutSeconds", ROLLOUT_SECONDS);
    await stack.up(stack.plan);
    await during(stack, [{ kind: "pods never ready", pods: `app-${slot}-` }], async () => {
      await stack.assertFails(
        plan,
        new RegExp(`rotation-${slot}-release[\\s\\S]*(timed out|not ready|deadline)`),
        FINISH,
      );
      assert.strictEqual((await stack.ask(PRODUCTION_HOST)).generation, counter);
    });
    await stack.up(plan);
    await stack.rig.workspace.set("rotation:rolloutSeconds", undefined);
    await stack.up(stack.plan);
    await stack.assertInForce();
  },
};

export const faultsCluster: readonly Scenario[] = [neverReady];
