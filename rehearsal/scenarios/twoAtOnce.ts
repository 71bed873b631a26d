import assert from "node:assert";
import { userInfo } from "node:os";
import { slotOf } from "../../components";
import { explain } from "../up/explain";
import { assertDocumented } from "./stack/documented";
import type { Scenario } from "./stack/scenario";
import type { ScenarioStack } from "./stack/scenarioStack";

/** A second `up` while the first one is in the middle of a rotation. */
export const twoAtOnce: Scenario = {
  name: "two-at-once",
  line: "a second `up` of the same stack is refused, names who holds the lock, and changes nothing",
  async run(stack) {
    const { counter } = stack.plan;
    const plan = stack.rotated;
    const slot = slotOf(plan.counter);
    const held = begun(stack);
    const { twin } = stack.rig;
    await twin.call("interrupt", {
      kind: "delay",
      when: "before",
      urn: `rotation-${slot}-role`,
      nth: 1,
      seconds: HELD_SECONDS,
    });
    const first = stack.up(plan);
    try {
      await held;
      await assert.rejects(
        () => stack.rig.workspace.up(),
        (error: Error) => {
          const text = explain(error);
          assert.match(text, /the stack is currently locked by 1 lock\(s\)/);
          // Who holds it: user, machine, process and time.
          assert.match(
            text,
            new RegExp(`created by ${userInfo().username}@\\S+ \\(pid \\d+\\) at `),
          );
          assert.match(text, /Either wait for the other process\(es\) to end|pulumi cancel/);
          assertDocumented(text);
          stack.note(plan, "refused", text);
          return true;
        },
      );
      // Nothing was changed: who answers production is who answered before.
      assert.strictEqual((await stack.ask("app.rehearsal.test")).generation, counter);
    } finally {
      await first;
      await twin.call("release");
    }
    await stack.assertInForce();
  },
};

/** Long enough for an engine to start and to be refused. */
const HELD_SECONDS = 15;

/** Resolves when the operation of the first one waits. */
function begun({ rig }: ScenarioStack): Promise<void> {
  return new Promise((resolve) => {
    rig.twin.onEntry(({ event }) => {
      if (event === "operation delay") {
        resolve();
      }
    });
  });
}
