import assert from "node:assert";
import * as privatedns from "@pulumi/azure-native/privatedns";
import * as pulumi from "@pulumi/pulumi";
import { AZURE_ROLES } from "../../../components/platform/access";
import type { Network } from "../../../components/platform/network";
import type { ProfileName } from "../../../components/platform/profiles";
import { Vault } from "../../../components/platform/vault";
import { vaultSecret } from "../../../components/rotation/vaultSecret";
import { guid } from "../../../mocks/fixedValues";
import { MockProgram } from "../../../mocks/mocks";
import { GROUP_ID, platformScope } from "../../support/platformScope";

const TYPE = {
  assignment: "azure-native:authorization:RoleAssignment",
  endpoint: "azure-native:network:PrivateEndpoint",
  link: "azure-native:privatedns:VirtualNetworkLink",
  secret: "azure-native:keyvault:Secret",
  vault: "azure-native:keyvault:Vault",
  zoneGroup: "azure-native:network:PrivateDnsZoneGroup",
} as const;

const ZONE = `${GROUP_ID}/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net`;

async function vaultOf(profile: ProfileName) {
  const program = await MockProgram.start();
  const link = new privatedns.VirtualNetworkLink("link", {
    resourceGroupName: "rg-app-test",
    privateZoneName: "privatelink.vaultcore.azure.net",
    virtualNetworkLinkName: "vnet",
  });
  const vault = new Vault("vault", {
    scope: platformScope(profile),
    network: {
      endpointsSubnetId: pulumi.output("subnets/endpoints"),
      zones: { vault: { id: pulumi.output(ZONE), links: [link] } },
    } as unknown as Network,
    suffix: "abc123",
  });
  vaultSecret("secret", {
    vault: { name: vault.name, tenantId: vault.tenantId, resourceGroupName: "rg-app-test" },
    secretName: "app-blue",
    value: "value",
    enabled: true,
    expires: 0,
    tags: {},
    opts: { dependsOn: [vault.readable] },
  });
  await program.drained();
  const made = program.find(TYPE.vault, "vault");
  return { program, made, properties: made.inputs["properties"] as Record<string, unknown> };
}

describe("Vault", () => {
  let dev: Awaited<ReturnType<typeof vaultOf>>;
  let prod: Awaited<ReturnType<typeof vaultOf>>;

  before(async () => {
    dev = await vaultOf("dev");
    prod = await vaultOf("prod");
  });

  it("lets Azure roles decide, and nothing that a template or a disk could ask for", () => {
    for (const { properties } of [dev, prod]) {
      assert.strictEqual(properties["enableRbacAuthorization"], true);
      assert.strictEqual(properties["enabledForDeployment"], false);
      assert.strictEqual(properties["enabledForDiskEncryption"], false);
      assert.strictEqual(properties["enabledForTemplateDeployment"], false);
      assert.ok(!("accessPolicies" in properties));
    }
  });

  it("never sends purge protection as false, which Azure refuses", () => {
    assert.strictEqual(prod.properties["enablePurgeProtection"], true);
    assert.ok(!("enablePurgeProtection" in dev.properties));
  });

  it("keeps what is deleted, in prod as long as Azure can", () => {
    const kept = [dev, prod].map(({ properties }) => [
      properties["enableSoftDelete"],
      properties["softDeleteRetentionInDays"],
    ]);
    assert.deepStrictEqual(kept, [
      [true, 7],
      [true, 90],
    ]);
  });

  it("is reached in prod through its endpoint only, in dev from the deployer's ranges too", () => {
    const acls = { defaultAction: "Deny", bypass: "AzureServices", virtualNetworkRules: [] };
    assert.strictEqual(prod.properties["publicNetworkAccess"], "Disabled");
    assert.deepStrictEqual(prod.properties["networkAcls"], { ...acls, ipRules: [] });
    assert.strictEqual(dev.properties["publicNetworkAccess"], "Enabled");
    assert.deepStrictEqual(dev.properties["networkAcls"], {
      ...acls,
      ipRules: [{ value: "203.0.113.64/28" }],
    });
  });

  it("cannot be deleted by Pulumi in prod", () => {
    assert.deepStrictEqual([dev.made.options.protect, prod.made.options.protect], [false, true]);
  });

  it("has a private endpoint in its zone, in both profiles", () => {
    for (const { program, made } of [dev, prod]) {
      const [endpoint, ...more] = program.ofType(TYPE.endpoint);
      assert.deepStrictEqual(more, []);
      const [connection] = endpoint!.inputs["privateLinkServiceConnections"] as {
        groupIds: string[];
        privateLinkServiceId: string;
      }[];
      assert.deepStrictEqual(connection!.groupIds, ["vault"]);
      assert.match(connection!.privateLinkServiceId, /\/vaults\/kv-app-abc123$/);
      assert.strictEqual(made.inputs["vaultName"], "kv-app-abc123");
      const [group] = program.ofType(TYPE.zoneGroup);
      const [zone] = group!.inputs["privateDnsZoneConfigs"] as { privateDnsZoneId: string }[];
      assert.strictEqual(zone!.privateDnsZoneId, ZONE);
    }
  });

  it("lets whoever deploys read secrets, and delete none, once there is a way to the vault", () => {
    for (const { program } of [dev, prod]) {
      const right = program.find(TYPE.assignment, "deployer-vault");
      assert.strictEqual(right.inputs["principalId"], guid("deployer", "object"));
      assert.match(
        String(right.inputs["roleDefinitionId"]),
        new RegExp(AZURE_ROLES.keyVaultSecretsUser),
      );
      assert.match(String(right.inputs["scope"]), /\/vaults\/kv-app-abc123$/);
      const secret = program.find(TYPE.secret, "secret");
      for (const earlier of [
        right,
        ...program.ofType(TYPE.zoneGroup),
        program.find(TYPE.link, "link"),
      ]) {
        assert.ok(program.comesAfter(secret, earlier), `${earlier.type} ${earlier.name}`);
      }
    }
  });
});
