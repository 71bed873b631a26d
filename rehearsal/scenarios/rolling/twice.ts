import assert from "node:assert";
import { otherSlot } from "../../../components";
import type { Scenario } from "../stack/scenario";
import { liveSlot } from "../updates/updateStack";
import { own, podsOf, refusedLogins } from "./rollingStack";

/** Seconds: the first rotation is over before its old pods have gone. */
const PRE_STOP = "90";
/** So that the second rotation may wait for them. */
const DRAIN = "180";

export const twice: Scenario = {
  name: "rolling-twice",
  line: "rotate twice quickly without retiring: the first credential's pods are waited for, not cut off",
  isAboutPods: true,
  own: own({ "rotation:preStopSeconds": PRE_STOP, "rotation:drainSeconds": DRAIN }),
  async run(stack) {
    const first = liveSlot(stack);
    await stack.up(stack.rotated);
    assert.notDeepStrictEqual(await podsOf(stack, first), [], "Nobody was left to wait for.");
    await stack.up(stack.rotated);
    const gate = stack.rig.evidence.findLast(({ proof }) => proof === "free");
    assert.deepStrictEqual(
      { free: gate?.["free"], role: gate?.["role"] },
      { free: true, role: `app_${first}` },
    );
    assert.strictEqual(liveSlot(stack), first);
    assert.deepStrictEqual(await refusedLogins(stack), []);
    const { counter } = stack.plan;
    await stack.up({ ...stack.plan, retired: counter - 1 });
    assert.deepStrictEqual(await podsOf(stack, otherSlot(first)), []);
    await stack.assertInForce();
  },
};
