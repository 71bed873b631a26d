import assert from "node:assert";
import { AZURE_ROLES } from "../../../components/platform/azureRoles";
import { Platform, type PlatformArgs } from "../../../components/platform/platform";
import { guid } from "../../support/fixedValues";
import { MockProgram, type Registration, valueOf } from "../../support/mocks";

const ARGS: PlatformArgs = {
  application: "app",
  stack: "dev",
  location: "westeurope",
  deployerType: "ServicePrincipal",
  cluster: { nodeSize: "Standard_D4ds_v5", nodeCount: 3, kubeLogin: "workloadidentity" },
  database: { version: "18", size: "Standard_D2ds_v5", tier: "GeneralPurpose" },
};

/** Types as the engine names them. */
const TYPE = {
  assignment: "azure-native:authorization:RoleAssignment",
  cluster: "azure-native:containerservice:ManagedCluster",
  credential: "azure-native:managedidentity:FederatedIdentityCredential",
  gateway: "azure-native:network:ApplicationGateway",
  group: "azure-native:resources:ResourceGroup",
  kubernetes: "pulumi:providers:kubernetes",
  namespace: "kubernetes:core/v1:Namespace",
  password: "random:index/randomPassword:RandomPassword",
  postgresql: "pulumi:providers:postgresql",
  server: "azure-native:dbforpostgresql:Server",
  subnet: "azure-native:network:Subnet",
  suffix: "random:index/randomString:RandomString",
  vault: "azure-native:keyvault:Vault",
} as const;

/** Who is behind the object ids of the mocks. */
const PRINCIPALS: Readonly<Record<string, string>> = {
  [guid("deployer", "object")]: "deployer",
  [guid("id-app-dev-cluster", "principal")]: "cluster",
  [guid("id-app-dev-blue", "principal")]: "blue",
  [guid("id-app-dev-green", "principal")]: "green",
  [guid("id-app-dev-proofs", "principal")]: "proofs",
  [guid("aks-app-dev", "ingressApplicationGateway", "object")]: "ingress controller",
};

async function platformOf(...platforms: (readonly [string, Partial<PlatformArgs>])[]) {
  const program = await MockProgram.start();
  const made = platforms.map(([name, args]) => new Platform(name, { ...ARGS, ...args }));
  await program.drained();
  return { program, platform: made[0]! };
}

describe("Platform", () => {
  let program: MockProgram;
  let platform: Platform;

  before(async () => ({ program, platform } = await platformOf(["platform", {}])));

  /** `vaults/kv-app-x` instead of a whole resource id. */
  function short(id: unknown): string {
    const group = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/;
    const path = String(id).replace(group, "").split("/").slice(3).join("/");
    return path.replace(suffix(), "<suffix>") || "resource group";
  }

  function suffix(): string {
    const { inputs } = program.find(TYPE.vault, "platform-vault");
    return String(inputs["vaultName"]).slice("kv-app-".length);
  }

  function inputs(type: string, name: string): Readonly<Record<string, unknown>> {
    return program.find(type, name).inputs;
  }

  function under(parent: string): Registration[] {
    return program.registrations.filter(({ options }) => options.parent === parent);
  }

  it("grants exactly these roles to exactly these principals, each on one scope", () => {
    const roles = new Map<string, string>(Object.entries(AZURE_ROLES).map(([k, id]) => [id, k]));
    const granted = program.ofType(TYPE.assignment).map(({ inputs }) => {
      const { principalId, roleDefinitionId, scope } = inputs as Record<string, string>;
      const role = roles.get(roleDefinitionId!.split("/").at(-1)!);
      return `${PRINCIPALS[principalId!]}: ${role} on ${short(scope)}`;
    });
    assert.deepStrictEqual(granted.sort(), [
      "blue: keyVaultSecretsUser on vaults/kv-app-<suffix>/secrets/app-blue",
      "cluster: networkContributor on virtualNetworks/vnet-app-dev/subnets/nodes",
      "deployer: aksClusterAdmin on managedClusters/aks-app-dev",
      "deployer: keyVaultSecretsOfficer on vaults/kv-app-<suffix>",
      "green: keyVaultSecretsUser on vaults/kv-app-<suffix>/secrets/app-green",
      "ingress controller: contributor on applicationGateways/agw-app-dev",
      "ingress controller: networkContributor on virtualNetworks/vnet-app-dev/subnets/gateway",
      "ingress controller: reader on resource group",
      "proofs: keyVaultSecretsUser on vaults/kv-app-<suffix>/secrets/app-retired",
      "proofs: keyVaultSecretsUser on vaults/kv-app-<suffix>/secrets/app-rotator",
    ]);
  });

  it("names Azure's built-in roles by the ids that Azure documents", () => {
    assert.deepStrictEqual(AZURE_ROLES, {
      keyVaultSecretsUser: "4633458b-17de-408a-b874-0445c86b69e6",
      keyVaultSecretsOfficer: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
      networkContributor: "4d97b98b-1d4f-4787-a291-c67834d212e7",
      contributor: "b24988ac-6180-42a0-ab88-20f7382dd24c",
      reader: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
      aksClusterAdmin: "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
    });
  });

  it("says of every principal what it is, so that Azure need not have seen it yet", async () => {
    const { program } = await platformOf(["platform", { deployerType: "User" }]);
    for (const { name, inputs } of program.ofType(TYPE.assignment)) {
      const expected = name.endsWith("-deployer") ? "User" : "ServicePrincipal";
      assert.strictEqual(inputs["principalType"], expected, name);
    }
  });

  it("trusts exactly the service accounts of the slots and of their proofs", () => {
    const trusted = program.ofType(TYPE.credential).map(({ inputs }) => {
      const { resourceName, subject, audiences, issuer } = inputs as Record<string, string>;
      return [resourceName, subject, String(audiences), issuer];
    });
    const issuer = `https://oidc.example.invalid/${guid("aks-app-dev", "issuer")}/`;
    const expected = [
      ["id-app-dev-blue", "app-blue"],
      ["id-app-dev-blue", "app-proof-blue"],
      ["id-app-dev-green", "app-green"],
      ["id-app-dev-green", "app-proof-green"],
      ["id-app-dev-proofs", "app-proof-blue"],
      ["id-app-dev-proofs", "app-proof-green"],
    ].map(([identity, account]) => [
      identity,
      `system:serviceaccount:app:${account}`,
      "api://AzureADTokenExchange",
      issuer,
    ]);
    assert.deepStrictEqual(trusted.sort(), expected);
  });

  it("writes the trust of one identity one after another, and those of others beside it", () => {
    const credential = (identity: string, account: string) =>
      program.find(TYPE.credential, `platform-identities-${identity}-${account}`);
    for (const [identity, first, second] of [
      ["blue", "app-blue", "app-proof-blue"],
      ["green", "app-green", "app-proof-green"],
      ["proofs", "app-proof-blue", "app-proof-green"],
    ] as const) {
      const [earlier, later] = [credential(identity, first), credential(identity, second)];
      assert.ok(program.comesAfter(later, earlier), identity);
    }
    const [blue, green] = [credential("blue", "app-blue"), credential("green", "app-proof-green")];
    assert.ok(!program.comesAfter(green, blue));
  });

  it("writes the subnets of the network one after another", () => {
    const [nodes, gateway, endpoints] = ["nodes", "gateway", "endpoints"].map((part) =>
      program.find(TYPE.subnet, `platform-network-${part}`),
    );
    assert.strictEqual(program.ofType(TYPE.subnet).length, 3);
    assert.ok(program.comesAfter(gateway!, nodes!));
    assert.ok(program.comesAfter(endpoints!, gateway!));
  });

  it("names every child after its component, and has it under that", () => {
    const [root] = program.registrations.filter(({ name }) => name === "platform");
    const components = program.registrations.filter(({ custom }) => !custom);
    assert.ok(components.length > 5, "components were found");
    const seen = new Set<Registration>();
    for (const component of components) {
      for (const child of under(component.urn)) {
        seen.add(child);
        assert.ok(
          child.name === component.name || child.name.startsWith(`${component.name}-`),
          `${child.type} ${child.name} is not named after ${component.name}`,
        );
      }
    }
    const orphans = program.registrations.filter(
      (each) => !seen.has(each) && each !== root && each.type !== "pulumi:pulumi:Stack",
    );
    assert.deepStrictEqual(
      orphans.map(({ name }) => name),
      [],
    );
  });

  it("leaves to the ingress controller what that owns of the gateway, and nothing else", () => {
    const gateway = program.find(TYPE.gateway, "platform-gateway");
    // The collections that it writes, and the tags with which it marks the gateway as its own.
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
    for (const required of ["frontendPorts", "httpListeners", "requestRoutingRules"]) {
      assert.ok(required in gateway.inputs, `Azure makes no gateway without ${required}`);
    }
  });

  it("keeps the administrator's password secret, and never changes it on the server", () => {
    const server = program.find(TYPE.server, "platform-database");
    assert.deepStrictEqual(server.secretInputs, ["administratorLoginPassword"]);
    assert.deepStrictEqual(server.options.ignoreChanges, ["administratorLoginPassword"]);
    const provider = program.find(TYPE.postgresql, "platform-database-postgresql");
    assert.ok(provider.secretInputs.includes("password"));
    const password = server.inputs["administratorLoginPassword"];
    assert.strictEqual(provider.inputs["password"], password);
    const holders = program.registrations.filter(({ inputs }) =>
      JSON.stringify(inputs).includes(String(password)),
    );
    assert.deepStrictEqual(holders, [server, provider]);
  });

  it("reaches the database as no superuser, with its certificate checked", () => {
    const settings = inputs(TYPE.postgresql, "platform-database-postgresql");
    // The SDK hands the settings of a provider over as text.
    assert.deepStrictEqual(
      [settings["superuser"], settings["sslmode"], settings["username"], settings["database"]],
      ["false", "verify-full", "rotation_admin", "app"],
    );
    const { network } = inputs(TYPE.server, "platform-database");
    assert.deepStrictEqual(network, { publicNetworkAccess: "Disabled" });
  });

  it("has the vault decide by Azure roles, and keep what is deleted", () => {
    const { properties } = inputs(TYPE.vault, "platform-vault");
    const settings = properties as Record<string, unknown>;
    assert.strictEqual(settings["enableRbacAuthorization"], true);
    assert.strictEqual(settings["enableSoftDelete"], true);
    assert.ok(!("accessPolicies" in settings));
  });

  it("holds the application's namespace to the restricted profile", async () => {
    const { metadata } = inputs(TYPE.namespace, "platform-namespace");
    assert.deepStrictEqual(metadata, {
      name: "app",
      labels: { "pod-security.kubernetes.io/enforce": "restricted" },
    });
    assert.strictEqual(await valueOf(platform.namespace), "app");
  });

  it("has the cluster do what a rotation needs of it", () => {
    const cluster = inputs(TYPE.cluster, "platform-cluster");
    assert.deepStrictEqual(cluster["oidcIssuerProfile"], { enabled: true });
    assert.deepStrictEqual(cluster["securityProfile"], { workloadIdentity: { enabled: true } });
    assert.strictEqual(cluster["disableLocalAccounts"], true);
    assert.deepStrictEqual(cluster["aadProfile"], { managed: true, enableAzureRBAC: true });
    const addOns = cluster["addonProfiles"] as Record<
      string,
      { enabled: boolean; config: Record<string, string> }
    >;
    assert.deepStrictEqual(
      Object.values(addOns).map(({ enabled }) => enabled),
      [true, true],
    );
    const { config } = addOns["ingressApplicationGateway"]!;
    assert.strictEqual(short(config["applicationGatewayId"]), "applicationGateways/agw-app-dev");
    assert.ok("azureKeyvaultSecretsProvider" in addOns);
  });

  it("lets nodes join their subnet before there is a cluster", () => {
    const cluster = program.find(TYPE.cluster, "platform-cluster");
    const right = program.find(TYPE.assignment, "platform-cluster-nodes");
    assert.ok(program.comesAfter(cluster, right));
  });

  it("uses the cluster only once whoever deploys may administer it", () => {
    const provider = program.find(TYPE.kubernetes, "platform-cluster-kubernetes");
    const right = program.find(TYPE.assignment, "platform-cluster-deployer");
    assert.ok(program.comesAfter(provider, right));
    assert.ok(provider.secretInputs.includes("kubeconfig"));
    assert.match(String(provider.inputs["kubeconfig"]), /- workloadidentity\n/);
    const namespace = program.find(TYPE.namespace, "platform-namespace");
    assert.ok(namespace.options.provider.startsWith(`${provider.urn}::`));
  });

  it("uses the database only once it can be reached", () => {
    const provider = program.find(TYPE.postgresql, "platform-database-postgresql");
    for (const [type, name] of [
      ["azure-native:network:PrivateDnsZoneGroup", "platform-database-endpoint"],
      ["azure-native:privatedns:VirtualNetworkLink", "platform-network-database"],
      ["azure-native:dbforpostgresql:Database", "platform-database-application"],
    ] as const) {
      assert.ok(program.comesAfter(provider, program.find(type, name)), name);
    }
  });

  it("tells Azure who owns what: application, stack and Pulumi", () => {
    const expected = { application: "app", stack: "dev", "managed-by": "pulumi" };
    for (const { name, inputs } of program.registrations.filter(({ inputs }) => "tags" in inputs)) {
      assert.deepStrictEqual(inputs["tags"], expected, name);
    }
    assert.ok("tags" in inputs(TYPE.group, "platform"));
  });

  it("does not collide with another Platform of the same stack", async () => {
    const { program } = await platformOf(["a", {}], ["b", { application: "shop" }]);
    const urns = program.registrations.map(({ urn }) => urn);
    assert.deepStrictEqual(new Set(urns).size, urns.length);
    const groups = program.ofType(TYPE.group).map(({ inputs }) => inputs["resourceGroupName"]);
    assert.deepStrictEqual(groups, ["rg-app-dev", "rg-shop-dev"]);
    const drawn = program.ofType(TYPE.suffix).map(({ name }) => name);
    assert.deepStrictEqual(drawn, ["a-suffix", "b-suffix"]);
    for (const [type, input] of [
      [TYPE.vault, "vaultName"],
      [TYPE.server, "serverName"],
      [TYPE.cluster, "resourceName"],
      [TYPE.namespace, "metadata"],
    ] as const) {
      const names = program.ofType(type).map(({ inputs }) => JSON.stringify(inputs[input]));
      assert.strictEqual(new Set(names).size, 2, names.join());
    }
  });
});
