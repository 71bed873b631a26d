import assert from "node:assert";
import { forkUp, KillableUp } from "../../up/killableUp";
import { SmallDisk } from "../../up/smallDisk";
import { slotOf } from "../../../components";
import { PRODUCTION_HOST } from "../../rig/stackFile";
import type { Scenario } from "../stack/scenario";
import { restoreState } from "./stateCopies";
import type { ScenarioStack } from "../stack/scenarioStack";

/** A rotation by a runner whose clock is wrong, and one more by a runner whose clock is right. */
function skewed(name: string, minutes: number, words: string): Scenario {
  return {
    name,
    line: `the clock of the machine that runs \`pulumi up\` is ${words}; only dates are off by that`,
    async run(stack) {
      const plan = stack.rotated;
      const before = Date.now();
      await upWithClock(stack, plan, minutes * 60);
      const created = await createdAt(stack);
      const wrong = (created - before) / 60_000 - minutes;
      assert.ok(wrong >= 0 && wrong < 5, `Created ${new Date(created).toISOString()}.`);
      await stack.assertInForce();
      const next = plan.counter + 1;
      await stack.up({ counter: next, live: next, retired: plan.counter });
      await stack.assertInForce();
    },
  };
}

/** When the live credential was made, as the record says. */
async function createdAt({ rig }: ScenarioStack): Promise<number> {
  const { outputs } = await rig.workspace.up({ expectNoChanges: true });
  return Date.parse((outputs["live"] as { created: string }).created);
}

/** `pulumi up` whose program has a clock that is off by this many seconds. */
async function upWithClock(
  stack: ScenarioStack,
  plan: ScenarioStack["plan"],
  seconds: number,
): Promise<void> {
  const { workspace } = stack.rig;
  await stack.configure(plan);
  const child = forkUp({
    preload: require.resolve("../../up/shiftedClock"),
    variables: { CLOCK_SHIFT_SECONDS: String(seconds) },
  });
  const up = new KillableUp(child, (text) => workspace.printed(text));
  child.send(workspace.order);
  const { outcome, text } = await up.ended();
  assert.strictEqual(outcome, "completed", text);
  stack.completed(plan);
}

/** Room for the start of a run, not for all of it. */
const FREE_KILOBYTES = 400;

const diskFull: Scenario = {
  name: "disk-full",
  line: "the state's disk fills up during a run; an intact copy and the same plan finish",
  async run(stack) {
    const { counter } = stack.plan;
    const plan = stack.rotated;
    const slot = slotOf(plan.counter);
    const disk = await SmallDisk.under(stack.rig.workspace.stateDirectory, FREE_KILOBYTES);
    try {
      await stack.assertFails(plan, /no space left on device/);
      assert.strictEqual((await stack.ask(PRODUCTION_HOST)).generation, counter);
      await disk.grow();
      await restoreState(stack.rig.workspace.stateDirectory);
      await stack.up(plan);
    } finally {
      await disk.remove();
    }
    await stack.assertInForce();
    assert.strictEqual((await stack.ask(PRODUCTION_HOST)).sessionUser, `app_${slot}`);
  },
};

export const faultsRunner: readonly Scenario[] = [
  skewed("clock-ahead", 10, "10 minutes ahead"),
  skewed("clock-behind", -10, "10 minutes behind"),
  diskFull,
];
