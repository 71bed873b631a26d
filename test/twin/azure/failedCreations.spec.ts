import * as assert from "node:assert/strict";
import { InitializationFailed } from "../../../twin/plugin/provider";
import { textAt } from "../../../twin/azure/arm/plain";
import { GROUP } from "../../support/azureCloud";
import { RuleSuite } from "../../support/azurePlatform";

const ADDRESSES = "Microsoft.Network/publicIPAddresses";

describe("a creation in the twin that fails after Azure accepted it", () => {
  const suite = new RuleSuite();
  const inputs = () => ({ ...suite.good.address, publicIpAddressName: "late" });
  const stateOf = (id: string) =>
    textAt(suite.bench.cloud.resources.find(id)?.outputs, "provisioningState");

  it("leaves what it made, failed, in the state too, and the next write mends it", async () => {
    const { cloud } = suite.bench;
    cloud.situation.failing.push(ADDRESSES);
    const failed = await suite.bench.create("network:PublicIPAddress", inputs()).then(
      () => assert.fail("It did not fail."),
      (error: unknown) => error,
    );
    assert.ok(failed instanceof InitializationFailed, String(failed));
    assert.deepEqual(failed.reasons, [
      'Status=200 Code="InternalServerError" Message="An error occurred."',
    ]);
    assert.equal(stateOf(failed.id), "Failed");

    // Made once: whoever sends it as something new is told so.
    await assert.rejects(
      suite.bench.create("network:PublicIPAddress", inputs()),
      /cannot create already existing resource/,
    );
    const before = { id: failed.id, inputs: failed.inputs, outputs: failed.outputs };
    await suite.bench.update("network:PublicIPAddress", before, inputs());
    assert.equal(stateOf(failed.id), "Succeeded");
  });

  it("is the next one of its type, and no other", async () => {
    const { failing } = suite.bench.cloud.situation;
    failing.push(ADDRESSES);
    await suite.bench.identity("not-concerned");
    await assert.rejects(
      suite.bench.create("network:PublicIPAddress", {
        ...suite.good.address,
        resourceGroupName: GROUP,
        publicIpAddressName: "first",
      }),
      InitializationFailed,
    );
    assert.deepEqual(failing, []);
    await suite.bench.create("network:PublicIPAddress", {
      ...suite.good.address,
      publicIpAddressName: "second",
    });
  });
});
