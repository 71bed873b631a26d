import assert from "node:assert";
import { SLOTS } from "../../../components";
import { stageHost } from "../../rig/stackFile";
import { assertDatabaseIsolation } from "./databaseIsolation";
import { previous } from "../stack/scenarioStack";
import type { Scenario } from "../stack/scenario";
import { assertVaultIsolation } from "./vaultIsolation";

/** Every identity and every role tries what it must not be able to do. */
export const isolation: Scenario = {
  name: "isolation",
  line:
    "no slot, proof or rotator can read, change or end what belongs to another, in vault or " +
    "database, or reach a stage host",
  async run(stack) {
    // Both slots have credentials that work.
    await previous(stack);
    await assertDatabaseIsolation(stack);
    await assertVaultIsolation(stack.rig);
    for (const slot of SLOTS) {
      const elsewhere = await stack.rig.ask(stageHost(slot), "127.0.0.1");
      assert.strictEqual(elsewhere.status, 403, `the stage host of ${slot}, from elsewhere`);
    }
    await stack.assertInForce();
  },
};
