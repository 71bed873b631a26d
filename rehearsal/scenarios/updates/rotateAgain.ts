import assert from "node:assert";
import type { Scenario } from "../stack/scenario";
import { own } from "./updateStack";

/** What PostgreSQL logs of a login with another password. */
const WRONG_PASSWORD = /FATAL: {2}password authentication failed for user "app_(blue|green)"/g;

export const rotateAgain: Scenario = {
  name: "rotate-without-retiring",
  line: "rotate three times without retiring: a slot is emptied before its role gets a new password",
  isAboutPods: true,
  own: own(),
  async run(stack) {
    for (let rotations = 0; rotations < 3; rotations++) {
      await stack.up(stack.rotated);
    }
    const log = await stack.rig.sqlLog();
    assert.deepStrictEqual(log.match(WRONG_PASSWORD) ?? [], []);
    await stack.assertInForce();
  },
};
