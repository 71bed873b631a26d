import assert from "node:assert";
import { type ActAs, type DeliveryKind, readChart } from "../../../components";
import {
  APPLICATIONS,
  applicationOf,
  DELIVERIES_REHEARSED,
} from "../../../rehearsal/rig/applications";
import { APPLICATION } from "../../../rehearsal/rig/stackFile";
import { ROOT } from "../../../twin/world/scripts";

describe("the applications of rehearsals", () => {
  it("are the sample application with a file, unless others are asked for", () => {
    const sample = applicationOf();
    assert.deepStrictEqual([sample.name, sample.delivery], ["app", "file"]);
    assert.deepStrictEqual([sample.describes, sample.hasLong], [true, true]);
    assert.deepStrictEqual([sample.makesTables, sample.recipe], [false, undefined]);
    // Then the stack's file says everything.
    assert.deepStrictEqual(sample.settings, {});
  });

  it("need another chart than the sample's for a Secret", () => {
    assert.throws(
      () => applicationOf("app", "secret"),
      /^Error: The application app reads its password from a file; .* plain, python, java, node\.$/,
    );
  });

  for (const name of APPLICATIONS.filter((each) => each !== "app")) {
    for (const delivery of DELIVERIES_REHEARSED) {
      it(`has ${name} by ${delivery} with a stranger's chart, and is told nothing by its answers`, () => {
        const { describes, hasLong, makesTables, recipe, settings } = applicationOf(name, delivery);
        assert.deepStrictEqual([describes, hasLong, makesTables], [false, false, true]);
        assert.strictEqual(recipe, name === "plain" ? undefined : name);
        assert.deepStrictEqual(
          [settings["rotation:delivery"], settings["rotation:secretFrom"]],
          {
            file: ["file", undefined],
            secret: ["secret", undefined],
            "secret-from-vault": ["secret", "vault"],
          }[delivery],
        );
        assert.strictEqual(settings["rotation:proofBy"], "status");
        assert.match(
          settings["rotation:appImage"]!,
          new RegExp(`/${recipe ? "recipe-" : ""}${name}:[\\d.]+@sha256:[0-9a-f]{64}$`),
        );
      });

      it(`has a contract of ${name} by ${delivery} that is current, and nothing stops it`, () => {
        const { settings } = applicationOf(name, delivery);
        const found = readChart({
          root: ROOT,
          chart: settings["rotation:chart"]!,
          values: settings["rotation:values"]!,
          keys: {
            application: APPLICATION,
            delivery: settings["rotation:delivery"] as DeliveryKind,
            service: settings["rotation:service"]!,
            actAs: settings["rotation:actAs"] as ActAs,
          },
          command: "npx rotation contract",
        });
        assert.ok(!("problems" in found), JSON.stringify(found));
        assert.strictEqual(found.chart.shape.slots.green.service.name, "app-green-web");
      });
    }
  }
});
