import assert from "node:assert";
import { programResources, runnersSubscription } from "../../export/programResources";
import { stackConfig } from "../../mocks/program";

const CLIENT = {
  subscriptionId: "aaaaaaaa-0000-4000-8000-000000000001",
  tenantId: "aaaaaaaa-0000-4000-8000-000000000002",
  objectId: "aaaaaaaa-0000-4000-8000-000000000003",
};

describe("programResources", () => {
  it("are in the subscription and the tenant of whoever would run the program, and granted to it", async () => {
    const { group, resources } = await programResources("dev", CLIENT);
    assert.strictEqual(group, `/subscriptions/${CLIENT.subscriptionId}/resourceGroups/rg-app-dev`);
    // The certificate lies where the stack file says.
    const others = resources.filter(
      ({ id, name }) =>
        !id.startsWith(`${group}/`) && id !== group && name !== "gateway-certificate",
    );
    assert.deepStrictEqual(
      others.map(({ id }) => id),
      [],
    );
    const vault = resources.find(({ type }) => type === "azure-native:keyvault:Vault")!;
    const { tenantId } = vault.inputs["properties"] as { tenantId: string };
    assert.strictEqual(tenantId, CLIENT.tenantId);
    const grants = resources.filter(({ inputs }) => inputs["principalId"] === CLIENT.objectId);
    assert.deepStrictEqual(grants.map(({ name }) => name).sort(), [
      "deployer-cluster",
      "deployer-retired",
      "deployer-vault",
    ]);
  });

  it("are in the subscription of the runners' network, as the program wants it", async () => {
    const [, , subscription] = stackConfig("prod")["rotation:runnerNetwork"]!.split("/");
    assert.strictEqual(runnersSubscription("prod"), subscription);
    assert.strictEqual(runnersSubscription("dev"), undefined);
    const { group } = await programResources("prod");
    assert.strictEqual(group, `/subscriptions/${subscription}/resourceGroups/rg-app-prod`);
  });
});
