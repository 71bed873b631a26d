import assert from "node:assert";
import { armTemplate, type ProgramResource } from "../../export/armTemplate";

const GROUP = "/subscriptions/s/resourceGroups/rg-app";
const NETWORK = `${GROUP}/providers/Microsoft.Network/virtualNetworks/vnet`;
const VAULT = `${GROUP}/providers/Microsoft.KeyVault/vaults/kv`;

function resource(type: string, id: string, more: Partial<ProgramResource> = {}): ProgramResource {
  return {
    urn: `urn:${id}`,
    type: `azure-native:${type}`,
    name: "what",
    id,
    apiVersion: "2024-05-01",
    inputs: {},
    pathInputs: ["resourceGroupName"],
    secretInputs: [],
    dependencies: [],
    ...more,
  };
}

function only(...resources: ProgramResource[]) {
  return armTemplate(GROUP, resources).resources.at(-1)!;
}

describe("armTemplate", () => {
  it("puts arguments where ARM has them and leaves out those of the id", () => {
    const inputs = {
      resourceGroupName: "rg-app",
      location: "westeurope",
      sku: { name: "x" },
      a: 1,
    };
    const network = only(resource("network:PublicIPAddress", NETWORK, { inputs }));
    assert.deepStrictEqual(network, {
      type: "Microsoft.Network/virtualNetworks",
      apiVersion: "2024-05-01",
      name: "vnet",
      location: "westeurope",
      sku: { name: "x" },
      properties: { a: 1 },
    });
  });

  it("nests what the SDK flattens, and leaves the name outside", () => {
    const inputs = { sku: { name: "WAF_v2" }, httpListeners: [{ name: "a", protocol: "Https" }] };
    const gateway = only(resource("network:ApplicationGateway", NETWORK, { inputs }));
    assert.deepStrictEqual(gateway["properties"], {
      sku: { name: "WAF_v2" },
      httpListeners: [{ name: "a", properties: { protocol: "Https" } }],
    });
  });

  it("makes a map of identities and gives a condition its ARM name", () => {
    const inputs = {
      identity: { type: "UserAssigned", userAssignedIdentities: ["id"] },
      criteria: { odataType: "x" },
    };
    assert.deepStrictEqual(only(resource("monitor:MetricAlert", NETWORK, { inputs })), {
      ...only(resource("monitor:MetricAlert", NETWORK)),
      identity: { type: "UserAssigned", userAssignedIdentities: { id: {} } },
      properties: { criteria: `[json('{"odata.type":"x"}')]` },
    });
  });

  it("names a child after its parents and keeps the order of the program", () => {
    const network = resource("network:VirtualNetwork", NETWORK);
    const subnet = resource("network:Subnet", `${NETWORK}/subnets/nodes`, {
      dependencies: [network.urn, "urn:of-something-elsewhere"],
    });
    const { type, name, dependsOn } = only(network, subnet);
    assert.strictEqual(type, "Microsoft.Network/virtualNetworks/subnets");
    assert.strictEqual(name, "[format('{0}/{1}', 'vnet', 'nodes')]");
    assert.deepStrictEqual(dependsOn, [NETWORK]);
  });

  it("gives an extension the scope that it belongs to", () => {
    const assignment = `${VAULT}/secrets/app-blue/providers/Microsoft.Authorization/roleAssignments/1`;
    const { type, name, scope } = only(resource("authorization:RoleAssignment", assignment));
    assert.deepStrictEqual(
      [type, name, scope],
      ["Microsoft.Authorization/roleAssignments", "1", `${VAULT}/secrets/app-blue`],
    );
  });

  it("deploys into another group what lives there", () => {
    const other = "/subscriptions/s/resourceGroups/shared";
    const peering = resource(
      "network:VirtualNetworkPeering",
      `${other}/providers/Microsoft.Network/virtualNetworks/runners/virtualNetworkPeerings/app`,
      { name: "back" },
    );
    const later = resource("network:Subnet", `${NETWORK}/subnets/nodes`, {
      dependencies: [peering.urn],
    });
    const { type, name, resourceGroup } = only(peering);
    assert.deepStrictEqual(
      [type, name, resourceGroup],
      ["Microsoft.Resources/deployments", "back", "shared"],
    );
    assert.deepStrictEqual(only(peering, later).dependsOn, [
      `${GROUP}/providers/Microsoft.Resources/deployments/back`,
    ]);
  });

  it("writes a parameter where a secret value is", () => {
    const secret = resource("keyvault:Secret", `${VAULT}/secrets/app-blue`, {
      name: "blue-secret",
      inputs: { properties: { value: "geheim", attributes: { enabled: true } } },
      secretInputs: ["properties.value"],
    });
    const template = armTemplate(GROUP, [secret]);
    assert.deepStrictEqual(template.parameters, {
      blueSecretPropertiesValue: { type: "securestring" },
    });
    assert.deepStrictEqual(template.resources[0]!["properties"], {
      value: "[parameters('blueSecretPropertiesValue')]",
      attributes: { enabled: true },
    });
    assert(!JSON.stringify(template).includes("geheim"));
  });
});
