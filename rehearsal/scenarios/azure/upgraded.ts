import assert from "node:assert";
import { slotOf } from "../../../components";
import type { Operation } from "../../up/workspace";
import { APPLICATION } from "../../rig/stackFile";
import type { Scenario } from "../stack/scenario";
import { previous, type ScenarioStack, touched } from "../stack/scenarioStack";

/** What the channels of the cluster's upgrades take it to: a patch, then the next minor version. */
const PATCH = "1.35.4";
const MINOR = "1.36.1";

/** Seconds that a node's drain may take: each pod ends in order before the next one is asked. */
const DRAIN_SECONDS = 1800;

/** Azure upgrades the cluster and its pools when it sees fit, past the program. */
export const upgraded: Scenario = {
  name: "upgraded",
  line: "Azure upgrades cluster and nodes between a preview and its `up`, and again while an `up` rotates",
  isAboutPods: true,
  async run(stack) {
    await previous(stack);
    const slot = slotOf(stack.rotated.counter);
    const reviewed = inWords(await stack.preview(stack.rotated));
    await upgrade(stack, PATCH);
    assert.deepStrictEqual(inWords(await stack.preview(stack.rotated)), reviewed);
    const operations = await stack.up(stack.rotated);
    assert.deepStrictEqual(touched(operations), [slot]);
    await stack.assertInForce();

    await stack.up({ ...stack.plan, retired: stack.plan.counter - 1 });
    const [during] = await Promise.all([stack.up(stack.rotated), upgrade(stack, MINOR)]);
    assert.deepStrictEqual(touched(during), [slotOf(stack.plan.counter)]);
    await stack.assertInForce();
    // A refresh takes the version over, and nothing comes of that either.
    await stack.rig.workspace.refresh();
    await stack.assertInForce();
  },
};

/** Changes the versions, and empties the nodes of all pods of the application, one after another. */
async function upgrade({ rig: { twin } }: ScenarioStack, version: string): Promise<void> {
  await twin.call("upgradeCluster", version);
  const left = await twin.call("drain", { namespace: APPLICATION, selector: "" }, DRAIN_SECONDS);
  assert.ok(left.length > 0, "No pod had to leave.");
}

function inWords(operations: readonly Operation[]): string[] {
  return operations.map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`).sort();
}
