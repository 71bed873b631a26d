import * as assert from "node:assert/strict";
import * as authorization from "@pulumi/azure-native/authorization";
import * as keyvault from "@pulumi/azure-native/keyvault";
import * as managedidentity from "@pulumi/azure-native/managedidentity";
import * as resources from "@pulumi/azure-native/resources";
import * as pulumi from "@pulumi/pulumi";
import { azureProvider } from "../../../twin/azure";
import { AzureBench } from "../../support/azureCloud";
import { ROLE } from "../../support/azurePlatform";
import { EngineStack, type Program } from "../../support/engine";

interface Settings {
  readonly value: string;
  readonly secretName?: string;
  readonly enabled?: boolean;
}

/** A vault with one secret, and an identity that may read it. */
function program({ value, secretName = "app-blue", enabled = true }: Settings): Program {
  return () => {
    const group = new resources.ResourceGroup("group", { location: "westeurope" });
    const resourceGroupName = group.name;
    const deployer = authorization.getClientConfigOutput();
    const identity = new managedidentity.UserAssignedIdentity("blue", { resourceGroupName });
    const vault = new keyvault.Vault("vault", {
      resourceGroupName,
      properties: {
        tenantId: deployer.tenantId,
        sku: { family: "A", name: "standard" },
        enableRbacAuthorization: true,
      },
    });
    const roleDefinitionId = (role: string) =>
      `/providers/Microsoft.Authorization/roleDefinitions/${role}`;
    const officer = new authorization.RoleAssignment("deployer", {
      principalId: deployer.objectId,
      principalType: "ServicePrincipal",
      roleDefinitionId: roleDefinitionId(ROLE.secretsOfficer),
      scope: vault.id,
    });
    const secret = new keyvault.Secret(
      "secret",
      {
        resourceGroupName,
        vaultName: vault.name,
        secretName,
        properties: { value: pulumi.secret(value), attributes: { enabled } },
      },
      { dependsOn: officer },
    );
    new authorization.RoleAssignment("reader", {
      principalId: identity.principalId,
      principalType: "ServicePrincipal",
      roleDefinitionId: roleDefinitionId(ROLE.secretsUser),
      scope: secret.id,
    });
    return {
      vault: vault.name,
      version: pulumi.unsecret(secret.properties.secretUriWithVersion),
    };
  };
}

describe("azure-native stand-in under the real engine", function () {
  this.timeout(180_000);
  let bench: AzureBench;
  let stack: EngineStack;

  before(async () => {
    bench = await AzureBench.start();
    const create = () => azureProvider(bench.cloud);
    stack = await EngineStack.start([{ name: "azure-native", version: "3.28.0", create }]);
  });

  after(async () => {
    await stack.stop();
    await bench.stop();
  });

  const vaultName = async () => String((await stack.outputs())["vault"]);
  const store = async () => bench.cloud.vault(await vaultName())!.service.secrets;

  it("creates what the program says, with names that nobody else has", async () => {
    assert.deepEqual((await stack.up(program({ value: "first-value" }))).sort(), [
      "create ResourceGroup group",
      "create RoleAssignment deployer",
      "create RoleAssignment reader",
      "create Secret secret",
      "create UserAssignedIdentity blue",
      "create Vault vault",
    ]);
    assert.match(await vaultName(), /^vault[0-9a-f]{8}$/);
    assert.equal((await store()).find("app-blue", "").value, "first-value");
  });

  it("has nothing to do when nothing changed, and keeps the value out of the state", async () => {
    assert.deepEqual(await stack.up(program({ value: "first-value" })), []);
    assert.deepEqual(await stack.up(program({ value: "first-value" }), { refresh: true }), []);
    assert.equal((await stack.state()).includes("first-value"), false);
  });

  it("makes a new version of the secret from a new value, in place", async () => {
    const { version: before } = await stack.outputs();
    assert.deepEqual(await stack.preview(program({ value: "second-value" })), [
      "update Secret secret",
    ]);
    assert.deepEqual(await stack.up(program({ value: "second-value" })), ["update Secret secret"]);
    assert.notEqual((await stack.outputs())["version"], before);
    assert.equal((await store()).versions("app-blue").length, 2);
  });

  it("disables the secret without a new version", async () => {
    const { version: before } = await stack.outputs();
    const disabled = program({ value: "second-value", enabled: false });
    assert.deepEqual(await stack.up(disabled), ["update Secret secret"]);
    assert.equal((await stack.outputs())["version"], before);
    assert.equal((await store()).find("app-blue", "").attributes.enabled, false);
  });

  it("replaces the secret and what is granted on it when its name changes", async () => {
    const operations = await stack.up(program({ value: "third-value", secretName: "app-other" }));
    assert.deepEqual(operations, [
      "delete-replaced RoleAssignment reader",
      "delete-replaced Secret secret",
      "replace Secret secret",
      "create-replacement Secret secret",
      "replace RoleAssignment reader",
      "create-replacement RoleAssignment reader",
    ]);
    assert.ok((await store()).isDeleted("app-blue"));
  });

  it("refuses bad input before it touches anything", async () => {
    const bad = program({ value: "third-value", secretName: "app_other" });
    await assert.rejects(stack.up(bad), /'secretName' does not match expression/);
    assert.equal((await store()).find("app-other", "").value, "third-value");
  });

  it("passes on what Azure refuses", async () => {
    const refused: Program = () => {
      program({ value: "third-value", secretName: "app-other" })();
      new resources.ResourceGroup("taken", { resourceGroupName: "rg", location: "westeurope" });
    };
    await assert.rejects(stack.up(refused), /cannot create already existing resource/);
  });

  it("deletes everything, the vault and its secrets softly", async () => {
    const name = await vaultName();
    const operations = await stack.destroy();
    assert.equal(operations.filter((operation) => operation.startsWith("delete ")).length, 6);
    assert.equal(bench.cloud.vault(name), undefined);
    await assert.rejects(bench.vault(name), /deleted state/);
  });
});
