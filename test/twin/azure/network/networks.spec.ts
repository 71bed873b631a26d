import * as assert from "node:assert/strict";
import type { Properties } from "../../../../twin/plugin/provider";
import { GROUP, LOCATION, textOf } from "../../../support/azureCloud";
import { RuleSuite } from "../../../support/azurePlatform";

describe("rules for networks in the twin", () => {
  const suite = new RuleSuite();

  const natGateway = (change: Properties) => ({
    resourceGroupName: GROUP,
    natGatewayName: "nat",
    sku: { name: "Standard" },
    ...change,
  });
  let newer: { id: string };

  before(async () => {
    newer = await suite.bench.create("network:PublicIPAddress", {
      ...suite.good.address,
      publicIpAddressName: "pip-newer",
      sku: { name: "StandardV2" },
    });
  });

  describe("for networks", () => {
    suite.refuses([
      [
        "a subnet outside its network",
        "network:Subnet",
        () => suite.good.subnet("a", "10.1.0.0/24"),
        /NetcfgSubnetRangeOutsideVnet/,
      ],
      [
        "subnets that overlap",
        "network:Subnet",
        () => suite.good.subnet("a", "10.0.3.0/24"),
        /NetcfgSubnetRangesOverlap.*\(nodes\)/,
      ],
      [
        "a prefix with host bits",
        "network:Subnet",
        () => suite.good.subnet("a", "10.0.16.1/24"),
        /InvalidCIDRNotation/,
      ],
      [
        "a public address of the retired Basic SKU, which is what no SKU means",
        "network:PublicIPAddress",
        () => ({ ...suite.good.address, publicIpAddressName: "a", sku: {} }),
        /needs sku\.name Standard/,
      ],
      [
        "a Standard address that is not static",
        "network:PublicIPAddress",
        () => ({
          ...suite.good.address,
          publicIpAddressName: "a",
          publicIPAllocationMethod: "Dynamic",
        }),
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
        /SecurityRuleConflict.*rule a conflicts with rule b/,
      ],
      [
        "a security rule below the first priority",
        "network:NetworkSecurityGroup",
        () => suite.good.securityGroup("nsg", { priority: 99 }),
        /SecurityRuleInvalidPriority.*Value provided: 99 Allowed range 100-4096/,
      ],
      [
        "a security rule above the last priority",
        "network:NetworkSecurityGroup",
        () => suite.good.securityGroup("nsg", { priority: 4097 }),
        /SecurityRuleInvalidPriority/,
      ],
      [
        "a security rule that says nothing of its destination",
        "network:NetworkSecurityGroup",
        () => suite.good.securityGroup("nsg", { destinationAddressPrefix: "" }),
        /SecurityRuleParameterNotSpecified.*destinationAddressPrefix or/,
      ],
      [
        "a NAT gateway in two zones",
        "network:NatGateway",
        () => natGateway({ zones: ["1", "2"] }),
        /ResourceCannotHaveMultipleZonesSpecified.*has 2 zones/,
      ],
      [
        "a NAT gateway whose address is of another SKU",
        "network:NatGateway",
        () => natGateway({ publicIpAddresses: [{ id: newer.id }] }),
        /NatGatewayPublicIPAddressSkuMismatch/,
      ],
      [
        "a NAT gateway with the address of an application gateway",
        "network:NatGateway",
        () => natGateway({ publicIpAddresses: [{ id: suite.platform.address.id }] }),
        /PublicIPAddressInUse.*already allocated to resource .*applicationGateways\/agw/,
      ],
      [
        "a NAT gateway without an SKU",
        "network:NatGateway",
        () => natGateway({ sku: {} }),
        /needs sku\.name Standard/,
      ],
      [
        "a private endpoint with the wrong group",
        "network:PrivateEndpoint",
        () => ({
          resourceGroupName: GROUP,
          privateEndpointName: "pe",
          subnet: { id: suite.platform.nodes.id },
          privateLinkServiceConnections: [
            { name: "a", privateLinkServiceId: suite.platform.gateway.id, groupIds: ["vault"] },
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
      const writes = [
        suite.good.subnet("s1", "10.0.20.0/24"),
        suite.good.subnet("s2", "10.0.21.0/24"),
      ];
      const results = await Promise.allSettled(
        writes.map((w) => suite.bench.create("network:Subnet", w)),
      );
      assert.equal(results[0]?.status, "fulfilled");
      assert.match(
        String((results[1] as PromiseRejectedResult).reason),
        /AnotherOperationInProgress/,
      );
      await suite.bench.create("network:Subnet", writes[1]!);
    });

    it("refuses to delete what others use", async () => {
      await assert.rejects(
        suite.bench.delete("network:Subnet", suite.platform.nodes),
        /InUseSubnetCannotBeDeleted.*managedClusters\/aks/,
      );
      await assert.rejects(
        suite.bench.delete("network:PublicIPAddress", suite.platform.address),
        /PublicIPAddressCannotBeDeleted/,
      );
    });

    it("refuses another range for a subnet in which something has addresses", async () => {
      await assert.rejects(
        suite.bench.update(
          "network:Subnet",
          suite.platform.nodes,
          suite.good.subnet("nodes", "10.0.64.0/22"),
        ),
        /InUsePrefixCannotBeDeleted.*10\.0\.0\.0\/22 on Subnet nodes has active allocations/,
      );
      const empty = await suite.bench.create(
        "network:Subnet",
        suite.good.subnet("empty", "10.0.68.0/24"),
      );
      await suite.bench.update("network:Subnet", empty, suite.good.subnet("empty", "10.0.69.0/24"));
    });

    it("refuses an address space that leaves a subnet out", async () => {
      const before = { id: "", inputs: suite.good.network, outputs: {} };
      const smaller = { ...suite.good.network, addressSpace: { addressPrefixes: ["10.0.0.0/22"] } };
      await assert.rejects(
        suite.bench.update("network:VirtualNetwork", before, smaller),
        /NetcfgSubnetRangeOutsideVnet.*Subnet 'gateway'/,
      );
    });

    it("answers with a network's subnets, wherever they were written", async () => {
      const inputs = {
        ...suite.good.network,
        virtualNetworkName: "inline",
        subnets: [{ name: "a", addressPrefix: "10.0.0.0/24" }],
      };
      const { outputs } = await suite.bench.create("network:VirtualNetwork", inputs);
      const [subnet] = outputs["subnets"] as Properties[];
      assert.equal(subnet?.["name"], "a");
      assert.match(textOf(subnet["id"]), /virtualNetworks\/inline\/subnets\/a$/);
    });
  });
});
