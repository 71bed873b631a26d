import * as assert from "node:assert/strict";
import type { Properties } from "../../../../twin/plugin/provider";
import { GROUP } from "../../../support/azureCloud";
import { RuleSuite } from "../../../support/azurePlatform";

/**
 * What a refresh takes over into the inputs without anybody having changed anything
 * (pulumi-azure-native issues 2368, 2798, 3220).
 */
describe("what Azure fills in by itself, in the twin", () => {
  const suite = new RuleSuite();

  /** Inputs that a refresh adds or changes. */
  async function refreshed(
    type: string,
    made: { id: string; inputs: Properties; outputs: Properties },
  ) {
    const { inputs = {} } = (await suite.bench.read(type, made))!;
    return Object.fromEntries(
      Object.entries(inputs).filter(
        ([key, value]) => JSON.stringify(value) !== JSON.stringify(made.inputs[key]),
      ),
    );
  }

  it("names the gateway in its subnet, once there is one", async () => {
    const { subnet, gateway } = suite.platform;
    const [configuration] = gateway.outputs["gatewayIPConfigurations"] as Properties[];
    assert.deepEqual(await refreshed("network:Subnet", subnet), {
      applicationGatewayIPConfigurations: [{ id: configuration!["id"] }],
    });
  });

  it("names the NAT gateway in its address", async () => {
    const address = await suite.bench.create("network:PublicIPAddress", {
      resourceGroupName: GROUP,
      publicIpAddressName: "pip-out",
      sku: { name: "Standard" },
      publicIPAllocationMethod: "Static",
    });
    assert.deepEqual(await refreshed("network:PublicIPAddress", address), {});
    const { id } = await suite.bench.create("network:NatGateway", {
      resourceGroupName: GROUP,
      natGatewayName: "ng-out",
      sku: { name: "Standard" },
      publicIpAddresses: [{ id: address.id }],
    });
    assert.deepEqual(await refreshed("network:PublicIPAddress", address), { natGateway: { id } });
  });

  it("takes the names of an endpoint away once a zone has them", async () => {
    const vault = await suite.bench.vault("kv-named");
    const endpoint = await suite.bench.create("network:PrivateEndpoint", {
      resourceGroupName: GROUP,
      privateEndpointName: "pep-named",
      subnet: { id: suite.platform.nodes.id },
      privateLinkServiceConnections: [
        { name: "vault", privateLinkServiceId: vault.id, groupIds: ["vault"] },
      ],
    });
    const [config] = endpoint.outputs["customDnsConfigs"] as Properties[];
    assert.equal(config?.["fqdn"], "kv-named.vault.azure.net");
    assert.deepEqual(await refreshed("network:PrivateEndpoint", endpoint), {});
    const zone = await suite.bench.create("privatedns:PrivateZone", {
      resourceGroupName: GROUP,
      privateZoneName: "privatelink.vaultcore.azure.net",
      location: "global",
    });
    await suite.bench.create("network:PrivateDnsZoneGroup", {
      resourceGroupName: GROUP,
      privateEndpointName: "pep-named",
      privateDnsZoneGroupName: "default",
      privateDnsZoneConfigs: [{ name: "vault", privateDnsZoneId: zone.id }],
    });
    assert.deepEqual(await refreshed("network:PrivateEndpoint", endpoint), {
      customDnsConfigs: [],
    });
  });

  it("gives a server's disk a tier that grows with it", async () => {
    const server = await suite.bench.create("dbforpostgresql:Server", suite.good.server);
    assert.deepEqual(server.outputs["storage"], {
      storageSizeGB: 32,
      autoGrow: "Disabled",
      iops: 120,
      tier: "P4",
      type: "",
    });
    assert.deepEqual(await refreshed("dbforpostgresql:Server", server), {});
    const grown = { ...(server.outputs["storage"] as Properties), storageSizeGB: 64 };
    suite.bench.cloud.resources.amend(server.id, {
      storage: { ...grown, iops: 240, tier: "P6" },
    });
    assert.deepEqual(await refreshed("dbforpostgresql:Server", server), {
      storage: { storageSizeGB: 64, iops: 240, tier: "P6" },
    });
  });
});
