import assert from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import type { Scenario } from "../stack/scenario";
import { ENDED_MS, liveSlot, own, update, wantedPods } from "./updateStack";

/** In 60a1714 the role's limit fell with them while the sessions of the pods that end still stood. */
export const fewerPods: Scenario = {
  name: "fewer-pods",
  line: "fewer pods, then a smaller pool, while the earlier pods still hold their connections",
  isAboutPods: true,
  own: own({ "rotation:replicas": "6" }),
  async run(stack) {
    await update(stack, { "rotation:replicas": "2" });
    await pause(ENDED_MS);
    assert.strictEqual(await wantedPods(stack, liveSlot(stack)), 2);
    await update(stack, { "rotation:poolSize": "2" });
    await pause(ENDED_MS);
    await stack.assertInForce();
  },
};
