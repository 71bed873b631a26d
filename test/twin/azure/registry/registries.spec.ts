import * as assert from "node:assert/strict";
import type { Properties } from "../../../../twin/plugin/provider";
import { GROUP, textOf } from "../../../support/azureCloud";
import { RuleSuite } from "../../../support/azurePlatform";

const REGISTRY = "containerregistry:Registry";

describe("rules for registries in the twin", () => {
  const suite = new RuleSuite();
  const registry = (name: string, sku: string, change: Properties = {}): Properties => ({
    resourceGroupName: GROUP,
    registryName: name,
    sku: { name: sku },
    ...change,
  });

  suite.refuses([
    ["an unknown SKU", REGISTRY, () => registry("crsmall", "Small"), /InvalidSku/],
    [
      "a name with a hyphen",
      REGISTRY,
      () => registry("cr-small", "Basic"),
      /'registryName' does not match expression/,
    ],
    [
      "no public access without Premium",
      REGISTRY,
      () => registry("crsmall", "Basic", { publicNetworkAccess: "Disabled" }),
      /DisablingPublicNetworkAccessNotSupported.*not supported for the SKU Basic/,
    ],
    [
      "several zones without Premium",
      REGISTRY,
      () => registry("crsmall", "Standard", { zoneRedundancy: "Enabled" }),
      /ZoneRedundancyNotSupported.*SKU Standard/,
    ],
    [
      "a retention without Premium",
      REGISTRY,
      () =>
        registry("crsmall", "Basic", {
          policies: { retentionPolicy: { status: "enabled", days: 7 } },
        }),
      /RetentionPolicyNotSupported/,
    ],
  ]);

  it("takes all of it with Premium, and a private endpoint besides", async () => {
    const made = await suite.bench.create(
      REGISTRY,
      registry("crlarge", "Premium", {
        publicNetworkAccess: "Disabled",
        zoneRedundancy: "Enabled",
        policies: { retentionPolicy: { status: "enabled", days: 7 } },
      }),
    );
    const { outputs } = await suite.bench.create("network:PrivateEndpoint", endpoint(made));
    const [connection] = outputs["privateLinkServiceConnections"] as Properties[];
    assert.equal(
      (connection?.["privateLinkServiceConnectionState"] as Properties)["status"],
      "Approved",
    );
    await assert.rejects(
      suite.bench.update(REGISTRY, made, { ...made.inputs, zoneRedundancy: "Disabled" }),
      /ZoneRedundancyCannotBeChanged/,
    );
  });

  it("has no private endpoint without Premium", async () => {
    const made = await suite.bench.create(REGISTRY, registry("crplain", "Basic"));
    await assert.rejects(
      suite.bench.create("network:PrivateEndpoint", endpoint(made)),
      /PrivateEndpointNotSupported.*SKU Basic/,
    );
  });

  it("refuses a name that another registry in Azure has", async () => {
    await suite.bench.create("resources:ResourceGroup", { resourceGroupName: "elsewhere" });
    await suite.bench.create(REGISTRY, registry("crtaken", "Basic"));
    await assert.rejects(
      suite.bench.create(
        REGISTRY,
        registry("CRtaken", "Basic", { resourceGroupName: "elsewhere" }),
      ),
      /AlreadyInUse.*crtaken\.azurecr\.io is already in use/,
    );
  });

  function endpoint({ id, inputs }: { id: string; inputs: Properties }): Properties {
    return {
      resourceGroupName: GROUP,
      privateEndpointName: `pe-${textOf(inputs["registryName"])}`,
      subnet: { id: suite.platform.nodes.id },
      privateLinkServiceConnections: [
        { name: "registry", privateLinkServiceId: id, groupIds: ["registry"] },
      ],
    };
  }
});
