import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { Gateway, type GatewayArgs } from "../../../components/platform/gateway";
import { PROFILES, type ProfileName } from "../../../components/platform/profiles";
import { MockProgram } from "../../../mocks/mocks";

/** Types as the engine names them. */
const TYPE = {
  address: "azure-native:network:PublicIPAddress",
  assignment: "azure-native:authorization:RoleAssignment",
  gateway: "azure-native:network:ApplicationGateway",
  identity: "azure-native:managedidentity:UserAssignedIdentity",
  policy: "azure-native:network:WebApplicationFirewallPolicy",
} as const;

const GROUP = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-app-dev";
const GATEWAY = `${GROUP}/providers/Microsoft.Network/applicationGateways/agw-app-dev`;

const CERTIFICATE = {
  resourceId: `${GROUP}/providers/Microsoft.KeyVault/vaults/shared-certificates/secrets/app`,
  secretId: "https://shared-certificates.vault.azure.net/secrets/app",
};

function gatewayArgs(profile: ProfileName): GatewayArgs {
  return {
    scope: {
      naming: { application: "app", stack: "dev" },
      profile: PROFILES[profile],
      resourceGroupName: "rg-app-dev",
      resourceGroupId: GROUP,
      location: "westeurope",
      tags: {},
      deployer: { objectId: "o", tenantId: "t", type: "ServicePrincipal", ranges: [] },
      grantSeconds: 0,
      administrators: { groupId: "g", groupName: "admins" },
    },
    subnetId: "subnet",
    certificate: CERTIFICATE,
    maintenance: false,
  };
}

async function gatewayOf(profile: ProfileName) {
  const program = await MockProgram.start();
  new Gateway("gateway", gatewayArgs(profile));
  await program.drained();
  return { program, gateway: program.find(TYPE.gateway, "gateway") };
}

type Part = Readonly<Record<string, unknown>> & { readonly name: string };

describe("Gateway", () => {
  let program: MockProgram;
  let gateway: Awaited<ReturnType<typeof gatewayOf>>["gateway"];

  before(async () => ({ program, gateway } = await gatewayOf("prod")));

  it("keeps the hooks of whoever makes it beside its own, and leaves theirs as they are", async () => {
    const hooked = await MockProgram.start();
    const hook = new pulumi.ResourceHook("theirs", () => undefined);
    const opts = { hooks: { beforeUpdate: [hook] } };
    new Gateway("gateway", gatewayArgs("prod"), opts);
    await hooked.drained();
    const { options } = hooked.find("rotation:platform:Gateway", "gateway");
    assert.deepStrictEqual(options.hooks.beforeUpdate, ["gateway-replacement", "theirs"]);
    assert.deepStrictEqual(opts, { hooks: { beforeUpdate: [hook] } });
  });

  const parts = (collection: string) => gateway.inputs[collection] as Part[];
  const part = (collection: string, name: string) => {
    const found = parts(collection).find((candidate) => candidate.name === name);
    assert.ok(found, `There is no ${name} in ${collection}`);
    return found;
  };

  it("has a firewall that blocks by Microsoft's default and bot rules", () => {
    const { inputs, urn } = program.find(TYPE.policy, "gateway");
    assert.deepStrictEqual(inputs["policySettings"], {
      fileUploadEnforcement: true,
      fileUploadLimitInMb: 100,
      maxRequestBodySizeInKb: 128,
      mode: "Prevention",
      requestBodyCheck: true,
      requestBodyEnforcement: true,
      state: "Enabled",
    });
    assert.deepStrictEqual(inputs["managedRules"], {
      managedRuleSets: [
        { ruleSetType: "Microsoft_DefaultRuleSet", ruleSetVersion: "2.1" },
        { ruleSetType: "Microsoft_BotManagerRuleSet", ruleSetVersion: "1.1" },
      ],
    });
    assert.deepStrictEqual(gateway.inputs["sku"], { name: "WAF_v2", tier: "WAF_v2" });
    assert.ok(gateway.options.dependencies.includes(urn));
  });

  it("may read its certificate, and nothing else, before it exists", () => {
    const identity = program.find(TYPE.identity, "gateway");
    const grants = program.ofType(TYPE.assignment);
    assert.deepStrictEqual(
      grants.map(({ name, inputs }) => [name, inputs["scope"]]),
      [["gateway-certificate", CERTIFICATE.resourceId]],
    );
    assert.ok(program.comesAfter(gateway, grants[0]!));
    assert.ok(program.comesAfter(grants[0]!, identity));
    const { type, userAssignedIdentities } = gateway.inputs["identity"] as Record<string, unknown>;
    assert.strictEqual(type, "UserAssigned");
    assert.match(String(userAssignedIdentities), /\/userAssignedIdentities\/id-app-dev-gateway$/);
  });

  it("serves TLS 1.2 and newer with the certificate that renews itself, by HTTP/2 as well", () => {
    assert.deepStrictEqual(parts("sslCertificates"), [
      { name: "production", keyVaultSecretId: CERTIFICATE.secretId },
    ]);
    const https = part("httpListeners", "https");
    assert.deepStrictEqual(
      [https["protocol"], https["sslCertificate"], https["frontendPort"]],
      [
        "Https",
        { id: `${GATEWAY}/sslCertificates/production` },
        { id: `${GATEWAY}/frontendPorts/https` },
      ],
    );
    assert.deepStrictEqual(gateway.inputs["sslPolicy"], {
      policyName: "AppGwSslPolicy20220101S",
      policyType: "Predefined",
    });
    assert.strictEqual(gateway.inputs["enableHttp2"], true);
  });

  it("does nothing with HTTP but redirect it", () => {
    const unprotected = parts("httpListeners").filter(({ protocol }) => protocol === "Http");
    assert.deepStrictEqual(
      unprotected.map(({ name }) => name),
      ["http"],
    );
    const rules = parts("requestRoutingRules").filter(({ httpListener }) =>
      (httpListener as { id: string }).id.endsWith("/http"),
    );
    assert.deepStrictEqual(rules, [
      {
        name: "http",
        priority: 20_000,
        ruleType: "Basic",
        httpListener: { id: `${GATEWAY}/httpListeners/http` },
        redirectConfiguration: { id: `${GATEWAY}/redirectConfigurations/http` },
      },
    ]);
    const redirect = part("redirectConfigurations", "http");
    assert.deepStrictEqual(
      [redirect["redirectType"], redirect["targetListener"]],
      ["Permanent", { id: `${GATEWAY}/httpListeners/https` }],
    );
  });

  it("refers to no part of itself that does not exist", () => {
    const known = new Set(
      Object.entries(gateway.inputs).flatMap(([collection, value]) =>
        (Array.isArray(value) ? (value as Part[]) : []).map(
          ({ name }) => `${GATEWAY}/${collection}/${name}`,
        ),
      ),
    );
    const referred = JSON.stringify(gateway.inputs).match(new RegExp(`${GATEWAY}/[^"]+`, "g"))!;
    assert.ok(referred.length > 8);
    assert.deepStrictEqual(
      referred.filter((id) => !known.has(id)),
      [],
    );
  });

  it("is in all zones, and so is its fixed address", () => {
    const { inputs } = program.find(TYPE.address, "gateway-address");
    assert.deepStrictEqual(gateway.inputs["zones"], ["1", "2", "3"]);
    assert.deepStrictEqual(inputs["zones"], gateway.inputs["zones"]);
    assert.deepStrictEqual(
      [inputs["sku"], inputs["publicIPAllocationMethod"]],
      [{ name: "Standard" }, "Static"],
    );
  });

  it("scales and is protected as the profile says", async () => {
    assert.deepStrictEqual(gateway.inputs["autoscaleConfiguration"], {
      minCapacity: 2,
      maxCapacity: 10,
    });
    assert.strictEqual(gateway.options.protect, true);
    const { gateway: ofDev } = await gatewayOf("dev");
    assert.deepStrictEqual(ofDev.inputs["autoscaleConfiguration"], {
      minCapacity: 0,
      maxCapacity: 2,
    });
    assert.strictEqual(ofDev.options.protect, false);
  });

  it("leaves everything that the ingress controller writes alone", () => {
    assert.deepStrictEqual([...gateway.options.ignoreChanges].sort(), [
      "backendAddressPools",
      "backendHttpSettingsCollection",
      "frontendPorts",
      "httpListeners",
      "probes",
      "redirectConfigurations",
      "requestRoutingRules",
      "rewriteRuleSets",
      "sslCertificates",
      "tags",
      "urlPathMaps",
    ]);
  });
});
