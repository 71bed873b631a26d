import assert from "node:assert";
import { Planned, type PlannedResource } from "../../../operate/preflight/planned";

const GROUP = "/subscriptions/s/resourceGroups/rg";
const VAULT = `${GROUP}/providers/Microsoft.KeyVault/vaults/kv-app-aaaaaa`;

const RESOURCES: readonly PlannedResource[] = [
  {
    urn: "urn:vault",
    type: "azure-native:keyvault:Vault",
    name: "platform-vault",
    id: VAULT,
    apiVersion: "2024-11-01",
    inputs: { vaultName: "kv-app-aaaaaa" },
  },
  {
    urn: "urn:grant",
    type: "azure-native:authorization:RoleAssignment",
    name: "deployer-vault",
    id: `${VAULT}/providers/Microsoft.Authorization/roleAssignments/g`,
    apiVersion: "2022-04-01",
    inputs: { scope: VAULT, comment: "aaaaaa" },
  },
];

const drawn = {
  urn: "urn:pulumi:s::rotation::random:index/randomString:RandomString::platform-suffix",
  type: "random:index/randomString:RandomString",
  outputs: { result: "x1y2z3" },
};

describe("what a stack would make", () => {
  it("has the names that its state has drawn, wherever they stand, and others as they are", () => {
    const state = { deployment: { resources: [drawn] } };
    const planned = Planned.of({ group: GROUP, resources: RESOURCES }, state);
    const id = VAULT.replace("aaaaaa", "x1y2z3");
    assert.strictEqual(planned.one("keyvault:Vault").id, id);
    assert.deepStrictEqual(planned.one("authorization:RoleAssignment").inputs, {
      scope: id,
      comment: "aaaaaa",
    });
    assert.strictEqual(planned.drawn?.urn, drawn.urn);
  });

  it("has made-up names before that", () => {
    const planned = Planned.of({ group: GROUP, resources: RESOURCES }, undefined);
    assert.strictEqual(planned.drawn, undefined);
    assert.strictEqual(planned.one("keyvault:Vault").id, VAULT);
  });

  it("is made where the state has its id, in whatever letters", () => {
    const vault = { urn: "urn:v", type: "azure-native:keyvault:Vault", id: VAULT.toUpperCase() };
    const gone = { ...vault, urn: "urn:g", id: `${GROUP}/gone`, delete: true };
    const state = { deployment: { resources: [vault, gone] } };
    const planned = Planned.of({ group: GROUP, resources: RESOURCES }, state);
    assert.ok(planned.isMade({ id: VAULT }));
    assert.ok(!planned.isMade({ id: `${GROUP}/gone` }));
  });
});
