import assert from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import type { Scenario } from "../stack/scenario";
import { type ScenarioStack } from "../stack/scenarioStack";
import {
  assertServes,
  configure,
  ENDED_MS,
  faulty,
  image,
  images,
  liveSlot,
  MISSING,
  onReleases,
  own,
  SHORT,
  slotsInCluster,
  update,
} from "./updateStack";

/** Too few for a proof that waits for the gateway, which none of an update does. */
const QUICK = { "rotation:proofSeconds": 45 };

export const failedTrials: Scenario = {
  name: "failed-trials",
  line: "images that are never ready, missing, wrong or cannot log in: no slot is touched",
  isAboutPods: true,
  own: own(SHORT),
  async run(stack) {
    const before = await slotsInCluster(stack);
    const bad = [faulty("never-ready"), faulty("wrong-answers"), faulty("no-login"), MISSING];
    for (const appImage of bad) {
      await configure(stack, { "rotation:appImage": appImage, ...QUICK });
      await stack.assertFails(
        stack.plan,
        /The trial failed, so neither slot was touched: production still runs rehearsal\/eager:1\.0\.0/,
        /kubectl --namespace app logs job\/app-trial-[0-9a-f]{8} --all-containers/,
      );
      assert.deepStrictEqual(await slotsInCluster(stack), before, appImage);
    }
    const back = await update(stack, {
      "rotation:appImage": image("1.0.0"),
      "rotation:proofSeconds": undefined,
    });
    assert.deepStrictEqual(onReleases(back), []);
    assert.deepStrictEqual(await slotsInCluster(stack), before);
    await stack.assertInForce();
  },
};

export const failsInRollout: Scenario = {
  name: "fails-in-rollout",
  line: "correct in the trial but never ready in the rollout: the old pods keep serving; then back",
  isAboutPods: true,
  own: own(SHORT),
  async run(stack) {
    await configure(stack, { "rotation:appImage": faulty("only-in-trial") });
    await stack.assertFails(stack.plan, /rotation-\w+-release/);
    assert.strictEqual(await serving(stack, "1.0.0"), 3);
    await update(stack, { "rotation:appImage": image("1.0.0") });
    await pause(ENDED_MS);
    await stack.assertInForce();
  },
};

export const oldImageGone: Scenario = {
  name: "old-image-gone",
  line: "the old image is gone from the registry during a rollout: a third image completes",
  isAboutPods: true,
  own: own(SHORT),
  async run(stack) {
    await configure(stack, { "rotation:appImage": faulty("only-in-trial") });
    await stack.assertFails(stack.plan, /rotation-\w+-release/);
    await update(stack, { "rotation:appImage": image("1.0.2") });
    await assertServes(stack, "1.0.2");
    await pause(ENDED_MS);
    await stack.assertInForce();
  },
};

/** How many pods of the live slot are of a version. */
async function serving(stack: ScenarioStack, version: string): Promise<number> {
  const all = await images(stack, liveSlot(stack));
  return all.filter((each) => each === image(version)).length;
}
