import assert from "node:assert";
import { deliveredName, retiredName } from "../../../components/chart";
import { namesIn, SITUATIONS } from "../../../components/contract";
import { SLOTS } from "../../../components/plan";

describe("the situations that a chart is judged in", () => {
  for (const slot of SLOTS) {
    it(`call the credential of ${slot} as the program does, with a password and without`, () => {
      const situation = { ...SITUATIONS[slot], slot };
      const { generation, version } = situation;
      const active = namesIn("shop", situation);
      const retired = namesIn("shop", { ...situation, version: "" });
      for (const [by, name] of [
        ["file", "class"],
        ["secret", "secret"],
      ] as const) {
        assert.strictEqual(
          active[name],
          deliveredName("shop", { slot, generation }, { by }, version),
        );
        assert.strictEqual(retired[name], retiredName("shop", slot, { by }));
      }
    });
  }
});
