import * as assert from "node:assert/strict";
import { GROUP } from "../../support/azureCloud";
import { RuleSuite } from "../../support/azurePlatform";

describe("a subscription of the twin as a new one is", () => {
  const suite = new RuleSuite();

  it("refuses every resource of a provider that is not registered, and nothing of the others", async () => {
    const { cloud } = suite.bench;
    cloud.situation.unregistered.add("Microsoft.KeyVault");
    await assert.rejects(
      suite.bench.vault("kv-first"),
      /Status=409 Code="MissingSubscriptionRegistration".*namespace 'Microsoft\.KeyVault'/,
    );
    await suite.bench.identity("id-first");
    cloud.situation.unregistered.delete("Microsoft.KeyVault");
    await suite.bench.vault("kv-first");
  });

  it("refuses nodes that are encrypted at host until the feature is registered", async () => {
    const { features } = suite.bench.cloud.situation;
    const pool = {
      resourceGroupName: GROUP,
      resourceName: "aks",
      agentPoolName: "encrypted",
      mode: "User",
      count: 1,
      vmSize: "Standard_D4ds_v5",
      vnetSubnetID: suite.platform.nodes.id,
      enableEncryptionAtHost: true,
    };
    const type = "containerservice:AgentPool";
    features.clear();
    await assert.rejects(suite.bench.create(type, pool), /SubscriptionNotEnabledEncryptionAtHost/);
    features.set("Microsoft.Compute/EncryptionAtHost", "Registered");
    await suite.bench.create(type, pool);
  });
});
