import * as assert from "node:assert/strict";
import { makeGiven } from "../../../../twin/azure/given";
import { InitializationFailed, type Properties } from "../../../../twin/plugin/provider";
import { AzureBench, textOf } from "../../../support/azureCloud";
import { GoodInputs, ROLE } from "../../../support/azurePlatform";

const GATEWAY = "network:ApplicationGateway";
const SECRET = "https://shared-certificates.vault.azure.net/secrets/rehearsal";
const LATE_MS = 1_500;

describe("role assignments in the twin that do not work yet", () => {
  let bench: AzureBench;
  let good: GoodInputs;
  let gateway: Properties;
  let principalId: string;
  let certificate: string;

  const mayRead = () =>
    bench.cloud.isAllowed(
      principalId,
      "dataAction",
      "Microsoft.KeyVault/vaults/secrets/getSecret/action",
      certificate,
    );

  /** Resolves when the grant works. */
  async function works(): Promise<void> {
    while (!mayRead()) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  beforeEach(async () => {
    bench = await AzureBench.start(LATE_MS);
    const { cloud } = bench;
    await makeGiven(cloud, ["app.example.test"]);
    good = new GoodInputs(cloud.subscriptionId);
    certificate = `${cloud.vault("shared-certificates")!.id}/secrets/rehearsal`;
    principalId = textOf((await bench.identity("id-gateway")).outputs["principalId"]);
    await bench.create("network:VirtualNetwork", good.network);
    await bench.create("network:Subnet", good.subnet("gateway", "10.0.8.0/24"));
    await bench.create("network:WebApplicationFirewallPolicy", good.firewallPolicy);
    await bench.create("network:PublicIPAddress", {
      ...good.address,
      publicIpAddressName: "pip-tls",
      zones: ["1", "2", "3"],
    });
    gateway = good.secureGateway(SECRET);
  });

  afterEach(() => bench.stop());

  it("allow nothing at first, and what they say afterwards", async () => {
    await bench.grant(principalId, ROLE.secretsUser, certificate);
    assert.equal(mayRead(), false);
    await works();
  });

  it("fail a gateway that was accepted, and leave it incomplete until it is written again", async () => {
    await bench.grant(principalId, ROLE.secretsUser, certificate);
    const inputs = await bench.check(GATEWAY, gateway);
    const failed = await bench.create(GATEWAY, gateway).then(
      () => assert.fail("The gateway was made."),
      (error: unknown) => error,
    );
    assert.ok(failed instanceof InitializationFailed);
    assert.match(failed.message, /InternalServerError/);
    assert.equal(failed.outputs["provisioningState"], "Failed");
    assert.equal(bench.neighbours.gateways.length, 0);
    await works();
    const { id, outputs } = failed;
    const mended = await bench.update(GATEWAY, { id, inputs, outputs }, gateway);
    assert.equal(mended["provisioningState"], "Succeeded");
    assert.equal(bench.neighbours.gateways.length, 1);
  });

  it("are no help to one that was granted nothing: it is refused at once", async () => {
    await assert.rejects(bench.create(GATEWAY, gateway), /AccessDenied/);
  });
});
