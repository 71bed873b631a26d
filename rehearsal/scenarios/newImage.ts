import assert from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import type { Scenario } from "./stack/scenario";
import { requestsSince } from "./stack/scenarioStack";

const IMAGE = "rehearsal/eager";
/** After the `up` the gateway has two updates at most to do, and the last old pods end. */
const AFTER_MS = 90_000;

/**
 * A loss that is known: both slots take the image at once, without a proof, and while old pods end
 * their pools still count against the limit of their role. It has to be taken back as soon as the
 * program does better.
 */
export const newImage: Scenario = {
  name: "new-image",
  line: "LOSES TODAY: an image change is not proved before it serves, with a pool that opens at once",
  isAboutPods: true,
  own: { timing: "production", settings: { "rotation:appImage": `${IMAGE}:1.0.0` } },
  async run(stack) {
    const begin = stack.rig.load.mark();
    await stack.rig.workspace.set("rotation:appImage", `${IMAGE}:1.0.1`);
    await stack.up(stack.plan);
    await pause(AFTER_MS);
    const { failed } = await requestsSince(stack.rig, begin);
    stack.excuse(failed, "an image change is not proved before it serves");
    assert.ok(failed > 0, "An image change loses no request any more: say so in this scenario.");
    await stack.assertInForce();
  },
};
