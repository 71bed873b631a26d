import assert from "node:assert";
import { otherSlot } from "../../../components";
import { APPLICATION, NAMES } from "../../rig/stackFile";
import { during } from "../faults/faultSupport";
import type { Scenario } from "../stack/scenario";
import { previous, type ScenarioStack } from "../stack/scenarioStack";
import { liveSlot, own, podsOf } from "./updateStack";

/** Seconds that `kubectl drain` waits: each pod ends with preStop before the next one is asked. */
const DRAIN_SECONDS = 900;

export const nodeDrain: Scenario = {
  name: "node-drain",
  line: "nodes are drained while the previous slot is broken, and once more during a rotation",
  isAboutPods: true,
  own: own(),
  async run(stack) {
    await previous(stack);
    const standby = otherSlot(liveSlot(stack));
    const broken = (await podsOf(stack, standby)).map(({ metadata }) => metadata.name);
    await during(
      stack,
      [{ kind: "pods never ready", pods: NAMES.slot(standby).release }],
      async () => {
        // A budget that counted pods which serve nobody would keep the drain waiting.
        const left = await drain(stack, NAMES.slot(standby).release);
        assert.deepStrictEqual(left.sort(), broken);
      },
    );
    const { counter } = stack.plan;
    await stack.up({ ...stack.plan, retired: counter - 1 });
    const [, left] = await Promise.all([
      stack.up(stack.rotated),
      drain(stack, NAMES.slot(liveSlot(stack)).release),
    ]);
    assert.strictEqual(left.length, 3);
    await stack.assertInForce();
  },
};

/** Empties the nodes of a release's pods; resolves with those that have left. */
function drain({ rig }: ScenarioStack, release: string): Promise<string[]> {
  const selector = `app.kubernetes.io/instance=${release}`;
  return rig.twin.call("drain", { namespace: APPLICATION, selector }, DRAIN_SECONDS);
}
