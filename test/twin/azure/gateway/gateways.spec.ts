import * as assert from "node:assert/strict";
import type { Properties } from "../../../../twin/plugin/provider";
import { RuleSuite } from "../../../support/azurePlatform";

describe("rules for gateways in the twin", () => {
  const suite = new RuleSuite();

  describe("for gateways", () => {
    const changed = (change: Properties) => () => ({
      ...suite.good.gateway,
      applicationGatewayName: "other",
      ...change,
    });
    suite.refuses([
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
          const text = JSON.stringify(suite.good.gateway).replaceAll(
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
      const text = JSON.stringify(suite.good.gateway).replace('"priority":1,', "");
      await assert.rejects(
        suite.bench.update(
          "network:ApplicationGateway",
          suite.platform.gateway,
          JSON.parse(text) as Properties,
        ),
        /RequestRoutingRulePriorityCannotBeEmpty/,
      );
    });

    it("wipes what the ingress controller wrote when somebody else PUTs the gateway", async () => {
      const inputs = { ...suite.good.gateway, tags: { touched: "1" } };
      await suite.bench.update("network:ApplicationGateway", suite.platform.gateway, inputs);
      assert.equal(
        suite.bench.neighbours.calls.filter((call) => call === "reset gateway agw").length,
        1,
      );
    });
  });

  describe("for security groups of a gateway's subnet", () => {
    const gatewaySubnet = (networkSecurityGroupName: string) => ({
      ...suite.good.subnet("gateway", "10.0.8.0/24"),
      networkSecurityGroup: {
        id: suite.good.id(`Microsoft.Network/networkSecurityGroups/${networkSecurityGroupName}`),
      },
    });
    const blocked =
      /ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup.*65200 - 65535/;
    const DENY = { access: "Deny", sourceAddressPrefix: "*", destinationPortRange: "*" };
    const attach = async (name: string, ...rules: Properties[]) => {
      const group = await suite.bench.create(
        "network:NetworkSecurityGroup",
        suite.good.securityGroup(name, ...rules),
      );
      await suite.bench.update("network:Subnet", suite.platform.subnet, gatewaySubnet(name));
      return group;
    };

    for (const [what, ...rules] of [
      ["has no rule for Azure's manager"],
      ["denies everything first", DENY, {}],
      ["opens a part of the ports only", { destinationPortRange: "65200-65500" }],
      ["opens them to one address only", { destinationAddressPrefix: "10.0.8.0/24" }],
      ["opens them to others only", { sourceAddressPrefix: "AzureLoadBalancer" }],
    ] as [string, ...Properties[]][]) {
      it(`refuses one that ${what}`, async () => {
        await assert.rejects(attach(what.replaceAll(/\W/g, "-"), ...rules), blocked);
      });
    }

    it("takes one that opens the ports before it denies everything, and keeps it so", async () => {
      const group = await attach("open", {}, DENY);
      await assert.rejects(
        suite.bench.update(
          "network:NetworkSecurityGroup",
          group,
          suite.good.securityGroup("open", DENY, {}),
        ),
        blocked,
      );
    });
  });
});
