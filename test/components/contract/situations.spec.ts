import assert from "node:assert";
import { deliveredName, retiredName } from "../../../components/chart";
import { namesIn, SITUATIONS } from "../../../components/contract";
import { podNames, SLOTS, STRATEGIES } from "../../../components/plan";

describe("the situations that a chart is judged in", () => {
  for (const slot of SLOTS) {
    it(`call the credential of ${slot} as the program does, with a password and without`, () => {
      const situation = { ...SITUATIONS[slot], slot };
      const { generation, version } = situation;
      const keys = { application: "shop", strategy: "blueGreen" } as const;
      const active = namesIn(keys, situation);
      const retired = namesIn(keys, { ...situation, version: "" });
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

  for (const strategy of STRATEGIES) {
    it(`call release and account as the program does, with strategy ${strategy}`, () => {
      for (const slot of SLOTS) {
        const { account, release } = namesIn({ application: "shop", strategy }, SITUATIONS[slot]);
        assert.deepStrictEqual({ account, release }, podNames("shop", slot, strategy));
      }
    });
  }
});
