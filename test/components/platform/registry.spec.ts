import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { AZURE_ROLES } from "../../../components/platform/access";
import type { Network } from "../../../components/platform/network";
import type { ProfileName } from "../../../components/platform/profiles";
import { Registry } from "../../../components/platform/registry";
import { guid } from "../../../mocks/fixedValues";
import { MockProgram, valueOf } from "../../../mocks/mocks";
import { GROUP_ID, platformScope } from "../../support/platformScope";

const TYPE = {
  assignment: "azure-native:authorization:RoleAssignment",
  endpoint: "azure-native:network:PrivateEndpoint",
  registry: "azure-native:containerregistry:Registry",
  zoneGroup: "azure-native:network:PrivateDnsZoneGroup",
} as const;

const ENDPOINTS = `${GROUP_ID}/providers/Microsoft.Network/virtualNetworks/vnet-app-test/subnets/endpoints`;
const ZONE = `${GROUP_ID}/providers/Microsoft.Network/privateDnsZones/privatelink.azurecr.io`;

async function registryOf(profile: ProfileName) {
  const program = await MockProgram.start();
  const zone = profile === "prod" ? { id: pulumi.output(ZONE), links: [] } : undefined;
  const registry = new Registry("registry", {
    scope: platformScope(profile),
    network: { endpointsSubnetId: pulumi.output(ENDPOINTS), zones: { registry: zone } } as Network,
    suffix: "abc123",
    kubeletId: guid("kubelet"),
  });
  await program.drained();
  return { program, registry, made: program.find(TYPE.registry, "registry") };
}

describe("Registry", () => {
  let prod: Awaited<ReturnType<typeof registryOf>>;
  let dev: Awaited<ReturnType<typeof registryOf>>;

  before(async () => {
    prod = await registryOf("prod");
    dev = await registryOf("dev");
  });

  it("lets the nodes of the cluster pull, and nobody else do anything", () => {
    for (const { program, made } of [dev, prod]) {
      const [grant, ...more] = program.ofType(TYPE.assignment);
      assert.deepStrictEqual(more, []);
      assert.strictEqual(grant?.name, "kubelet-registry");
      assert.strictEqual(grant.inputs["principalId"], guid("kubelet"));
      assert.strictEqual(grant.inputs["scope"], made.id);
      assert.match(String(grant.inputs["roleDefinitionId"]), new RegExp(AZURE_ROLES.acrPull));
    }
  });

  it("knows neither an administrator's password nor pulls without a login", () => {
    for (const { made } of [dev, prod]) {
      assert.strictEqual(made.inputs["adminUserEnabled"], false);
      assert.strictEqual(made.inputs["anonymousPullEnabled"], false);
    }
  });

  it("is reached in production through its private endpoint only", () => {
    const { program, made } = prod;
    assert.strictEqual(made.inputs["publicNetworkAccess"], "Disabled");
    const endpoint = program.find(TYPE.endpoint, "registry-endpoint").inputs;
    assert.strictEqual((endpoint["subnet"] as { id: string }).id, ENDPOINTS);
    const [connection, ...more] = endpoint["privateLinkServiceConnections"] as {
      privateLinkServiceId: string;
      groupIds: string[];
    }[];
    assert.deepStrictEqual(more, []);
    assert.strictEqual(connection?.privateLinkServiceId, made.id);
    assert.deepStrictEqual(connection.groupIds, ["registry"]);
    const [zoneGroup] = program.ofType(TYPE.zoneGroup);
    assert.ok(JSON.stringify(zoneGroup?.inputs).includes(ZONE));
  });

  it("survives the loss of a zone in production and lets no image out of it", () => {
    const { inputs } = prod.made;
    assert.deepStrictEqual(inputs["sku"], { name: "Premium" });
    assert.strictEqual(inputs["zoneRedundancy"], "Enabled");
    assert.strictEqual(inputs["dataEndpointEnabled"], true);
    assert.strictEqual(inputs["networkRuleBypassOptions"], "AzureServices");
    assert.deepStrictEqual(inputs["policies"], {
      exportPolicy: { status: "disabled" },
      retentionPolicy: { status: "enabled", days: 365 },
    });
  });

  it("asks nothing of the small registry that only the large one has", () => {
    const { program, made } = dev;
    assert.deepStrictEqual(made.inputs["sku"], { name: "Basic" });
    assert.strictEqual(made.inputs["zoneRedundancy"], "Disabled");
    assert.strictEqual(made.inputs["publicNetworkAccess"], "Enabled");
    assert.strictEqual(made.inputs["dataEndpointEnabled"], undefined);
    assert.strictEqual(made.inputs["policies"], undefined);
    assert.deepStrictEqual(program.ofType(TYPE.endpoint), []);
  });

  it("has a name of its own in all of Azure", async () => {
    assert.strictEqual(prod.made.inputs["registryName"], "crappabc123");
    assert.strictEqual(await valueOf(prod.registry.loginServer), "crappabc123.azurecr.io");
  });
});
