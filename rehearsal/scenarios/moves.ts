import assert from "node:assert";
import { otherSlot, type Plan, slotOf } from "../../components";
import { stageHost } from "../rig/stackFile";
import type { Scenario } from "./stack/scenario";
import { previous, type ScenarioStack, touched } from "./stack/scenarioStack";

/** Slot that the next generation gets. */
function nextSlot({ counter }: Plan) {
  return slotOf(counter + 1);
}

const rotate: Scenario = {
  name: "rotate",
  line: "raise the counter: the new slot serves production, the old one stays warm",
  isAboutPods: true,
  async run(stack) {
    const plan = stack.rotated;
    assert.deepStrictEqual(touched(await stack.preview(plan)), [nextSlot(stack.plan)]);
    assert.deepStrictEqual(touched(await stack.up(plan)), [slotOf(plan.counter)]);
    await stack.assertInForce();
  },
};

const retire: Scenario = {
  name: "retire",
  line: "disable the previous credential for good, and prove that it is refused",
  isAboutPods: true,
  async run(stack) {
    await previous(stack);
    const { counter, live } = stack.plan;
    const plan = { counter, live, retired: counter - 1 };
    assert.deepStrictEqual(touched(await stack.up(plan)), [otherSlot(slotOf(live))]);
    await stack.assertInForce();
  },
};

const stage: Scenario = {
  name: "stage",
  line: "prepare a new generation, check it on its stage host, then promote it",
  isAboutPods: true,
  async run(stack) {
    const { counter, live, retired } = stack.plan;
    const slot = nextSlot(stack.plan);
    const staged = { counter: counter + 1, live, retired };
    assert.deepStrictEqual(touched(await stack.up(staged)), [slot]);
    await stack.assertInForce();
    assert.strictEqual((await stack.ask(stageHost(slot))).generation, counter + 1);
    await promote(stack);
  },
};

const rollBack: Scenario = {
  name: "roll-back",
  line: "roll back to the previous generation and forward again, without touching a slot",
  isAboutPods: true,
  async run(stack) {
    await previous(stack);
    const { counter, retired } = stack.plan;
    const back = { counter, live: counter - 1, retired };
    assert.deepStrictEqual(touched(await stack.up(back)), []);
    await stack.assertInForce();
    await promote(stack);
  },
};

const withdraw: Scenario = {
  name: "withdraw",
  line: "discard a staged generation: its credential can never log in again",
  isAboutPods: true,
  async run(stack) {
    const { counter, live, retired } = stack.plan;
    const slot = nextSlot(stack.plan);
    await stack.up({ counter: counter + 1, live, retired });
    const staged = await stack.rig.slotCredential(slot);
    assert.deepStrictEqual(touched(await stack.up({ counter, live, retired: counter - 1 })), [
      slot,
    ]);
    await stack.assertInForce();
    assert.notStrictEqual((await stack.rig.slotCredential(slot)).value, staged.value);
  },
};

const emergency: Scenario = {
  name: "emergency",
  line: "rotate and retire in one run; the leaked credential is disabled only after the switch",
  isAboutPods: true,
  async run(stack) {
    const { counter } = stack.plan;
    const plan = { counter: counter + 1, live: counter + 1, retired: counter };
    const operations = await stack.up(plan);
    assert.deepStrictEqual(touched(operations), ["blue", "green"]);
    assert.deepStrictEqual(stack.rig.serving.onServingSlot(operations), []);
    await stack.assertInForce();
  },
};

const settings: Scenario = {
  name: "settings",
  line: "change both slots' settings in a separate run, as an ordinary rolling update",
  isAboutPods: true,
  async run(stack) {
    await previous(stack);
    const { workspace } = stack.rig;
    const usual = await workspace.settings(["rotation:replicas", "rotation:proofAnswers"]);
    await workspace.set("rotation:replicas", 1);
    const { counter, live } = stack.plan;
    await stack.assertRefused(
      { counter, live, retired: counter - 1 },
      /would retire and change other settings .* at the same time/,
      /To change the settings first:\s+pulumi config set rotation:counter -- /,
      /To move first, revert what differs \(git log -p -- stacks charts\), then:\s+rotate /,
    );
    // A setting of the proofs, of which the one before promotion would end the live sessions.
    await workspace.set("rotation:proofAnswers", 10);
    const operations = await stack.up(stack.plan);
    assert.deepStrictEqual(touched(operations), ["blue", "green"]);
    assert.ok(!operations.some(({ urn }) => urn.includes("before-promotion")));
    await stack.assertInForce();
    for (const [key, value] of usual) {
      await workspace.set(key, value);
    }
    await stack.up(stack.plan);
    await stack.assertInForce();
  },
};

/** The newest generation, which is staged, takes over, without touching a slot. */
async function promote(stack: ScenarioStack): Promise<void> {
  const { counter, retired } = stack.plan;
  assert.deepStrictEqual(touched(await stack.up({ counter, live: counter, retired })), []);
  await stack.assertInForce();
}

export const moves: readonly Scenario[] = [
  rotate,
  retire,
  stage,
  rollBack,
  withdraw,
  emergency,
  settings,
];
