import assert from "node:assert";
import { PRODUCTION_HOST } from "../../rig/stackFile";
import type { Entry } from "../../../twin/world/journal";
import { assertSeen, counting, during, FINISH } from "./faultSupport";
import type { Scenario } from "../stack/scenario";
import type { ScenarioStack } from "../stack/scenarioStack";

/** What Azure answers an update with now and then. */
const REASON =
  "RetryableError: A retryable error occurred. To see more details about the error, retry the " +
  "operation.";

/** A rotation with its retirement, by a gateway whose updates take this long. */
function slow(seconds: number): Scenario {
  return {
    name: `gateway-${seconds}-seconds`,
    line: `every gateway update takes ${seconds} s; the proofs wait for it`,
    async run(stack) {
      const plan = stack.rotated;
      const updates = countingUpdates(stack, seconds);
      await during(stack, [{ kind: "gateway slow", seconds }], async () => {
        await stack.up(plan);
        assert.strictEqual((await stack.ask(PRODUCTION_HOST)).generation, plan.counter);
      });
      // That of the new pods, to its end: that of the switch, which is in force, came after it.
      assertSeen(updates(), 1, `update of ${seconds} s finished`);
      await stack.assertInForce();
    },
  };
}

/** Counts the updates of the gateway that take so long, to their ends, from now on. */
function countingUpdates({ rig: { twin } }: ScenarioStack, seconds: number): () => number {
  let count = 0;
  let begun: Entry | undefined;
  const end = twin.onEntry((entry) => {
    if (entry.event === "update started") {
      begun = entry;
    } else if (entry.event === "update finished" && begun !== undefined) {
      // A timer may be off by a millisecond.
      count += entry.at - begun.at > seconds * 1000 - 100 ? 1 : 0;
    }
  });
  return () => {
    end();
    return count;
  };
}

const failsOnce: Scenario = {
  name: "gateway-fails-once",
  line: "a gateway update fails; its controller retries and nobody notices",
  async run(stack) {
    const plan = stack.rotated;
    const failures = counting(stack, "update failed");
    await during(stack, [{ kind: "gateway fails", reason: REASON, updates: 1 }], () =>
      stack.up(plan),
    );
    assertSeen(failures(), 1, "update failed");
    await stack.assertInForce();
  },
};

/** Seconds that proofs may take in this scenario, where one of them has to run out of time. */
const PROOF_SECONDS = 20;

const automaticWayBack: Scenario = {
  name: "automatic-way-back",
  line: "the switch never takes effect; the advised way back restores order",
  async run(stack) {
    const { counter, retired } = stack.plan;
    const next = counter + 1;
    await stack.rig.workspace.set("rotation:proofSeconds", PROOF_SECONDS);
    await stack.up(stack.plan);
    const end = failFromSwitch(stack);
    // What the pipeline's next step runs stands in the text of the one that failed.
    await stack.assertFails(
      { counter: next, live: next, retired },
      new RegExp(`after-promotion-${next}-live-${next}`),
      FINISH,
      new RegExp(
        `go back \\(.*\\): pulumi config set rotation:counter -- ${next} && ` +
          `pulumi config set rotation:live -- ${counter} && .*pulumi up`,
      ),
    );
    end();
    // The gateway is still broken: production never left the generation that it goes back to.
    await stack.up({ counter: next, live: counter, retired });
    await stack.rig.twin.call("mend");
    await stack.assertInForce();
    await stack.up({ counter: next, live: next, retired });
    await stack.rig.workspace.set("rotation:proofSeconds", undefined);
    await stack.up(stack.plan);
    await stack.assertInForce();
  },
};

/** From the moment of the switch on every update of the gateway fails; returns what ends that. */
function failFromSwitch({ rig: { twin, workspace } }: ScenarioStack): () => void {
  let isOver = false;
  workspace.onOperation(({ urn }) => {
    if (!isOver && urn.endsWith("::rotation-traffic")) {
      void twin.call("begin", { kind: "gateway fails", reason: REASON });
    }
  });
  return () => {
    isOver = true;
  };
}

const blind: Scenario = {
  name: "stage-unreachable",
  line: "no gateway update succeeds; nothing is promoted, and the same plan finishes",
  async run(stack) {
    const { counter, retired } = stack.plan;
    const next = counter + 1;
    await stack.rig.workspace.set("rotation:proofSeconds", PROOF_SECONDS);
    await stack.up(stack.plan);
    await during(stack, [{ kind: "gateway fails", reason: REASON }], async () => {
      await stack.assertFails(
        { counter: next, live: next, retired },
        new RegExp(`before-promotion-${next}-live-${next}`),
        FINISH,
      );
      assert.strictEqual((await stack.ask(PRODUCTION_HOST)).generation, counter);
    });
    await stack.up({ counter: next, live: next, retired });
    await stack.rig.workspace.set("rotation:proofSeconds", undefined);
    await stack.up(stack.plan);
    await stack.assertInForce();
  },
};

export const faultsGateway: readonly Scenario[] = [
  slow(30),
  slow(60),
  failsOnce,
  blind,
  automaticWayBack,
];
