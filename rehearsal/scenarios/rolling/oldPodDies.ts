import assert from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import type { SlotName } from "../../../components";
import { refOf } from "../../../twin/kubernetes/api/store";
import { NAMES, PRODUCTION_HOST } from "../../rig/stackFile";
import type { Scenario } from "../stack/scenario";
import type { ScenarioStack } from "../stack/scenarioStack";
import { liveSlot } from "../updates/updateStack";
import { own, podsOf } from "./rollingStack";

const LOOK_MS = 200;
const WITHIN_MS = 120_000;

export const oldPodDies: Scenario = {
  name: "rolling-old-pod-dies",
  line: "a pod with the old credential is deleted in the middle of the rollout: another one with it serves",
  isAboutPods: true,
  // A rollout that gives the middle of it a minute.
  own: own({ "rotation:replicas": "3", "rotation:minReadySeconds": "20" }),
  async run(stack) {
    const { plan } = stack;
    const old = liveSlot(stack);
    const comeback = whenOneOf(stack, old, () => deleteOne(stack, old));
    await stack.up(stack.rotated);
    const { pod, answered } = await comeback;
    assert.ok(answered, `Nobody was answered by ${pod}.`);
    await stack.up({ ...stack.plan, retired: plan.counter });
    assert.deepStrictEqual(await podsOf(stack, old), []);
    await stack.assertInForce();
  },
};

/** Does something in the moment in which the first pod with the other credential is there. */
function whenOneOf<T>(
  { rig: { twin } }: ScenarioStack,
  old: SlotName,
  work: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = twin.onEntry(({ event, detail }) => {
      const slot = detail["slot"];
      if (event === "pod scheduled" && slot !== undefined && slot !== old) {
        end();
        work().then(resolve, reject);
      }
    });
  });
}

/** Deletes one pod; resolves with the one that takes its place, and whether that was seen to answer. */
async function deleteOne(
  stack: ScenarioStack,
  slot: SlotName,
): Promise<{ pod: string; answered: boolean }> {
  const before = await podsOf(stack, slot);
  const names = before.map(({ metadata }) => metadata.name);
  await stack.rig.twin.call("remove", refOf(before[0]!));
  const until = Date.now() + WITHIN_MS;
  let pod = "";
  while (Date.now() < until) {
    const now = await podsOf(stack, slot);
    pod = now.find(({ metadata: { name } }) => !names.includes(name))?.metadata.name ?? pod;
    const { status, body } = await stack.rig.ask(PRODUCTION_HOST);
    const answer = (status === 200 ? JSON.parse(body) : {}) as {
      pod?: string;
      sessionUser?: string;
    };
    if (answer.pod === pod && answer.sessionUser === NAMES.slot(slot).role) {
      return { pod, answered: true };
    }
    await pause(LOOK_MS);
  }
  return { pod, answered: false };
}
