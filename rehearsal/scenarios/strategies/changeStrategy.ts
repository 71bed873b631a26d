import assert from "node:assert";
import {
  namesOf,
  otherSlot,
  rotationPlan,
  type SlotName,
  type Strategy,
} from "../../../components";
import { APPLICATION, OF_TWO_SLOTS, stageHost } from "../../rig/stackFile";
import { assertOneServes, killAlong } from "../kill/kill";
import type { Wanted } from "../kill/killPoints";
import type { Scenario } from "../stack/scenario";
import type { ScenarioStack } from "../stack/scenarioStack";

const KEYS = ["rotation:strategy", "rotation:leaving", ...OF_TWO_SLOTS] as const;

type Key = (typeof KEYS)[number];

/** What the stack file says of hosts. */
type Hosts = ReadonlyMap<Key, string | undefined>;

/** Where the engine is killed in each run. */
const AROUND_SWITCH: readonly Wanted[] = [
  { moment: "before", urn: "::rotation-traffic" },
  { moment: "after", urn: "::rotation-traffic" },
];

export const changeStrategy: Scenario = {
  name: "change-strategy",
  line: "from two slots to one release and back, in two runs each, the engine killed in each of them",
  isAboutPods: true,
  own: { timing: "short", settings: { "rotation:drainSeconds": "120" } },
  async run(stack) {
    const hosts: Hosts = new Map(await stack.rig.workspace.settings(KEYS));
    await rotateAndRetire(stack);
    await refusedAtOnce(stack, hosts, { from: "blueGreen", to: "rolling" });
    await change(stack, hosts, { from: "blueGreen", to: "rolling" });
    await rotateAndRetire(stack);
    await refusedAtOnce(stack, hosts, { from: "rolling", to: "blueGreen" });
    await change(stack, hosts, { from: "rolling", to: "blueGreen" });
    await rotateAndRetire(stack);
  },
};

interface Change {
  readonly from: Strategy;
  readonly to: Strategy;
}

async function rotateAndRetire(stack: ScenarioStack): Promise<void> {
  await stack.up(stack.rotated);
  await stack.up({ ...stack.plan, retired: stack.plan.counter - 1 });
  await stack.assertInForce();
}

/** Production would lose its pods. */
async function refusedAtOnce(
  stack: ScenarioStack,
  hosts: Hosts,
  { from, to }: Change,
): Promise<void> {
  await configure(stack, hosts, to);
  await stack.assertRefused(stack.plan, /Two runs change it/);
  await configure(stack, hosts, from);
}

async function change(stack: ScenarioStack, hosts: Hosts, { from, to }: Change): Promise<void> {
  const { rig } = stack;
  const live = rotationPlan(stack.plan).liveSlot!.slot;
  const before = await rig.slotCredential(live);
  const entered = to === "rolling" ? "rotation-release" : `rotation-${live}-release`;
  await configure(stack, hosts, to, from);
  await killAlong(
    stack,
    stack.plan,
    [...AROUND_SWITCH, { moment: "during", urn: `::${entered}` }],
    { between: assertOneServes, atEnd: () => assertMarked(stack, otherSlot(live)) },
  );
  await configure(stack, hosts, to);
  await killAlong(stack, stack.plan, AROUND_SWITCH, {
    between: assertOneServes,
    atEnd: async () => {
      rig.serves(to);
      await stack.assertInForce();
    },
  });
  const { version } = await rig.slotCredential(live);
  assert.strictEqual(version, before.version, "The live slot has another credential.");
  await assertGone(stack, from);
}

/** While a strategy is left: the retired slot's stage host leads to the one release. */
async function assertMarked(stack: ScenarioStack, retired: SlotName): Promise<void> {
  const { status, generation } = await stack.ask(stageHost(retired));
  assert.deepStrictEqual({ status, generation }, { status: 200, generation: stack.plan.live });
}

async function assertGone(stack: ScenarioStack, left: Strategy): Promise<void> {
  const names = namesOf(APPLICATION);
  const releases =
    left === "blueGreen"
      ? [names.slot("blue").release, names.slot("green").release]
      : [names.release];
  for (const name of releases) {
    const found = await stack.rig.twin.call("get", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace: APPLICATION,
      name,
    });
    assert.strictEqual(found, undefined, `${name} is still there.`);
  }
}

/** @param leaving the strategy that is left */
async function configure(
  { rig: { workspace } }: ScenarioStack,
  hosts: Hosts,
  strategy: Strategy,
  leaving?: Strategy,
): Promise<void> {
  await workspace.set("rotation:strategy", strategy);
  await workspace.set("rotation:leaving", leaving);
  for (const key of OF_TWO_SLOTS) {
    const has = [strategy, leaving].includes("blueGreen");
    await workspace.set(key, has ? hosts.get(key) : undefined);
  }
}
