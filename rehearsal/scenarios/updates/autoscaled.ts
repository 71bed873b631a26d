import assert from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import { otherSlot, type SlotName } from "../../../components";
import { APPLICATION, NAMES } from "../../rig/stackFile";
import { during } from "../faults/faultSupport";
import type { Scenario } from "../stack/scenario";
import type { ScenarioStack } from "../stack/scenarioStack";
import { ENDED_MS, image, isReady, liveSlot, own, podsOf, update, wantedPods } from "./updateStack";

const RECOMMENDED = 5;

export const autoscaled: Scenario = {
  name: "autoscaled",
  line:
    "an autoscaler wants 5 of 2 to 6 pods: the serving slot never has fewer, and a retired one " +
    "stays at 0",
  isAboutPods: true,
  own: own({ "rotation:minReplicas": "2", "rotation:maxReplicas": "6" }),
  async run(stack) {
    const { twin } = stack.rig;
    const autoscaler = { namespace: APPLICATION, name: NAMES.autoscaler };
    await twin.call("recommend", autoscaler, RECOMMENDED);
    const least = watchReady(stack);
    await during(stack, [{ kind: "autoscalers start from zero" }], async () => {
      const { counter, retired } = stack.plan;
      const next = counter + 1;
      await stack.up({ counter: next, live: next, retired });
      await update(stack, { "rotation:appImage": image("1.0.1") });
      // A pod that the autoscaler takes away is gone before a switch of three minutes lets the gateway
      // know of it: docs/limits.md.
      await pause(ENDED_MS);
      await stack.up({ counter: next, live: counter, retired });
      await stack.up({ counter: next, live: next, retired });
      await stack.up({ counter: next, live: next, retired: counter });
      const old = otherSlot(liveSlot(stack));
      assert.strictEqual(await wantedPods(stack, old), 0);
      assert.deepStrictEqual(await podsOf(stack, old), []);
      assert.ok((await wantedPods(stack, liveSlot(stack))) >= RECOMMENDED);
      await stack.assertInForce();
    });
    await least.end();
    assert.ok(least.ready >= RECOMMENDED, `The slot that serves had ${least.ready} ready pods.`);
  },
};

/** The fewest ready pods that the slot which serves ever had, seen at every change of a pod. */
function watchReady(stack: ScenarioStack): { ready: number; end: () => Promise<void> } {
  const pending: Promise<void>[] = [];
  const seen = {
    ready: Infinity,
    async end() {
      stop();
      await Promise.all(pending);
    },
  };
  const look = async () => {
    const slot = stack.rig.serving.at(Date.now());
    if (slot !== undefined) {
      seen.ready = Math.min(seen.ready, await readyPods(stack, slot as SlotName));
    }
  };
  const stop = stack.rig.twin.onEntry(({ event }) => {
    if (event === "pod terminating" || event === "pod not ready") {
      pending.push(look());
    }
  });
  return seen;
}

async function readyPods(stack: ScenarioStack, slot: SlotName): Promise<number> {
  return (await podsOf(stack, slot)).filter(isReady).length;
}
