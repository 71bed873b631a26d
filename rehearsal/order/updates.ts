import assert from "node:assert";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import { rehearsalImage } from "../rig/images";
import { explain } from "../up/explain";
import type { ScenarioStack } from "../scenarios/stack/scenarioStack";
import { faulty, slotsInCluster } from "../scenarios/updates/updateStack";

const IMAGE = "rotation:appImage";

/** An update that succeeds, so that the state has the edges of one. */
export async function goodUpdate(stack: ScenarioStack): Promise<void> {
  await stack.rig.workspace.set(IMAGE, rehearsalImage("app:1.0.1"));
  await stack.up(stack.plan);
}

/**
 * Runs an update to an image that answers wrongly, and then looks whether any slot was touched.
 *
 * @returns what is not as promised, in a sentence; undefined when all is
 */
export async function badUpdate(
  stack: ScenarioStack,
  program: PulumiFn,
): Promise<string | undefined> {
  const { workspace } = stack.rig;
  const before = await slotsInCluster(stack);
  await workspace.set(IMAGE, faulty("wrong-answers"));
  try {
    await workspace.up({ program });
    return "The run succeeds although the image answers wrongly.";
  } catch (error) {
    assert.match(explain(error), /trial/);
  }
  try {
    assert.deepStrictEqual(await slotsInCluster(stack), before);
    return undefined;
  } catch {
    return "Serving pods were replaced with an image that was never proved.";
  }
}
