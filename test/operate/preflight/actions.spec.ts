import assert from "node:assert";
import { allows, neededActions } from "../../../operate/preflight/actions";
import { Planned, type PlannedResource } from "../../../operate/preflight/planned";

const GROUP = "/subscriptions/s/resourceGroups/rg";
const RUNNERS =
  "/subscriptions/s/resourceGroups/shared/providers/Microsoft.Network/virtualNetworks/r";

function resource(type: string, id: string, inputs = {}): PlannedResource {
  const full = `azure-native:${type}`;
  return { urn: `urn:${id}`, type: full, name: "what", id, apiVersion: "2024-01-01", inputs };
}

function actionsOf(...resources: PlannedResource[]): string[] {
  const planned = Planned.of({ group: GROUP, resources }, undefined);
  return neededActions(planned).map(({ action, on }) => `${action} ${on}`);
}

describe("the actions that `pulumi up` takes", () => {
  it("are reads, writes and deletions of each type, where what they are in or on is there", () => {
    assert.deepStrictEqual(actionsOf(resource("resources:ResourceGroup", GROUP)), [
      `Microsoft.Resources/subscriptions/resourceGroups/read /subscriptions/s`,
      `Microsoft.Resources/subscriptions/resourceGroups/write /subscriptions/s`,
      `Microsoft.Resources/subscriptions/resourceGroups/delete /subscriptions/s`,
    ]);
    const grant = `${RUNNERS}/subnets/a/providers/Microsoft.Authorization/roleAssignments/g`;
    assert.strictEqual(
      actionsOf(resource("authorization:RoleAssignment", grant))[1],
      `Microsoft.Authorization/roleAssignments/write ${RUNNERS}/subnets/a`,
    );
    const network = `${GROUP}/providers/Microsoft.Network/virtualNetworks/v`;
    assert.ok(
      actionsOf(resource("network:Subnet", `${network}/subnets/s`)).includes(
        `Microsoft.Network/natGateways/join/action ${network}`,
      ),
    );
    assert.strictEqual(
      actionsOf(resource("network:VirtualNetwork", network))[0],
      `Microsoft.Network/virtualNetworks/read ${GROUP}`,
    );
  });

  it("are also on what lies elsewhere", () => {
    const peering = `${GROUP}/providers/Microsoft.Network/virtualNetworks/v/virtualNetworkPeerings/p`;
    const inputs = { remoteVirtualNetwork: { id: RUNNERS } };
    assert.strictEqual(
      actionsOf(resource("network:VirtualNetworkPeering", peering, inputs)).at(-1),
      `Microsoft.Network/virtualNetworks/peer/action ${RUNNERS}`,
    );
  });

  it("are allowed by what one role gives and does not take away itself", () => {
    const contributor = { actions: ["*"], notActions: ["Microsoft.Authorization/*/Write"] };
    const network = { actions: ["Microsoft.Network/*"] };
    const granter = { actions: ["Microsoft.Authorization/roleAssignments/write"] };
    const grant = "Microsoft.Authorization/roleAssignments/write";
    for (const [permissions, action, is] of [
      [[contributor], "Microsoft.KeyVault/vaults/write", true],
      [[contributor], grant, false],
      [[contributor, granter], grant, true],
      [[network], "microsoft.network/virtualnetworks/subnets/join/action", true],
      [[network], "Microsoft.NetworkX/write", false],
      [[{ actions: ["*/read"] }], "Microsoft.KeyVault/vaults/write", false],
      [[{}], "Microsoft.KeyVault/vaults/read", false],
      [[], "Microsoft.KeyVault/vaults/read", false],
    ] as const) {
      assert.strictEqual(allows(permissions, action), is, action);
    }
  });
});
