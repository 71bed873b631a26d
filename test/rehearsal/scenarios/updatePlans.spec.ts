import assert from "node:assert";
import { type Plan, planInWords, transition } from "../../../components";
import type { ScenarioStack } from "../../../rehearsal/scenarios/stack/scenarioStack";
import { updatePlans } from "../../../rehearsal/scenarios/updatePlans";

/** A stack that has only plans, and refuses as the guard does. */
class Planned {
  readonly completedPlans: Plan[] = [];
  private configured: Plan;
  private isChanged = false;

  readonly rig = {
    workspace: {
      stateDirectory: "/nowhere",
      preview: () => Promise.resolve(this.check()),
      up: () => {
        this.check();
        return this.isChanged
          ? Promise.reject(
              new Error(
                "This `up` would rotate and change other settings (rotation:validityDays) at the same time.",
              ),
            )
          : Promise.resolve();
      },
      set: (_key: string, value: unknown) => {
        this.isChanged = value !== undefined;
        return Promise.resolve();
      },
    },
    twin: { call: () => Promise.resolve([]) },
  };

  constructor(public plan: Plan) {
    this.configured = plan;
  }

  get rotated(): Plan {
    return { ...this.plan, counter: this.plan.counter + 1, live: this.plan.counter + 1 };
  }

  configure(plan: Plan): Promise<void> {
    this.configured = plan;
    return Promise.resolve();
  }

  completed(plan: Plan): void {
    this.plan = plan;
    this.completedPlans.push(plan);
  }

  assertInForce(): Promise<void> {
    return Promise.resolve();
  }

  /** @throws AssertionError when what is configured is not one move away */
  private check(): void {
    assert.ok(
      transition(this.plan, this.configured).move,
      `${planInWords(this.configured)} is not one move away from ${planInWords(this.plan)}`,
    );
  }
}

describe("the scenario of update plans", () => {
  for (const [words, retired] of [
    ["is retired", 1],
    ["is not retired", 0],
  ] as const) {
    it(`moves by the table of moves where the generation before ${words}`, async () => {
      const stack = new Planned({ counter: 2, live: 2, retired });
      await updatePlans.run(stack as unknown as ScenarioStack);
      assert.deepStrictEqual(
        stack.completedPlans.map(({ counter, live, retired: T }) => [counter, live, T]),
        [
          [3, 3, retired],
          [3, 3, 2],
          [4, 4, 3],
        ],
      );
    });
  }
});
