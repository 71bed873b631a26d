import { assertDatabaseIsolation } from "./databaseIsolation";
import { previous } from "../stack/scenarioStack";
import type { Scenario } from "../stack/scenario";
import { assertVaultIsolation } from "./vaultIsolation";

/** Every identity and every role tries what it must not be able to do. */
export const isolation: Scenario = {
  name: "isolation",
  line: "no slot, proof or rotator reads, alters or ends what is another's, in vault and database",
  async run(stack) {
    // Both slots have credentials that work.
    await previous(stack);
    await assertDatabaseIsolation(stack);
    await assertVaultIsolation(stack.rig);
    await stack.assertInForce();
  },
};
