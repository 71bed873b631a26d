import assert from "node:assert";
import type { Scenario } from "./stack/scenario";

/** The address that every stack of the rehearsal has for its alerts. */
const ALERT_EMAIL = "platform@example.com";

/** Looks for every secret there ever was in every place there is. */
export const leaks: Scenario = {
  name: "leaks",
  line: "no clear-text secret outside the vault and the mounted files: every place is searched",
  async run(stack) {
    const { rig } = stack;
    const { counter } = stack.plan;
    // Both kinds of runs that make and end a credential are among what is searched.
    await stack.up({ counter: counter + 1, live: counter + 1, retired: counter });
    const { leaks: found, leakSearch } = await rig.searchLeaks(stack.noted);
    await rig.workspace.set("rotation:alertEmail", ALERT_EMAIL);
    await rig.workspace.up();
    stack.noted.leakSearch = leakSearch;
    assert.deepStrictEqual(found, []);
    assert.deepStrictEqual(
      leakSearch.filter(({ canaryFound }) => !canaryFound).map(({ place }) => place),
      [],
      "places where the planted text was not found",
    );
    await stack.assertInForce();
  },
};
