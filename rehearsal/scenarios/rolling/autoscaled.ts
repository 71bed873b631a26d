import assert from "node:assert";
import { SLOTS } from "../../../components";
import { NAMES, NAMESPACE } from "../../rig/stackFile";
import type { Scenario } from "../stack/scenario";
import type { ScenarioStack } from "../stack/scenarioStack";
import { isReady } from "../updates/updateStack";
import { own, podsOf } from "./rollingStack";

const RECOMMENDED = 5;

export const autoscaled: Scenario = {
  name: "rolling-autoscaled",
  line: "an autoscaler wants 5 of 2 to 6 pods: a rotation and its retirement never have fewer",
  isAboutPods: true,
  own: own({ "rotation:minReplicas": "2", "rotation:maxReplicas": "6" }),
  async run(stack) {
    const { twin } = stack.rig;
    await twin.call("recommend", { namespace: NAMESPACE, name: NAMES.autoscaler }, RECOMMENDED);
    const least = watchReady(stack);
    await stack.up(stack.rotated);
    await stack.up({ ...stack.plan, retired: stack.plan.counter - 1 });
    await stack.assertInForce();
    await least.end();
    assert.ok(least.ready >= RECOMMENDED, `The release had ${least.ready} ready pods.`);
  },
};

/** The fewest ready pods of both credentials together, seen at every change of a pod. */
function watchReady(stack: ScenarioStack): { ready: number; end: () => Promise<void> } {
  const pending: Promise<void>[] = [];
  const look = async () => {
    const pods = await Promise.all(SLOTS.map((slot) => podsOf(stack, slot)));
    seen.ready = Math.min(seen.ready, pods.flat().filter(isReady).length);
  };
  const stop = stack.rig.twin.onEntry(({ event }) => {
    if (event === "pod terminating" || event === "pod not ready") {
      pending.push(look());
    }
  });
  const seen = {
    ready: Infinity,
    async end() {
      stop();
      await Promise.all(pending);
    },
  };
  return seen;
}
