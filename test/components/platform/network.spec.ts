import assert from "node:assert";
import { NatGatewaySkuName } from "@pulumi/azure-native/network";
import { Network } from "../../../components/platform/network";
import { groupIn } from "../../../components/platform/peering";
import { privateEndpoint } from "../../../components/platform/privateEndpoint";
import { PROFILES, type ProfileName } from "../../../components/platform/profiles";
import type { SecurityRule } from "../../../components/platform/securityRules";
import { MockProgram, type Registration, valueOf } from "../../../mocks/mocks";

/** Types as the engine names them. */
const TYPE = {
  address: "azure-native:network:PublicIPAddress",
  endpoint: "azure-native:network:PrivateEndpoint",
  endpointNames: "azure-native:network:PrivateDnsZoneGroup",
  link: "azure-native:privatedns:VirtualNetworkLink",
  nat: "azure-native:network:NatGateway",
  network: "azure-native:network:VirtualNetwork",
  peering: "azure-native:network:VirtualNetworkPeering",
  rules: "azure-native:network:NetworkSecurityGroup",
  subnet: "azure-native:network:Subnet",
  zone: "azure-native:privatedns:PrivateZone",
} as const;

const RANGES = {
  network: "10.60.0.0/20",
  nodes: "10.60.0.0/22",
  gateway: "10.60.4.0/24",
  endpoints: "10.60.5.0/26",
  pods: "10.244.0.0/16",
  services: "10.61.0.0/20",
};

const SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000";
const RUNNERS = `${SUBSCRIPTION}/resourceGroups/shared/providers/Microsoft.Network/virtualNetworks/runners`;
const OURS = `${SUBSCRIPTION}/resourceGroups/rg-app-dev/providers/Microsoft.Network/virtualNetworks/vnet-app-dev`;

function scopeOf(profile: ProfileName) {
  return {
    naming: { application: "app", stack: "dev" },
    profile: PROFILES[profile],
    resourceGroupName: "rg-app-dev",
    resourceGroupId: `${SUBSCRIPTION}/resourceGroups/rg-app-dev`,
    location: "westeurope",
    tags: {},
    deployer: { objectId: "o", tenantId: "t", type: "ServicePrincipal", ranges: [] },
    grantSeconds: 0,
    administrators: { groupId: "g", groupName: "admins" },
  } as const;
}

async function networkOf(
  profile: ProfileName,
  runnerNetworkId: string | undefined,
  more: (network: Network) => void = () => undefined,
  privateZonesGroupId?: string,
) {
  const program = await MockProgram.start();
  const network = new Network("network", {
    scope: scopeOf(profile),
    ranges: RANGES,
    runnerNetworkId,
    privateZonesGroupId,
  });
  more(network);
  await program.drained();
  return { program, network };
}

/** A private endpoint in a network. */
function vaultEndpoint(network: Network): void {
  privateEndpoint(
    "vault-endpoint",
    {
      scope: scopeOf("prod"),
      network,
      zone: network.zones.vault,
      service: { id: "vault-id", groupId: "vault" },
    },
    {},
  );
}

describe("Network", () => {
  let program: MockProgram;
  let network: Network;

  before(async () => ({ program, network } = await networkOf("prod", RUNNERS)));

  const subnet = (part: string) => program.find(TYPE.subnet, `network-${part}`);
  const rulesOf = (part: string, of = program) =>
    of.find(TYPE.rules, `network-${part}`).inputs["securityRules"] as SecurityRule[];

  it("gives each subnet a security group of its own", () => {
    const groups = program.ofType(TYPE.subnet).map(({ inputs }) => {
      const { id } = inputs["networkSecurityGroup"] as { id: string };
      return [inputs["subnetName"], inputs["addressPrefix"], id.split("/").at(-1)];
    });
    assert.deepStrictEqual(groups, [
      ["nodes", RANGES.nodes, "nsg-app-dev-nodes"],
      ["gateway", RANGES.gateway, "nsg-app-dev-gateway"],
      ["endpoints", RANGES.endpoints, "nsg-app-dev-endpoints"],
    ]);
  });

  it("writes below the network one after another, because Azure refuses two writes at once", () => {
    const writes = [
      subnet("nodes"),
      subnet("gateway"),
      subnet("endpoints"),
      program.find(TYPE.peering, "network-to-runners"),
      program.find(TYPE.peering, "network-from-runners"),
    ];
    writes.slice(1).forEach((later, index) => {
      const earlier = writes[index]!;
      assert.ok(program.comesAfter(later, earlier), `${later.name} and ${earlier.name}`);
    });
  });

  it("lets nothing out by default, and the nodes through the NAT gateway only", () => {
    const ways = program.ofType(TYPE.subnet).map(({ inputs }) => {
      const { id } = (inputs["natGateway"] ?? { id: "" }) as { id: string };
      return [inputs["subnetName"], inputs["defaultOutboundAccess"], id.split("/").at(-1)];
    });
    assert.deepStrictEqual(ways, [
      ["nodes", false, "ng-app-dev"],
      ["gateway", false, ""],
      ["endpoints", false, ""],
    ]);
    const { inputs: gateway } = program.find(TYPE.nat, "network-out");
    assert.deepStrictEqual([gateway["sku"], gateway["zones"]], [{ name: "Standard" }, ["1"]]);
    const { inputs: address } = program.find(TYPE.address, "network-out");
    assert.strictEqual(address["publicIPAllocationMethod"], "Static");
    assert.deepStrictEqual(address["zones"], ["1", "2", "3"]);
  });

  it("lets clients, Azure's management and its balancer into the gateway's subnet, nobody else", () => {
    assert.deepStrictEqual(inbound(rulesOf("gateway")), [
      "100 Allow Tcp Internet -> 10.60.4.0/24:80,443",
      "110 Allow Tcp GatewayManager -> *:65200-65535",
      "120 Allow * AzureLoadBalancer -> *:*",
      "4096 Deny * * -> *:*",
    ]);
  });

  it("lets nodes and runners reach the endpoints, and not the gateway", () => {
    assert.deepStrictEqual(inbound(rulesOf("endpoints")), [
      "100 Allow Tcp 10.60.0.0/22 -> 10.60.5.0/26:443,5432",
      "200 Deny * 10.60.4.0/24 -> 10.60.5.0/26:*",
      "210 Allow Tcp VirtualNetwork -> 10.60.5.0/26:443,5432",
      "4096 Deny * * -> *:*",
    ]);
  });

  it("holds private endpoints to these rules, but for the API server's among the nodes", () => {
    const policies = program
      .ofType(TYPE.subnet)
      .map(({ inputs }) => [inputs["subnetName"], inputs["privateEndpointNetworkPolicies"]]);
    assert.deepStrictEqual(policies, [
      ["nodes", "Disabled"],
      ["gateway", "Enabled"],
      ["endpoints", "Enabled"],
    ]);
  });

  it("leaves what comes in to the nodes to AKS", () => {
    assert.deepStrictEqual(inbound(rulesOf("nodes")), []);
  });

  it("lets no machine administer another one", () => {
    for (const part of ["nodes", "gateway", "endpoints"]) {
      const out = rulesOf(part).filter(({ direction }) => direction === "Outbound");
      assert.deepStrictEqual(out.map(text), ["4096 Deny * * -> VirtualNetwork:22,3389"], part);
    }
  });

  it("peers with the runners' network in both directions and lets no traffic of others through", () => {
    const peerings = program.ofType(TYPE.peering).map(({ inputs }) => {
      const { id } = inputs["remoteVirtualNetwork"] as { id: string };
      assert.strictEqual(inputs["allowForwardedTraffic"], false);
      return [inputs["resourceGroupName"], inputs["virtualNetworkName"], id];
    });
    assert.deepStrictEqual(peerings, [
      ["rg-app-dev", "vnet-app-dev", RUNNERS],
      ["shared", "runners", OURS],
    ]);
  });

  it("answers private names in both networks", () => {
    const links = program.ofType(TYPE.link).map(({ inputs }) => {
      const { id } = inputs["virtualNetwork"] as { id: string };
      return `${String(inputs["privateZoneName"])} in ${id.split("/").at(-1)}`;
    });
    assert.deepStrictEqual(links.sort(), [
      "privatelink.azurecr.io in runners",
      "privatelink.azurecr.io in vnet-app-dev",
      "privatelink.postgres.database.azure.com in runners",
      "privatelink.postgres.database.azure.com in vnet-app-dev",
      "privatelink.vaultcore.azure.net in runners",
      "privatelink.vaultcore.azure.net in vnet-app-dev",
    ]);
  });

  it("leaves to Azure what it writes into subnets, addresses and endpoints by itself", async () => {
    const { program } = await networkOf("prod", RUNNERS, vaultEndpoint);
    const ignored = [
      program.find(TYPE.subnet, "network-gateway"),
      program.find("azure-native:network:PublicIPAddress", "network-out"),
      program.find("azure-native:network:PrivateEndpoint", "vault-endpoint"),
    ].map(({ options }) => options.ignoreChanges);
    assert.deepStrictEqual(ignored, [
      ["applicationGatewayIPConfigurations"],
      ["natGateway"],
      ["customDnsConfigs"],
    ]);
  });

  it("has no NAT gateway in all zones to choose: the SDK's API version has none", () => {
    assert.deepStrictEqual(Object.values(NatGatewaySkuName), ["Standard"]);
  });

  it("asks public names on where a private zone has no answer", () => {
    const policies = program.ofType(TYPE.link).map(({ inputs }) => inputs["resolutionPolicy"]);
    assert.deepStrictEqual(policies, Array(6).fill("NxDomainRedirect"));
  });

  it("takes the zones that the runners' network has, and makes a link to each for ours", async () => {
    const group = `${SUBSCRIPTION}/resourceGroups/names`;
    const { program, network } = await networkOf("prod", RUNNERS, undefined, group);
    assert.deepStrictEqual(program.ofType(TYPE.zone), []);
    const links = program.ofType(TYPE.link).map(({ name, inputs }) => {
      const { id } = inputs["virtualNetwork"] as { id: string };
      const { resourceGroupName, virtualNetworkLinkName, privateZoneName } = inputs;
      return [name, resourceGroupName, virtualNetworkLinkName, privateZoneName, id === OURS];
    });
    assert.deepStrictEqual(links, [
      [
        "network-database-vnet",
        "names",
        "vnet-app-dev",
        "privatelink.postgres.database.azure.com",
        true,
      ],
      ["network-vault-vnet", "names", "vnet-app-dev", "privatelink.vaultcore.azure.net", true],
      ["network-registry-vnet", "names", "vnet-app-dev", "privatelink.azurecr.io", true],
    ]);
    assert.strictEqual(
      await valueOf(network.zones.vault.id),
      `${group}/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net`,
    );
  });

  it("has an id for each subnet", async () => {
    assert.strictEqual(await valueOf(network.vnetId), OURS);
    assert.deepStrictEqual(
      [
        await valueOf(network.nodesSubnetId),
        await valueOf(network.gatewaySubnetId),
        await valueOf(network.endpointsSubnetId),
      ],
      ["nodes", "gateway", "endpoints"].map((part) => `${OURS}/subnets/${part}`),
    );
  });

  describe("without a runners' network", () => {
    before(async () => ({ program, network } = await networkOf("dev", undefined)));

    it("lets the nodes only reach the endpoints", () => {
      assert.deepStrictEqual(inbound(rulesOf("endpoints")), [
        "100 Allow Tcp 10.60.0.0/22 -> 10.60.5.0/26:443,5432",
        "4096 Deny * * -> *:*",
      ]);
    });

    it("peers with nobody, and has no zone for a registry without endpoint", () => {
      assert.deepStrictEqual(program.ofType(TYPE.peering), []);
      assert.strictEqual(network.zones.registry, undefined);
      assert.deepStrictEqual(
        program.ofType(TYPE.link).map(({ name }) => name),
        ["network-database-vnet", "network-vault-vnet"],
      );
    });
  });

  it("refuses runners of another subscription, where it could not make the way back", () => {
    const [, , ours = ""] = SUBSCRIPTION.split("/");
    const other = RUNNERS.replace(ours, "00000000-0000-0000-0000-000000000009");
    assert.strictEqual(groupIn("runnerNetwork", RUNNERS.toUpperCase(), ours), "SHARED");
    assert.throws(
      () => groupIn("runnerNetwork", other, ours),
      /rotation:runnerNetwork ".*000000000009.*" is not in this stack's subscription \(0+/,
    );
  });

  it("names a private endpoint in its zone once the zone answers and the runners are peered", async () => {
    const { program } = await networkOf("prod", RUNNERS, vaultEndpoint);
    const endpoint = program.find(TYPE.endpoint, "vault-endpoint");
    assert.strictEqual(endpoint.inputs["privateEndpointName"], "pep-app-dev-vault");
    const { id: subnetId } = endpoint.inputs["subnet"] as { id: string };
    assert.strictEqual(subnetId, `${OURS}/subnets/endpoints`);
    assert.deepStrictEqual(endpoint.inputs["privateLinkServiceConnections"], [
      { name: "vault", privateLinkServiceId: "vault-id", groupIds: ["vault"] },
    ]);
    const names = program.find(TYPE.endpointNames, "vault-endpoint");
    const [config] = names.inputs["privateDnsZoneConfigs"] as { privateDnsZoneId: string }[];
    assert.match(
      config!.privateDnsZoneId,
      /\/privateDnsZones\/privatelink\.vaultcore\.azure\.net$/,
    );
    const earlier: Registration[] = [
      endpoint,
      program.find(TYPE.link, "network-vault-vnet"),
      program.find(TYPE.link, "network-vault-runners"),
      program.find(TYPE.peering, "network-from-runners"),
    ];
    for (const one of earlier) {
      assert.ok(program.comesAfter(names, one), one.name);
    }
  });
});

function inbound(rules: SecurityRule[]): string[] {
  return rules.filter(({ direction }) => direction === "Inbound").map(text);
}

function text(rule: SecurityRule): string {
  const ports = rule.destinationPortRanges.join(",");
  return (
    `${rule.priority} ${rule.access} ${rule.protocol} ${rule.sourceAddressPrefix} -> ` +
    `${rule.destinationAddressPrefix}:${ports}`
  );
}
