import * as assert from "node:assert/strict";
import type { Properties } from "../../twin/plugin/provider";
import { AzureBench, GROUP, type Refusal } from "./azureCloud";

export const ROLE = {
  reader: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
  contributor: "b24988ac-6180-42a0-ab88-20f7382dd24c",
  rbacAdministrator: "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
  networkContributor: "4d97b98b-1d4f-4787-a291-c67834d212e7",
  secretsUser: "4633458b-17de-408a-b874-0445c86b69e6",
  secretsOfficer: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
  identityOperator: "f1a07417-d97a-45cb-824c-7a7467783830",
} as const;

/** Inputs that Azure takes, one set per type; tests change one thing at a time. */
export class GoodInputs {
  private readonly provider: string;

  constructor(readonly subscriptionId: string) {
    this.provider = `/subscriptions/${subscriptionId}/resourceGroups/${GROUP}/providers`;
  }

  id(path: string): string {
    return `${this.provider}/${path}`;
  }

  readonly network: Properties = {
    resourceGroupName: GROUP,
    virtualNetworkName: "vnet",
    addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
  };

  subnet(subnetName: string, addressPrefix: string): Properties {
    return { resourceGroupName: GROUP, virtualNetworkName: "vnet", subnetName, addressPrefix };
  }

  readonly address: Properties = {
    resourceGroupName: GROUP,
    publicIpAddressName: "pip",
    sku: { name: "Standard" },
    publicIPAllocationMethod: "Static",
  };

  /** A security group with one rule that lets Azure manage a gateway, changed as said. */
  securityGroup(networkSecurityGroupName: string, ...changes: Properties[]): Properties {
    return {
      resourceGroupName: GROUP,
      networkSecurityGroupName,
      securityRules: changes.map((change, index) => ({
        name: `rule-${index}`,
        priority: 100 + index,
        direction: "Inbound",
        access: "Allow",
        protocol: "Tcp",
        sourceAddressPrefix: "GatewayManager",
        sourcePortRange: "*",
        destinationAddressPrefix: "*",
        destinationPortRange: "65200-65535",
        ...change,
      })),
    };
  }

  get gateway(): Properties {
    const part = (name: string) => ({
      id: this.id(`Microsoft.Network/applicationGateways/agw/${name}`),
    });
    return {
      resourceGroupName: GROUP,
      applicationGatewayName: "agw",
      sku: { name: "Standard_v2", tier: "Standard_v2", capacity: 1 },
      gatewayIPConfigurations: [
        {
          name: "subnet",
          subnet: { id: this.id("Microsoft.Network/virtualNetworks/vnet/subnets/gateway") },
        },
      ],
      frontendIPConfigurations: [
        {
          name: "public",
          publicIPAddress: { id: this.id("Microsoft.Network/publicIPAddresses/pip") },
        },
      ],
      frontendPorts: [{ name: "http", port: 80 }],
      backendAddressPools: [{ name: "pool" }],
      backendHttpSettingsCollection: [{ name: "settings", port: 80, protocol: "Http" }],
      httpListeners: [
        {
          name: "listener",
          protocol: "Http",
          frontendIPConfiguration: part("frontendIPConfigurations/public"),
          frontendPort: part("frontendPorts/http"),
        },
      ],
      requestRoutingRules: [
        {
          name: "rule",
          priority: 1,
          ruleType: "Basic",
          httpListener: part("httpListeners/listener"),
          backendAddressPool: part("backendAddressPools/pool"),
          backendHttpSettings: part("backendHttpSettingsCollection/settings"),
        },
      ],
    };
  }

  /** The gateway with a firewall, an address in all zones, and TLS with a certificate of a vault. */
  secureGateway(keyVaultSecretId: string, change: Properties = {}): Properties {
    const gateway = JSON.parse(
      JSON.stringify(this.gateway).replaceAll("/agw/", "/agw-tls/").replaceAll("/pip", "/pip-tls"),
    ) as Record<string, Properties[]>;
    const zones = ["1", "2", "3"];
    return {
      ...gateway,
      applicationGatewayName: "agw-tls",
      zones,
      sku: { name: "WAF_v2", tier: "WAF_v2", capacity: 1 },
      firewallPolicy: {
        id: this.id("Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/waf"),
      },
      identity: {
        type: "UserAssigned",
        userAssignedIdentities: [
          this.id("Microsoft.ManagedIdentity/userAssignedIdentities/id-gateway"),
        ],
      },
      sslPolicy: { policyType: "Predefined", policyName: "AppGwSslPolicy20220101S" },
      sslCertificates: [{ name: "production", keyVaultSecretId }],
      httpListeners: [
        {
          ...gateway["httpListeners"]?.[0],
          protocol: "Https",
          sslCertificate: {
            id: this.id("Microsoft.Network/applicationGateways/agw-tls/sslCertificates/production"),
          },
        },
      ],
      ...change,
    };
  }

  /** Rule sets that Azure recommends. */
  readonly firewallPolicy: Properties = {
    resourceGroupName: GROUP,
    policyName: "waf",
    policySettings: { state: "Enabled", mode: "Prevention" },
    managedRules: {
      managedRuleSets: [{ ruleSetType: "Microsoft_DefaultRuleSet", ruleSetVersion: "2.1" }],
    },
  };

  get cluster(): Properties {
    return {
      resourceGroupName: GROUP,
      resourceName: "aks",
      dnsPrefix: "aks",
      identity: {
        type: "UserAssigned",
        userAssignedIdentities: [
          this.id("Microsoft.ManagedIdentity/userAssignedIdentities/id-aks"),
        ],
      },
      oidcIssuerProfile: { enabled: true },
      securityProfile: { workloadIdentity: { enabled: true } },
      addonProfiles: {
        ingressApplicationGateway: {
          enabled: true,
          config: { applicationGatewayId: this.id("Microsoft.Network/applicationGateways/agw") },
        },
      },
      networkProfile: { networkPlugin: "azure", networkPluginMode: "overlay" },
      agentPoolProfiles: [
        {
          name: "system",
          mode: "System",
          count: 1,
          vmSize: "Standard_D4ds_v5",
          vnetSubnetID: this.id("Microsoft.Network/virtualNetworks/vnet/subnets/nodes"),
        },
      ],
    };
  }

  readonly server: Properties = {
    resourceGroupName: GROUP,
    serverName: "psql",
    version: "18",
    sku: { name: "Standard_D2ds_v5", tier: "GeneralPurpose" },
    storage: { storageSizeGB: 32 },
    administratorLogin: "pgadmin",
    administratorLoginPassword: "Correct-horse-battery-1",
  };

  vault(tenantId: string, properties: Properties = {}): Properties {
    return {
      resourceGroupName: GROUP,
      vaultName: "kv-rules",
      properties: {
        tenantId,
        sku: { family: "A", name: "standard" },
        enableRbacAuthorization: true,
        ...properties,
      },
    };
  }
}

/** Network, gateway, identity and, last, the cluster with what it needs before it. */
export async function makePlatform(bench: AzureBench, good: GoodInputs) {
  await bench.create("network:VirtualNetwork", good.network);
  const nodes = await bench.create("network:Subnet", good.subnet("nodes", "10.0.0.0/22"));
  const subnet = await bench.create("network:Subnet", good.subnet("gateway", "10.0.8.0/24"));
  const address = await bench.create("network:PublicIPAddress", good.address);
  const gateway = await bench.create("network:ApplicationGateway", good.gateway);
  const identity = await bench.identity("id-aks");
  const principalId = identity.outputs["principalId"] as string;
  const joins = await bench.grant(principalId, ROLE.networkContributor, nodes.id);
  const cluster = await bench.create("containerservice:ManagedCluster", good.cluster);
  return { nodes, subnet, address, gateway, identity, joins, cluster };
}

/** A cloud with a platform in it, for the tests of the suite that makes this. */
export class RuleSuite {
  bench!: AzureBench;
  good!: GoodInputs;
  platform!: Awaited<ReturnType<typeof makePlatform>>;

  constructor() {
    before(async () => {
      this.bench = await AzureBench.start();
      this.good = new GoodInputs(this.bench.cloud.subscriptionId);
      this.platform = await makePlatform(this.bench, this.good);
    });
    after(() => this.bench.stop());
  }

  /** One test per row: the resource cannot be made, and the text says why. */
  refuses(table: readonly Refusal[]): void {
    for (const [what, type, inputs, error] of table) {
      it(`refuses ${what}`, async () => {
        await assert.rejects(this.bench.create(type, inputs()), error);
      });
    }
  }
}
