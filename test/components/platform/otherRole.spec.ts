import assert from "node:assert";
import * as authorization from "@pulumi/azure-native/authorization";
import * as managedidentity from "@pulumi/azure-native/managedidentity";
import { AZURE_ROLES, grant } from "../../../components/platform/access";
import { azureProvider } from "../../../twin/azure";
import { AzureBench, GROUP, textOf } from "../../support/azureCloud";
import { EngineStack } from "../../support/engine";

describe("A row of the access table that gets another role, under the real engine", function () {
  this.timeout(180_000);
  let bench: AzureBench;
  let stack: EngineStack;

  const program = (isOfficer: boolean) => () => {
    const scope = `/subscriptions/${bench.cloud.subscriptionId}/resourceGroups/${GROUP}`;
    const { principalId } = new managedidentity.UserAssignedIdentity("identity", {
      resourceGroupName: GROUP,
      resourceName: "identity",
    });
    if (isOfficer) {
      // As versions of this program made it that gave the deployer this role on the whole vault.
      new authorization.RoleAssignment("deployer-vault", {
        principalId,
        principalType: "ServicePrincipal",
        scope,
        roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${AZURE_ROLES.keyVaultSecretsOfficer}`,
      });
    } else {
      grant("deployer-vault", { principalId, scope }, {});
    }
  };

  before(async () => {
    bench = await AzureBench.start();
    const create = () => azureProvider(bench.cloud);
    stack = await EngineStack.start([{ name: "azure-native", version: "3.28.0", create }]);
    await stack.up(program(true));
  });

  after(async () => {
    await stack.stop();
    await bench.stop();
  });

  it("is another assignment, since Azure keeps the role of one, and the old one goes", async () => {
    await stack.up(program(false));
    const made = bench.cloud.resources.all("Microsoft.Authorization/roleAssignments");
    assert.deepStrictEqual(
      made.map(({ inputs }) => textOf(inputs["roleDefinitionId"]).split("/").at(-1)),
      [AZURE_ROLES.keyVaultSecretsUser],
    );
  });
});
