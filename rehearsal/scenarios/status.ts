import assert from "node:assert";
import { rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { commandsFor, type Connections, type Plan, rotationPlan, slotOf } from "../../components";
import { askStatus } from "./stack/askStatus";
import { kubeconfigIn, projectOf } from "./stack/project";
import type { Scenario } from "./stack/scenario";
import { type ScenarioStack, previous } from "./stack/scenarioStack";

export const status: Scenario = {
  name: "status",
  line: "`npm run status` agrees after every kind of plan, names a half-finished run, and needs no state",
  async run(stack) {
    await previous(stack);
    const { counter: R, retired: T } = stack.plan;
    await agrees(stack);
    await stack.up({ counter: R, live: R - 1, retired: T });
    await agrees(stack);
    await stack.up({ counter: R, live: R, retired: T });
    await stack.up({ counter: R, live: R, retired: R - 1 });
    await agrees(stack);
    await halfFinished(stack);
    await withoutState(stack);
    await stack.assertInForce();
  },
};

/** Asserts that nothing disagrees, and that the plan and its moves are those of the records. */
async function agrees(stack: ScenarioStack): Promise<void> {
  const { code, said } = await askStatus(stack);
  const { plan } = stack;
  assert.deepStrictEqual(said.facts.unseen, []);
  assert.deepStrictEqual(said.disagreements, []);
  assert.deepStrictEqual([code, said.state, said.plan], [0, "completed", plan]);
  const { slots } = rotationPlan(plan);
  for (const slot of [slots.blue, slots.green]) {
    const seen = said.slots[slot.slot];
    assert.strictEqual(seen.generation, slot.generation);
    assert.strictEqual(seen.state === "retired", slot.state === "retired", slot.slot);
  }
}

/** A run that stops at the new release: named, with the ways on. */
async function halfFinished(stack: ScenarioStack): Promise<void> {
  const plan = stack.rotated;
  await stack.rig.twin.call("interrupt", {
    kind: "fail",
    when: "before",
    urn: `rotation-${slotOf(plan.counter)}-release`,
    nth: 0,
    text: "another operation (install/upgrade/rollback) is in progress",
  });
  await stack.assertFails(plan, /another operation .* is in progress/);
  await stack.rig.twin.call("release");
  const { code, said } = await askStatus(stack);
  assert.deepStrictEqual(
    [code, said.state, said.plan, said.started],
    [1, "half-finished", stack.plan, plan],
  );
  assert.deepStrictEqual(
    said.moves.map(({ move }) => move),
    ["finish", "go back"],
  );
  await stack.up(plan);
  await agrees(stack);
}

/** The facts alone lead to the same slots, and to a configuration that gives them. */
async function withoutState(stack: ScenarioStack): Promise<void> {
  const { order, stateDirectory } = stack.rig.workspace;
  const { outputs } = await stack.rig.workspace.up({ expectNoChanges: true });
  const { database, vault } = outputs["connections"] as Connections;
  const kubeconfig = join(dirname(order.workDir), "kubeconfig");
  await writeFile(kubeconfig, await kubeconfigIn(projectOf(stack.rig)));
  const file = join(stateDirectory, ".pulumi", "stacks", "rotation", "rehearsal.json");
  await rename(file, `${file}.away`);
  try {
    const { said } = await askStatus(stack, {
      options: [
        ...["--vault", vault.uri, "--kubeconfig", kubeconfig],
        ...["--gateway", String(outputs["gatewayAddress"])],
      ],
      variables: { PGHOST: database.host, PGPORT: `${database.port}`, PGDATABASE: database.name },
    });
    assert.deepStrictEqual(said.facts.unseen, []);
    assert.strictEqual(said.state, "reconstructed", JSON.stringify(said.summary));
    assert.deepStrictEqual(said.disagreements, []);
    assert(said.plan);
    assert.deepStrictEqual(slotsOf(said.plan), slotsOf(stack.plan));
    assert.strictEqual(said.configuration, commandsFor(said.plan).replace(" && pulumi up", ""));
    assert.match(said.missing ?? "", /no stack named/);
  } finally {
    await rename(`${file}.away`, file);
  }
}

/** What a plan makes of the slots and the traffic; generations before both are gone either way. */
function slotsOf({ counter, live, retired }: Plan) {
  const plan = rotationPlan({ counter, live, retired });
  return { slots: plan.slots, live: plan.liveSlot };
}
