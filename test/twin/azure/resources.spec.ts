import * as assert from "node:assert/strict";
import { RuleSuite } from "../../support/azurePlatform";

describe("rules of the twin for every type of resource", () => {
  const suite = new RuleSuite();

  describe("for every type", () => {
    suite.refuses([
      [
        "to take over what exists",
        "network:VirtualNetwork",
        () => suite.good.network,
        /^Error: cannot create already existing resource '.*virtualNetworks\/vnet'/,
      ],
      [
        "a resource in a group that does not exist",
        "network:VirtualNetwork",
        () => ({ ...suite.good.network, resourceGroupName: "nowhere" }),
        /ResourceGroupNotFound/,
      ],
      [
        "a child without its parent",
        "network:Subnet",
        () => ({ ...suite.good.subnet("a", "10.0.0.0/24"), virtualNetworkName: "none" }),
        /ParentResourceNotFound/,
      ],
      [
        "a reference to what does not exist",
        "network:Subnet",
        () => ({
          ...suite.good.subnet("a", "10.0.1.0/24"),
          networkSecurityGroup: {
            id: suite.good.id("Microsoft.Network/networkSecurityGroups/none"),
          },
        }),
        /InvalidResourceReference/,
      ],
      [
        "a reference to something of another type",
        "network:Subnet",
        () => ({
          ...suite.good.subnet("a", "10.0.1.0/24"),
          networkSecurityGroup: { id: suite.platform.address.id },
        }),
        /InvalidResourceReference/,
      ],
      [
        "a reference that is no id",
        "network:Subnet",
        () => ({ ...suite.good.subnet("a", "10.0.1.0/24"), natGateway: { id: "nat" } }),
        /LinkedInvalidPropertyId/,
      ],
    ]);

    it("refuses to move a resource that the provider would update in place", async () => {
      const vault = await suite.bench.vault("kv-moves");
      const inputs = { ...vault.inputs, location: "northeurope" };
      await assert.rejects(
        suite.bench.update("keyvault:Vault", vault, inputs),
        /InvalidResourceLocation/,
      );
    });

    it("removes a group with everything in it, and what ran there", async () => {
      const group = await suite.bench.create("resources:ResourceGroup", {
        resourceGroupName: "short",
      });
      const server = { ...suite.good.server, resourceGroupName: "short", serverName: "psql-short" };
      await suite.bench.create("dbforpostgresql:Server", server);
      await suite.bench.delete("resources:ResourceGroup", group);
      assert.equal(
        suite.bench.cloud.resources.all("Microsoft.DBforPostgreSQL/flexibleServers").length,
        0,
      );
      assert.ok(suite.bench.neighbours.calls.includes("stop server psql-short"));
    });
  });
});
