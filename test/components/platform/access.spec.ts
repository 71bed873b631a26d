import assert from "node:assert";
import { ACCESS, AZURE_ROLES } from "../../../components/platform/access";
import { guid } from "../../../mocks/fixedValues";
import type { Registration } from "../../../mocks/mocks";
import { runProgram, stackConfig } from "../../../mocks/program";

type Key = keyof typeof ACCESS;

const ASSIGNMENT = "azure-native:authorization:RoleAssignment";

/** The principals of the table, as the mocks number them. */
function principals(stack: string): Readonly<Record<string, string>> {
  const identity = (who: string) => guid(`id-app-${stack}-${who}`, "principal");
  return {
    "control plane of the cluster": identity("control-plane"),
    kubelet: guid(`aks-app-${stack}`, "kubelet", "object"),
    "ingress controller": guid(`aks-app-${stack}`, "ingressApplicationGateway", "object"),
    "identity of the gateway": identity("gateway"),
    "whoever runs `pulumi up`": guid("deployer", "object"),
    "pods and proofs of blue": identity("blue"),
    "pods and proofs of green": identity("green"),
    "proofs before promotion, of the drain and of the refusal": identity("proofs"),
    "proof of the refusal": identity("retired"),
  };
}

/** What each row may name, from the resource group on; the whole id where that is somewhere else. */
function scopes(stack: string): Readonly<Record<string, RegExp>> {
  const secret = (name: string) =>
    new RegExp(`^/providers/Microsoft.KeyVault/vaults/kv-app-\\w{6}/secrets/app-${name}$`);
  const network = (path: string) => new RegExp(`^/providers/Microsoft.Network/${path}$`);
  return {
    "subnet of the nodes": network(`virtualNetworks/vnet-app-${stack}/subnets/nodes`),
    "subnet of the gateway": network(`virtualNetworks/vnet-app-${stack}/subnets/gateway`),
    gateway: network(`applicationGateways/agw-app-${stack}`),
    "firewall policy": network(`ApplicationGatewayWebApplicationFirewallPolicies/wafapp${stack}`),
    "resource group": /^$/,
    "identity of the gateway": new RegExp(
      `^/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-app-${stack}-gateway$`,
    ),
    registry: /^\/providers\/Microsoft.ContainerRegistry\/registries\/crapp\w{6}$/,
    cluster: new RegExp(`^/providers/Microsoft.ContainerService/managedClusters/aks-app-${stack}$`),
    vault: /^\/providers\/Microsoft.KeyVault\/vaults\/kv-app-\w{6}$/,
    "secret of blue": secret("blue"),
    "secret of green": secret("green"),
    "secret of the rotator": secret("rotator"),
    "secret of the retired credential": secret("retired"),
    "certificate in its vault": new RegExp(`^${stackConfig(stack)["rotation:certificate"]}$`),
  };
}

describe("the access table", function () {
  this.timeout(60_000);

  for (const stack of ["dev", "prod", "rehearsal"]) {
    describe(`of stack ${stack}`, () => {
      let made: Map<string, Registration>;

      before(async () => {
        const { program } = await runProgram(stack, { counter: 1 });
        const all = program.ofType(ASSIGNMENT);
        made = new Map(all.map((each) => [each.name, each]));
        assert.strictEqual(made.size, all.length, "a row is used twice");
      });

      it("is what is granted: every row once, and nothing else", () => {
        assert.deepStrictEqual([...made.keys()].sort(), Object.keys(ACCESS).sort());
      });

      it("gives each principal that role on that thing, and on nothing wider", () => {
        const group = new RegExp(`^/subscriptions/[^/]+/resourceGroups/rg-app-${stack}(?=/|$)`);
        for (const [key, row] of Object.entries(ACCESS) as [Key, (typeof ACCESS)[Key]][]) {
          const inputs = made.get(key)!.inputs as Record<string, string>;
          assert.strictEqual(inputs["principalId"], principals(stack)[row.principal], key);
          assert.strictEqual(
            inputs["roleDefinitionId"],
            `/providers/Microsoft.Authorization/roleDefinitions/${AZURE_ROLES[row.role]}`,
          );
          assert.match(inputs["scope"]!.replace(group, ""), scopes(stack)[row.on]!, key);
        }
      });

      it("says of every principal what it is, so that Azure need not have seen it yet", () => {
        for (const [key, { inputs }] of made) {
          assert.strictEqual(inputs["principalType"], "ServicePrincipal", key);
        }
      });
    });
  }

  it("takes a person for a person where one runs `pulumi up`", async () => {
    const { program } = await runProgram("dev", { counter: 1, deployerType: "User" });
    const people = program
      .ofType(ASSIGNMENT)
      .filter(({ inputs }) => inputs["principalType"] === "User")
      .map(({ name }) => name);
    assert.deepStrictEqual(people.sort(), [
      "deployer-cluster",
      "deployer-retired",
      "deployer-vault",
    ]);
  });

  it("names Azure's built-in roles by the ids that Azure documents", () => {
    assert.deepStrictEqual(AZURE_ROLES, {
      acrPull: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
      aksClusterAdmin: "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
      contributor: "b24988ac-6180-42a0-ab88-20f7382dd24c",
      keyVaultSecretsOfficer: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
      keyVaultSecretsUser: "4633458b-17de-408a-b874-0445c86b69e6",
      managedIdentityOperator: "f1a07417-d97a-45cb-824c-7a7467783830",
      networkContributor: "4d97b98b-1d4f-4787-a291-c67834d212e7",
      reader: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    });
  });
});
