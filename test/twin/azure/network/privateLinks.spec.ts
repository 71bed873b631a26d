import * as assert from "node:assert/strict";
import type { Properties } from "../../../../twin/plugin/provider";
import { GROUP, textOf } from "../../../support/azureCloud";
import { ROLE, RuleSuite } from "../../../support/azurePlatform";

const ZONE = "privatelink.vaultcore.azure.net";

describe("private links in the twin", () => {
  const suite = new RuleSuite();
  const zone = (change: Properties = {}): Properties => ({
    resourceGroupName: GROUP,
    privateZoneName: ZONE,
    location: "global",
    ...change,
  });
  const link = (name: string, change: Properties = {}): Properties => ({
    resourceGroupName: GROUP,
    privateZoneName: ZONE,
    virtualNetworkLinkName: name,
    location: "global",
    virtualNetwork: { id: suite.good.id("Microsoft.Network/virtualNetworks/vnet") },
    ...change,
  });
  const endpoint = (vaultId: string, name: string): Properties => ({
    resourceGroupName: GROUP,
    privateEndpointName: name,
    subnet: { id: suite.platform.nodes.id },
    privateLinkServiceConnections: [
      { name: "vault", privateLinkServiceId: vaultId, groupIds: ["vault"] },
    ],
  });

  /** A vault with a secret that pods of the cluster may read, if they get through to it. */
  async function vaultForPods(vaultName: string, properties: Properties) {
    const vault = await suite.bench.vault(vaultName, properties);
    await suite.bench.create("keyvault:Secret", {
      resourceGroupName: GROUP,
      vaultName,
      secretName: "app",
      properties: { value: "credential" },
    });
    const identity = await suite.bench.identity(`id-${vaultName}`);
    await suite.bench.grant(textOf(identity.outputs["principalId"]), ROLE.secretsUser, vault.id);
    const issuer = textOf(
      (suite.platform.cluster.outputs["oidcIssuerProfile"] as Properties)["issuerURL"],
    );
    const subject = "system:serviceaccount:app:app";
    await suite.bench.create("managedidentity:FederatedIdentityCredential", {
      resourceGroupName: GROUP,
      resourceName: `id-${vaultName}`,
      federatedIdentityCredentialResourceName: "pods",
      issuer,
      subject,
      audiences: ["api://AzureADTokenExchange"],
    });
    const { cloud } = suite.bench;
    const request = { issuer, subject, tenantId: cloud.tenantId, vaultName, secretName: "app" };
    const clientId = textOf(identity.outputs["clientId"]);
    return { vault, read: () => cloud.read({ ...request, clientId, version: "" }) };
  }

  it("are the only way to a vault without public access, and need zone and link", async () => {
    const { vault, read } = await vaultForPods("kv-private", { publicNetworkAccess: "Disabled" });
    const closed = /RESPONSE 403[^]*approved private link[^]*ForbiddenByConnection/;
    await assert.rejects(read(), closed);
    await suite.bench.create("network:PrivateEndpoint", endpoint(vault.id, "pe-vault"));
    await assert.rejects(read(), closed);
    const { id } = await suite.bench.create("privatedns:PrivateZone", zone());
    await suite.bench.create("network:PrivateDnsZoneGroup", {
      resourceGroupName: GROUP,
      privateEndpointName: "pe-vault",
      privateDnsZoneGroupName: "default",
      privateDnsZoneConfigs: [{ name: "vault", privateDnsZoneId: id }],
    });
    await assert.rejects(read(), closed);
    await suite.bench.create("privatedns:VirtualNetworkLink", link("vnet"));
    assert.equal((await read()).value, "credential");
  });

  it("are one way to a vault with a firewall, a rule for the nodes' subnet another", async () => {
    const { vault, read } = await vaultForPods("kv-guarded", {
      networkAcls: { defaultAction: "Deny", bypass: "AzureServices" },
    });
    await assert.rejects(read(), /RESPONSE 403[^]*ForbiddenByFirewall/);
    const properties = vault.inputs["properties"] as Properties;
    await suite.bench.update("keyvault:Vault", vault, {
      ...vault.inputs,
      properties: {
        ...properties,
        networkAcls: {
          defaultAction: "Deny",
          bypass: "AzureServices",
          virtualNetworkRules: [{ id: suite.platform.nodes.id }],
        },
      },
    });
    assert.equal((await read()).value, "credential");
  });

  it("hide services of others' endpoints from a network with a zone, unless it asks on", async () => {
    const { vault, read } = await vaultForPods("kv-elsewhere", {});
    assert.equal((await read()).value, "credential");
    await suite.bench.create("network:VirtualNetwork", {
      resourceGroupName: GROUP,
      virtualNetworkName: "vnet-elsewhere",
      addressSpace: { addressPrefixes: ["10.9.0.0/16"] },
    });
    const subnet = await suite.bench.create("network:Subnet", {
      resourceGroupName: GROUP,
      virtualNetworkName: "vnet-elsewhere",
      subnetName: "endpoints",
      addressPrefix: "10.9.0.0/24",
    });
    await suite.bench.create("network:PrivateEndpoint", {
      ...endpoint(vault.id, "pe-elsewhere"),
      subnet: { id: subnet.id },
    });
    await assert.rejects(read(), /lookup kv-elsewhere\.vault\.azure\.net: no such host/);
    const [linked] = suite.bench.cloud.resources.all(
      "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
    );
    const { id, inputs, outputs } = linked!;
    await suite.bench.update(
      "privatedns:VirtualNetworkLink",
      { id, inputs, outputs },
      link("vnet", { resolutionPolicy: "NxDomainRedirect" }),
    );
    assert.equal((await read()).value, "credential");
  });

  it("refuse a policy of resolution that there is not", async () => {
    await assert.rejects(
      suite.bench.create(
        "privatedns:VirtualNetworkLink",
        link("odd", { resolutionPolicy: "Redirect" }),
      ),
      /resolutionPolicy 'Redirect'.*Default or NxDomainRedirect/,
    );
  });

  it("refuse a second link of a network to a zone", async () => {
    await assert.rejects(
      suite.bench.create("privatedns:VirtualNetworkLink", link("again")),
      /Status=409 Code="Conflict".*'privatelink\.vaultcore\.azure\.net' is already linked/,
    );
  });

  it("refuse a second zone of the same name for a network", async () => {
    const resourceGroupName = "elsewhere";
    await suite.bench.create("resources:ResourceGroup", { resourceGroupName });
    await suite.bench.create("privatedns:PrivateZone", zone({ resourceGroupName }));
    await assert.rejects(
      suite.bench.create("privatedns:VirtualNetworkLink", link("vnet", { resourceGroupName })),
      /cannot be linked to multiple zones with overlapping namespaces/,
    );
  });

  it("refuse a group of another service, and a second group of zones", async () => {
    const { vault } = await vaultForPods("kv-grouped", {});
    const wrong = endpoint(vault.id, "pe-wrong");
    await assert.rejects(
      suite.bench.create("network:PrivateEndpoint", {
        ...wrong,
        privateLinkServiceConnections: [
          { name: "vault", privateLinkServiceId: vault.id, groupIds: ["postgresqlServer"] },
        ],
      }),
      /InvalidPrivateLinkGroup.*must be \["vault"\]/,
    );
    const zoneId = suite.good.id(`Microsoft.Network/privateDnsZones/${ZONE}`);
    await assert.rejects(
      suite.bench.create("network:PrivateDnsZoneGroup", {
        resourceGroupName: GROUP,
        privateEndpointName: "pe-vault",
        privateDnsZoneGroupName: "second",
        privateDnsZoneConfigs: [{ name: "vault", privateDnsZoneId: zoneId }],
      }),
      /MoreThanOnePrivateDnsZoneGroupPerPrivateEndpointNotAllowed/,
    );
  });
});
