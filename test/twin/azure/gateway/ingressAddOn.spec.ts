import assert from "node:assert/strict";
import { AzureBench } from "../../../support/azureCloud";
import { GoodInputs, makePlatform } from "../../../support/azurePlatform";

/** Shows what the twin's ingress controller lacks, not that AGIC would say so in its own log. */
describe("the ingress controller of a cluster with an overlay of pods", () => {
  for (const [range, works] of [
    ["10.0.8.0/23", false],
    ["10.0.8.0/24", true],
  ] as const) {
    it(`${works ? "reaches" : "does not reach"} pods from a gateway in ${range}`, async () => {
      const bench = await AzureBench.start();
      try {
        const good = new GoodInputs(bench.cloud.subscriptionId);
        const own = good.subnet.bind(good);
        good.subnet = (name, prefix) => own(name, name === "gateway" ? range : prefix);
        await makePlatform(bench, good);
        const lacking = bench.journal
          .filter(({ event }) => event === "not permitted")
          .map(({ detail }) => String(detail["lacking"]));
        const text = "extensionIPRange prefix length too short (/23). Must be 24 or higher.";
        assert.equal(lacking.at(-1)?.includes(text), !works);
      } finally {
        await bench.stop();
      }
    });
  }
});
