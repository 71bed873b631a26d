import assert from "node:assert";
import { slotOf } from "../../../components";
import { PRODUCTION_HOST } from "../../rig/stackFile";
import { assertSeen, counting, during, FINISH, secretVersions, whenWritten } from "./faultSupport";
import type { Scenario } from "../stack/scenario";

/** More than one PUT of the provider asks for: its client tries four times. */
const MANY = 1000;

/** Pods get no secret for a while: the kubelet mounts again, at growing intervals. */
function mounts(status: number, requests: number, what: string): Scenario {
  return {
    name: `vault-mount-${status}`,
    line: `the vault answers pods with ${status} ${what}; they mount once it is over`,
    async run(stack) {
      const plan = stack.rotated;
      const slot = slotOf(plan.counter);
      // Pods that run ask again now and then, and hear the same.
      const failures = counting(stack, "mount failed", "mount not refreshed");
      const fault = { kind: "vault answers", plane: "data", status, requests } as const;
      await during(stack, [], async () => {
        // Not earlier: what is looked at before a move is the vault as well.
        const begun = whenWritten(stack, slot, () => stack.rig.twin.call("begin", fault));
        await stack.up(plan);
        await begun;
      });
      assertSeen(failures(), requests, "mount failed");
      await stack.assertInForce();
    },
  };
}

const throttledWrite: Scenario = {
  name: "vault-write-429",
  line: "Azure throttles the secret's write; the provider retries and nobody notices",
  async run(stack) {
    const plan = stack.rotated;
    const slot = slotOf(plan.counter);
    const versions = await secretVersions(stack, slot);
    const failures = counting(stack, "request failed");
    const fault = { kind: "vault answers", plane: "management", status: 429, requests: 3 } as const;
    await during(stack, [fault], () => stack.up(plan));
    assertSeen(failures(), 3, "request failed");
    assert.strictEqual(await secretVersions(stack, slot), versions + 1);
    await stack.assertInForce();
  },
};

/** A write of the secret that fails for good: production is untouched and the same plan finishes. */
function writes(status: number): Scenario {
  return {
    name: `vault-write-${status}-always`,
    line: `every secret write is answered with ${status}; later the same plan finishes`,
    async run(stack) {
      const { counter } = stack.plan;
      const plan = stack.rotated;
      const slot = slotOf(plan.counter);
      const versions = await secretVersions(stack, slot);
      const fault = { kind: "vault answers", plane: "management", status, requests: MANY } as const;
      await during(stack, [fault], async () => {
        await stack.assertFails(
          plan,
          // The engine writes the rotator's at the same time; whichever fails first is named.
          new RegExp(`rotation-(rotator|${slot})-secret[\\s\\S]*Status=${status}`),
          FINISH,
        );
        assert.strictEqual((await stack.ask(PRODUCTION_HOST)).generation, counter);
      });
      await stack.up(plan);
      assert.strictEqual(await secretVersions(stack, slot), versions + 1);
      await stack.assertInForce();
    },
  };
}

const answerLost: Scenario = {
  name: "vault-answer-lost",
  line: "a secret is written but the answer is lost; the same plan writes it again and finishes",
  async run(stack) {
    const plan = stack.rotated;
    const slot = slotOf(plan.counter);
    const { twin } = stack.rig;
    const urn = `::rotation-${slot}-secret`;
    const text = 'Put "https://management.azure.com/": read: connection reset by peer';
    await twin.call("interrupt", { kind: "fail", when: "after", urn, nth: 1, text });
    await stack.assertFails(plan, /connection reset by peer/, FINISH);
    await twin.call("release");
    await stack.up(plan);
    await stack.assertInForce();
  },
};

export const faultsVault: readonly Scenario[] = [
  mounts(429, 4, "for a while"),
  mounts(403, 3, "while a role assignment takes effect"),
  mounts(503, 3, "while it is down"),
  throttledWrite,
  writes(429),
  writes(403),
  writes(503),
  answerLost,
];
