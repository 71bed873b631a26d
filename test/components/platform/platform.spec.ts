import assert from "node:assert";
import { ACCESS } from "../../../components/platform/access";
import { certificateReference } from "../../../components/platform/certificate";
import { Platform, type PlatformArgs } from "../../../components/platform/platform";
import { PROFILES } from "../../../components/platform/profiles";
import { guid } from "../../../mocks/fixedValues";
import { MockProgram, type Registration, valueOf } from "../../../mocks/mocks";

const SHARED =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shared/providers";

const ARGS: PlatformArgs = {
  application: "app",
  stack: "dev",
  profile: PROFILES.prod,
  location: "westeurope",
  ranges: {
    network: "10.60.0.0/16",
    nodes: "10.60.0.0/22",
    gateway: "10.60.8.0/24",
    endpoints: "10.60.9.0/27",
    pods: "10.244.0.0/16",
    services: "10.61.0.0/16",
  },
  certificate: certificateReference(
    `${SHARED}/Microsoft.KeyVault/vaults/shared-certificates/secrets/app`,
  ),
  deployer: {
    type: "ServicePrincipal",
    kubeLogin: "workloadidentity",
    ranges: [],
    runnerNetworkId: `${SHARED}/Microsoft.Network/virtualNetworks/runners`,
  },
  administrators: { groupId: guid("administrators"), groupName: "administrators" },
  nodeSize: undefined,
  database: { version: "18", size: "Standard_D2ds_v5" },
  alerts: { email: "platform@example.com", eventEndpoint: undefined },
  maintenance: false,
};

/** Types as the engine names them. */
const TYPE = {
  assignment: "azure-native:authorization:RoleAssignment",
  cluster: "azure-native:containerservice:ManagedCluster",
  credential: "azure-native:managedidentity:FederatedIdentityCredential",
  group: "azure-native:resources:ResourceGroup",
  kubernetes: "pulumi:providers:kubernetes",
  namespace: "kubernetes:core/v1:Namespace",
  postgresql: "pulumi:providers:postgresql",
  server: "azure-native:dbforpostgresql:Server",
} as const;

describe("Platform", () => {
  let program: MockProgram;
  let platform: Platform;

  before(async () => {
    program = await MockProgram.start();
    platform = new Platform("platform", ARGS);
    await program.drained();
  });

  function inputs(type: string, name: string): Readonly<Record<string, unknown>> {
    return program.find(type, name).inputs;
  }

  function under(parent: string): Registration[] {
    return program.registrations.filter(({ options }) => options.parent === parent);
  }

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

  it("names every child after its component, and has it under that", () => {
    const [root] = program.registrations.filter(({ name }) => name === "platform");
    const components = program.registrations.filter(({ custom }) => !custom);
    assert.ok(components.length > 5, "components were found");
    const seen = new Set<Registration>();
    for (const component of components) {
      for (const child of under(component.urn)) {
        seen.add(child);
        assert.ok(
          child.name === component.name ||
            child.name.startsWith(`${component.name}-`) ||
            // Named after its row, so that the table and a preview use the same words.
            (child.type === TYPE.assignment && child.name in ACCESS),
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

  it("keeps the administrator's password secret, and never changes it on the server", () => {
    const server = program.find(TYPE.server, "platform-database");
    assert.deepStrictEqual(server.secretInputs, ["administratorLoginPassword"]);
    assert.ok(server.options.ignoreChanges.includes("administratorLoginPassword"));
    const provider = program.find(TYPE.postgresql, "platform-database-postgresql");
    assert.ok(provider.secretInputs.includes("password"));
    const password = server.inputs["administratorLoginPassword"];
    assert.strictEqual(provider.inputs["password"], password);
    const holders = program.registrations.filter(({ inputs }) =>
      JSON.stringify(inputs).includes(String(password)),
    );
    assert.deepStrictEqual(holders, [server, provider]);
  });

  it("holds the application's namespace to the restricted profile", async () => {
    const { metadata } = inputs(TYPE.namespace, "platform-namespace");
    assert.deepStrictEqual(metadata, {
      name: "app",
      labels: { "pod-security.kubernetes.io/enforce": "restricted" },
    });
    assert.strictEqual(await valueOf(platform.namespace), "app");
  });

  it("lets nodes join their subnet before there is a cluster", () => {
    const cluster = program.find(TYPE.cluster, "platform-cluster");
    const right = program.find(TYPE.assignment, "control-plane-nodes");
    assert.ok(program.comesAfter(cluster, right));
  });

  it("uses the cluster only once whoever deploys may administer it", () => {
    const provider = program.find(TYPE.kubernetes, "platform-cluster-kubernetes");
    const right = program.find(TYPE.assignment, "deployer-cluster");
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
      ["azure-native:privatedns:VirtualNetworkLink", "platform-network-database-vnet"],
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
});
