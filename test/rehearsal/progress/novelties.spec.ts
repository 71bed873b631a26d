import assert from "node:assert";
import { Novelties } from "../../../rehearsal/progress/novelties";

describe("the steps of an up as they are told", () => {
  it("are told once in each part of a run, however often work goes back to them", () => {
    const told: string[] = [];
    const steps = new Novelties((text) => told.push(text));
    steps.part("deploying");
    ["platform", "application", "platform", "application"].forEach((text) => steps.step(text));
    steps.part("rotating");
    steps.step("application");
    assert.deepStrictEqual(told, [
      "deploying",
      "platform",
      "application",
      "rotating",
      "application",
    ]);
  });
});
