import assert from "node:assert";
import { type MetricAlert, PLATFORM_ALERTS } from "../../../components/platform/alerts";
import { dimensionsOf } from "../../../twin/azure/monitoring/metrics";

describe("the alerts of the platform", () => {
  for (const [key, { metric, dimensions }] of Object.entries<MetricAlert>(PLATFORM_ALERTS)) {
    it(`find the metric and the dimensions of ${key} at the gateway`, () => {
      const known = dimensionsOf("microsoft.network/applicationgateways", metric);
      assert.ok(known, metric);
      assert.ok(dimensions.every(({ name }) => known.includes(name)));
    });
  }
});
