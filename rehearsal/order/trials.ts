import assert from "node:assert";
import { randomBytes } from "node:crypto";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import {
  otherSlot,
  type Plan,
  type SlotName,
  slotOf,
  type StepName,
  STEPS,
} from "../../components/plan";
import { explain } from "../up/explain";
import type { Marker } from "../clients/load";
import { PRODUCTION_HOST, stageHost } from "../rig/stackFile";
import { PASSWORD } from "../scenarios/administrator";
import { requestsSince, type ScenarioStack } from "../scenarios/stack/scenarioStack";
import { position } from "./steps";

/** An emergency from the stack's plan, and who is who in it. */
export interface Emergency {
  readonly plan: Plan;
  readonly newSlot: SlotName;
  readonly oldSlot: SlotName;
}

export function nextEmergency({ plan: { counter } }: ScenarioStack): Emergency {
  const next = counter + 1;
  return {
    plan: { counter: next, live: next, retired: counter },
    newSlot: slotOf(next),
    oldSlot: otherSlot(slotOf(next)),
  };
}

/**
 * Runs an emergency in which nothing goes wrong by itself.
 *
 * @returns what is not as promised, in a sentence; undefined when all is
 */
export async function fairTrial(
  stack: ScenarioStack,
  { plan }: Emergency,
  program: PulumiFn,
): Promise<string | undefined> {
  const { evidence, load, workspace } = stack.rig;
  const begin = load.mark();
  const logins = await refusedLogins(stack);
  const proofs = evidence.length;
  await stack.configure(plan);
  try {
    await workspace.up({ program });
    stack.completed(plan);
  } catch (error) {
    return `The run fails: ${firstError(error)}`;
  }
  // The proof of refusal is one, on purpose.
  const refused = (await refusedLogins(stack)) - logins - 1;
  if (refused > 0) {
    return `The application's own logins were refused ${refused} times.`;
  }
  // Sessions that are left fail no proof, but here they have all the time that they need.
  if (!evidence.slice(proofs).some(({ proof, drained }) => proof === "drained" && drained)) {
    return "The old slot was never seen without pods and sessions.";
  }
  return (await lost(stack, begin)) ?? (await rejection(() => stack.assertInForce()));
}

/**
 * Runs an emergency in which one step fails, and then looks whether the world is as a run promises
 * that stopped there.
 *
 * @returns what is not as promised, in a sentence; undefined when all is
 */
export async function failingTrial(
  stack: ScenarioStack,
  { plan, newSlot, oldSlot }: Emergency,
  failing: StepName,
  program: PulumiFn,
): Promise<string | undefined> {
  const { rig } = stack;
  const generation = stack.plan.live;
  const begin = rig.load.mark();
  const touched: string[] = [];
  let isOver = false;
  rig.workspace.onOperation(({ urn }) => {
    const name = urn.split("::").at(-1)!;
    if (!isOver && !/^guard(-|$)/.test(name)) {
      touched.push(name);
    }
  });
  const mend = await fail(stack, failing, newSlot, oldSlot);
  await stack.configure(plan);
  try {
    await rig.workspace.up({ program });
    return `The run succeeds although the step "${failing}" fails.`;
  } catch {
    // As it should.
  } finally {
    isOver = true;
    await mend();
  }
  const isBefore = (step: StepName) => position(failing) < position(step);
  return (
    (await lost(stack, begin)) ??
    (await rejection(async () => {
      if (failing === "guard") {
        assert.deepStrictEqual(touched, [], "A refused move touches something");
      }
      const production = await stack.ask(PRODUCTION_HOST);
      assert.strictEqual(production.status, 200, "Production does not answer");
      if (isBefore("proof after promotion")) {
        assert.strictEqual(production.generation, generation, "Traffic moved");
      }
      const { completed } = await rig.workspace.outputs();
      assert.deepStrictEqual((completed as { plan: Plan }).plan, stack.plan, "Counts as completed");

      const old = await rig.slotCredential(oldSlot);
      if (isBefore("secret disabled")) {
        assert.ok(old.enabled, "The secret was disabled before its credential was proved dead");
      }
      if (isBefore("no login")) {
        assert.strictEqual(await stack.login(oldSlot), "", "The old role can no longer log in");
      }
      if (isBefore("scale to zero")) {
        const stage = await stack.ask(stageHost(oldSlot));
        assert.strictEqual(stage.generation, generation, "The old slot is no longer complete");
      }
      if ((await rig.slotCredential(newSlot)).enabled) {
        const problem = "The vault has a credential that does not log in";
        assert.strictEqual(await stack.login(newSlot), "", problem);
      }
    }))
  );
}

/** Makes a step fail; returns what ends that. */
async function fail(
  stack: ScenarioStack,
  failing: StepName,
  newSlot: SlotName,
  oldSlot: SlotName,
): Promise<() => Promise<unknown>> {
  if (failing === "guard") {
    // A change by hand, which the guard finds; it concerns nobody.
    await stack.route(stageHost(newSlot), oldSlot);
    return () => stack.route(stageHost(newSlot), newSlot);
  }
  const { twin, workspace } = stack.rig;
  if (failing === "role") {
    // The hook before the provider's call does all of it, so that the server itself has to refuse.
    const usual = await workspace.password(PASSWORD);
    // Azure wants three kinds of characters.
    await twin.call("setAdministratorPassword", `A-${randomBytes(16).toString("hex")}`);
    return () => twin.call("setAdministratorPassword", usual);
  }
  const { resources } = STEPS[failing];
  const [, name] = resources[0].split(" ");
  const urn = name!.replace("-new-", `-${newSlot}-`).replace("-old-", `-${oldSlot}-`);
  await twin.call("interrupt", { kind: "fail", when: "before", urn: `::${urn}`, nth: 0 });
  return () => twin.call("release");
}

async function lost(stack: ScenarioStack, begin: Marker): Promise<string | undefined> {
  const { failed, sent } = await requestsSince(stack.rig, begin);
  return failed > 0 ? `${failed} of ${sent} requests fail.` : undefined;
}

/** How many logins of the slots' roles the database has refused so far. */
async function refusedLogins({ rig }: ScenarioStack): Promise<number> {
  const log = await rig.sqlLog();
  const refusal = /FATAL: {2}(password authentication failed for user|role) "app_(blue|green)"/g;
  return log.match(refusal)?.length ?? 0;
}

async function rejection(check: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    return `${firstError(error)}.`;
  }
}

/** The first thing that went wrong, and not that the whole did. */
function firstError(error: unknown): string {
  // Of several in one, the first says more than how many there are; of a URN the name is enough.
  const text = explain(error)
    .replace(/\d+ errors? occurred:\s*\* /g, "")
    .replace(/urn:pulumi:[^"\s]*::/g, "");
  const errors = [...text.matchAll(/error: (.+)/g)].map(([, line]) => line!);
  const cause = errors.find((line) => line !== "update failed") ?? text.split("\n")[0]!;
  return cause.trim().slice(0, 160);
}
