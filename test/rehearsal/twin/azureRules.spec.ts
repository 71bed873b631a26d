import * as assert from "node:assert/strict";
import type { Properties } from "../../../rehearsal/twin/provider";
import { AzureBench, GROUP, LOCATION, textOf, type Refusal } from "../../support/azureCloud";
import { GoodInputs, makePlatform } from "../../support/azurePlatform";

describe("rules of Azure in the twin", () => {
  let bench: AzureBench;
  let good: GoodInputs;
  let platform: Awaited<ReturnType<typeof makePlatform>>;

  before(async () => {
    bench = await AzureBench.start(204);
    good = new GoodInputs(bench.cloud.subscriptionId);
    platform = await makePlatform(bench, good);
  });

  after(() => bench.stop());

  function refuses(table: readonly Refusal[]): void {
    for (const [what, type, inputs, error] of table) {
      it(`refuses ${what}`, async () => {
        await assert.rejects(bench.create(type, inputs()), error);
      });
    }
  }

  describe("for every type", () => {
    refuses([
      [
        "to take over what exists",
        "network:VirtualNetwork",
        () => good.network,
        /^Error: cannot create already existing resource '.*virtualNetworks\/vnet'/,
      ],
      [
        "a resource in a group that does not exist",
        "network:VirtualNetwork",
        () => ({ ...good.network, resourceGroupName: "nowhere" }),
        /ResourceGroupNotFound/,
      ],
      [
        "a child without its parent",
        "network:Subnet",
        () => ({ ...good.subnet("a", "10.0.0.0/24"), virtualNetworkName: "none" }),
        /ParentResourceNotFound/,
      ],
      [
        "a reference to what does not exist",
        "network:Subnet",
        () => ({
          ...good.subnet("a", "10.0.1.0/24"),
          networkSecurityGroup: { id: good.id("Microsoft.Network/networkSecurityGroups/none") },
        }),
        /InvalidResourceReference/,
      ],
      [
        "a reference to something of another type",
        "network:Subnet",
        () => ({
          ...good.subnet("a", "10.0.1.0/24"),
          networkSecurityGroup: { id: platform.address.id },
        }),
        /InvalidResourceReference/,
      ],
      [
        "a reference that is no id",
        "network:Subnet",
        () => ({ ...good.subnet("a", "10.0.1.0/24"), natGateway: { id: "nat" } }),
        /LinkedInvalidPropertyId/,
      ],
    ]);

    it("refuses to move a resource that the provider would update in place", async () => {
      const vault = await bench.vault("kv-moves");
      const inputs = { ...vault.inputs, location: "northeurope" };
      await assert.rejects(
        bench.update("keyvault:Vault", vault, inputs),
        /InvalidResourceLocation/,
      );
    });

    it("removes a group with everything in it, and what ran there", async () => {
      const group = await bench.create("resources:ResourceGroup", { resourceGroupName: "short" });
      const server = { ...good.server, resourceGroupName: "short", serverName: "psql-short" };
      await bench.create("dbforpostgresql:Server", server);
      await bench.delete("resources:ResourceGroup", group);
      assert.equal(
        bench.cloud.resources.all("Microsoft.DBforPostgreSQL/flexibleServers").length,
        0,
      );
      assert.ok(bench.neighbours.calls.includes("stop server psql-short"));
    });
  });

  describe("for networks", () => {
    refuses([
      [
        "a subnet outside its network",
        "network:Subnet",
        () => good.subnet("a", "10.1.0.0/24"),
        /NetcfgSubnetRangeOutsideVnet/,
      ],
      [
        "subnets that overlap",
        "network:Subnet",
        () => good.subnet("a", "10.0.3.0/24"),
        /NetcfgSubnetRangesOverlap.*\(nodes\)/,
      ],
      [
        "a prefix with host bits",
        "network:Subnet",
        () => good.subnet("a", "10.0.16.1/24"),
        /InvalidCIDRNotation/,
      ],
      [
        "a public address of the retired Basic SKU, which is what no SKU means",
        "network:PublicIPAddress",
        () => ({ ...good.address, publicIpAddressName: "a", sku: {} }),
        /needs sku\.name Standard/,
      ],
      [
        "a Standard address that is not static",
        "network:PublicIPAddress",
        () => ({ ...good.address, publicIpAddressName: "a", publicIPAllocationMethod: "Dynamic" }),
        /must have AllocationMethod set to Static/,
      ],
      [
        "two security rules with the same priority",
        "network:NetworkSecurityGroup",
        () => ({
          resourceGroupName: GROUP,
          networkSecurityGroupName: "nsg",
          securityRules: ["a", "b"].map((name) => ({
            name,
            priority: 100,
            direction: "Inbound",
            access: "Allow",
            protocol: "Tcp",
          })),
        }),
        /SecurityRuleConflict/,
      ],
      [
        "a private endpoint with the wrong group",
        "network:PrivateEndpoint",
        () => ({
          resourceGroupName: GROUP,
          privateEndpointName: "pe",
          subnet: { id: platform.nodes.id },
          privateLinkServiceConnections: [
            { name: "a", privateLinkServiceId: platform.gateway.id, groupIds: ["vault"] },
          ],
        }),
        /PrivateLinkServiceNotFound/,
      ],
      [
        "a private zone in a region",
        "privatedns:PrivateZone",
        () => ({ resourceGroupName: GROUP, privateZoneName: "a.example", location: LOCATION }),
        /location of private DNS resources is 'global'/,
      ],
    ]);

    it("refuses the second of two writes of subnets in one network, and takes it afterwards", async () => {
      const writes = [good.subnet("s1", "10.0.20.0/24"), good.subnet("s2", "10.0.21.0/24")];
      const results = await Promise.allSettled(
        writes.map((w) => bench.create("network:Subnet", w)),
      );
      assert.equal(results[0]?.status, "fulfilled");
      assert.match(
        String((results[1] as PromiseRejectedResult).reason),
        /AnotherOperationInProgress/,
      );
      await bench.create("network:Subnet", writes[1]!);
    });

    it("refuses to delete what others use", async () => {
      await assert.rejects(
        bench.delete("network:Subnet", platform.nodes),
        /InUseSubnetCannotBeDeleted.*managedClusters\/aks/,
      );
      await assert.rejects(
        bench.delete("network:PublicIPAddress", platform.address),
        /PublicIPAddressCannotBeDeleted/,
      );
    });

    it("answers with a network's subnets, wherever they were written", async () => {
      const inputs = {
        ...good.network,
        virtualNetworkName: "inline",
        subnets: [{ name: "a", addressPrefix: "10.0.0.0/24" }],
      };
      const { outputs } = await bench.create("network:VirtualNetwork", inputs);
      const [subnet] = outputs["subnets"] as Properties[];
      assert.equal(subnet?.["name"], "a");
      assert.match(textOf(subnet["id"]), /virtualNetworks\/inline\/subnets\/a$/);
    });
  });

  describe("for gateways", () => {
    const changed = (change: Properties) => () => ({
      ...good.gateway,
      applicationGatewayName: "other",
      ...change,
    });
    refuses([
      [
        "a SKU of the first version",
        "network:ApplicationGateway",
        changed({ sku: { name: "Standard_Small", tier: "Standard", capacity: 1 } }),
        /V1 was retired/,
      ],
      [
        "capacity together with autoscaling",
        "network:ApplicationGateway",
        changed({ autoscaleConfiguration: { minCapacity: 1 } }),
        /either sku\.capacity or autoscale/,
      ],
      [
        "a firewall SKU without a policy",
        "network:ApplicationGateway",
        changed({ sku: { name: "WAF_v2", tier: "WAF_v2", capacity: 1 } }),
        /must have a valid WAF policy/,
      ],
      [
        "a gateway without a listener",
        "network:ApplicationGateway",
        changed({ httpListeners: [] }),
        /at least one entry in httpListeners/,
      ],
      [
        "a public address that another gateway has",
        "network:ApplicationGateway",
        () => {
          const text = JSON.stringify(good.gateway).replaceAll(
            "applicationGateways/agw",
            "applicationGateways/other",
          );
          return { ...(JSON.parse(text) as Properties), applicationGatewayName: "other" };
        },
        /PublicIPAddressInUse/,
      ],
      [
        "a part that refers to a part that is not there",
        "network:ApplicationGateway",
        changed({}),
        /InvalidResourceReference.*applicationGateways\/agw/,
      ],
    ]);

    it("refuses a routing rule without a priority", async () => {
      const text = JSON.stringify(good.gateway).replace('"priority":1,', "");
      await assert.rejects(
        bench.update(
          "network:ApplicationGateway",
          platform.gateway,
          JSON.parse(text) as Properties,
        ),
        /RequestRoutingRulePriorityCannotBeEmpty/,
      );
    });

    it("wipes what the ingress controller wrote when somebody else PUTs the gateway", async () => {
      const inputs = { ...good.gateway, tags: { touched: "1" } };
      await bench.update("network:ApplicationGateway", platform.gateway, inputs);
      assert.equal(bench.neighbours.calls.filter((call) => call === "reset gateway agw").length, 1);
    });
  });
});
