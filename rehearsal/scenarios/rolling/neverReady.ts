import assert from "node:assert";
import { otherSlot, type Plan } from "../../../components";
import { NAMES } from "../../rig/stackFile";
import { during, FINISH } from "../faults/faultSupport";
import type { Scenario } from "../stack/scenario";
import type { ScenarioStack } from "../stack/scenarioStack";
import { isReady, liveSlot } from "../updates/updateStack";
import { own, podsOf, ROLLOUT_SECONDS } from "./rollingStack";

export const neverReady: Scenario = {
  name: "rolling-never-ready",
  line:
    "pods with the new credential never become ready: as many old ones serve; going back and a " +
    "withdraw work meanwhile, and finishing when the cause is gone",
  isAboutPods: true,
  own: own({ "rotation:rolloutSeconds": ROLLOUT_SECONDS }),
  async run(stack) {
    const { counter, live, retired } = stack.plan;
    await whileNeverReady(stack, async () => {
      await stack.up({ counter: counter + 1, live, retired });
      await stack.up({ counter, live, retired: counter - 1 });
    });
    await stack.assertInForce();

    const plan = await whileNeverReady(stack, () => Promise.resolve());
    await stack.up(plan);
    await stack.assertInForce();
  },
};

/** Rotates in vain; what leads on while the cause is there has to work then. */
async function whileNeverReady(
  stack: ScenarioStack,
  leadOn: () => Promise<unknown>,
): Promise<Plan> {
  const plan = stack.rotated;
  const old = liveSlot(stack);
  const standing = await readyPods(stack);
  const labels = { "rotation/slot": otherSlot(old) };
  await during(
    stack,
    [{ kind: "pods never ready", pods: `${NAMES.release}-`, labels }],
    async () => {
      await stack.assertFails(
        plan,
        /rotation-release[\s\S]*(timed out|not ready|deadline)/,
        FINISH,
      );
      assert.deepStrictEqual(await readyPods(stack), standing);
      await leadOn();
      assert.deepStrictEqual(await readyPods(stack), standing);
    },
  );
  return plan;
}

/** Names of the pods that serve with the live credential. */
async function readyPods(stack: ScenarioStack): Promise<string[]> {
  const pods = await podsOf(stack, liveSlot(stack));
  return pods.filter(isReady).map(({ metadata }) => metadata.name);
}
