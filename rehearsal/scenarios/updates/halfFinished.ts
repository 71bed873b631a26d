import { setTimeout as pause } from "node:timers/promises";
import { otherSlot } from "../../../components";
import { refOf } from "../../../twin/kubernetes/api/store";
import { during } from "../faults/faultSupport";
import type { Scenario } from "../stack/scenario";
import { previous, type ScenarioStack } from "../stack/scenarioStack";
import {
  assertServes,
  configure,
  deployment,
  ENDED_MS,
  faulty,
  image,
  liveSlot,
  own,
  SHORT,
  update,
} from "./updateStack";

/** The live slot takes an image and the other one cannot: production is new, the record is not. */
async function halfUpdate(stack: ScenarioStack, version: string): Promise<void> {
  const standby = otherSlot(liveSlot(stack));
  await configure(stack, { "rotation:appImage": image(version) });
  await during(stack, [{ kind: "pods never ready", pods: `app-${standby}-` }], () =>
    stack.assertFails(stack.plan, new RegExp(`rotation-${standby}-release`)),
  );
  await assertServes(stack, version);
}

export const cannotFollow: Scenario = {
  name: "standby-cannot-follow",
  line: "an update that the other slot cannot follow ends with retire or withdraw, without going back",
  isAboutPods: true,
  own: own(SHORT),
  async run(stack) {
    await previous(stack);
    await halfUpdate(stack, "1.0.1");
    const { counter, live } = stack.plan;
    // With the settings before, production would have to go back to them first.
    await configure(stack, { "rotation:appImage": image("1.0.0") });
    await stack.assertRefused(
      { counter, live, retired: counter - 1 },
      /not every pod of \w+ is ready with the configured settings/,
      /Or retire with the settings of that `up` \(every pod of \w+ is ready with them\)/,
    );
    await configure(stack, { "rotation:appImage": image("1.0.1") });
    await stack.up({ counter, live, retired: counter - 1 });
    await stack.assertInForce();

    await stack.up({ counter: counter + 1, live, retired: counter - 1 });
    await halfUpdate(stack, "1.0.2");
    await stack.up({ counter, live, retired: counter - 1 });
    await pause(ENDED_MS);
    await stack.assertInForce();
  },
};

export const halfFinishedUpdate: Scenario = {
  name: "half-finished-update",
  line:
    "every move is refused, with the reason, after an update that stopped during the live slot's " +
    "rollout",
  isAboutPods: true,
  own: own(SHORT),
  async run(stack) {
    await previous(stack);
    await configure(stack, { "rotation:appImage": faulty("only-in-trial") });
    await stack.assertFails(stack.plan, /rotation-\w+-release/);
    const { counter, live, retired } = stack.plan;
    const next = counter + 1;
    const moves = {
      rotate: { counter: next, live: next, retired },
      stage: { counter: next, live, retired },
      "roll back": { counter, live: counter - 1, retired },
      retire: { counter, live, retired: counter - 1 },
      emergency: { counter: next, live: next, retired: counter },
    };
    for (const appImage of [faulty("only-in-trial"), image("1.0.0")]) {
      await configure(stack, { "rotation:appImage": appImage });
      for (const [move, plan] of Object.entries(moves)) {
        await stack.assertRefused(plan, new RegExp(move), /rotation:appImage/);
      }
    }
    await configure(stack, { "rotation:appImage": image("1.0.0") });
    await stack.up(stack.plan);
    await pause(ENDED_MS);
    await stack.up(moves.emergency);
    await stack.assertInForce();
  },
};

export const setByHand: Scenario = {
  name: "image-set-by-hand",
  line:
    "a pipeline sets the image outside the program: a move is refused and names it; then it is " +
    "adopted",
  isAboutPods: true,
  own: own(),
  async run(stack) {
    const live = liveSlot(stack);
    await setImage(stack, image("1.0.1"));
    await stack.assertRefused(
      stack.rotated,
      new RegExp(`app-${live} runs rehearsal/eager:1\\.0\\.1`),
      /pulumi config set rotation:appImage rehearsal\/eager:1\.0\.1/,
      /rotation:accept image/,
    );
    await update(stack, { "rotation:appImage": image("1.0.1") });
    await pause(ENDED_MS);
    await stack.up(stack.rotated);
    await assertServes(stack, "1.0.1");
    await stack.assertInForce();
  },
};

/** What `kubectl set image` does. */
async function setImage(stack: ScenarioStack, appImage: string): Promise<void> {
  const { twin } = stack.rig;
  const found = await deployment(stack, liveSlot(stack));
  const { template } = found.spec as { template: { spec: { containers: { image: string }[] } } };
  template.spec.containers[0]!.image = appImage;
  await twin.call("apply", found);
  await twin.call("rolledOut", refOf(found));
}
