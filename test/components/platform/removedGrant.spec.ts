import assert from "node:assert";
import * as managedidentity from "@pulumi/azure-native/managedidentity";
import { grant } from "../../../components/platform/access";
import { azureProvider } from "../../../twin/azure";
import { AzureBench, GROUP } from "../../support/azureCloud";
import { EngineStack } from "../../support/engine";

describe("A role assignment that somebody removed by hand, under the real engine", function () {
  this.timeout(180_000);
  let bench: AzureBench;
  let stack: EngineStack;

  const program = () => {
    const scope = `/subscriptions/${bench.cloud.subscriptionId}/resourceGroups/${GROUP}`;
    const { principalId } = new managedidentity.UserAssignedIdentity("identity", {
      resourceGroupName: GROUP,
      resourceName: "identity",
    });
    const right = grant("deployer-cluster", { principalId, scope }, {});
    // Something that comes after it, as everything that needs the right.
    new managedidentity.UserAssignedIdentity(
      "after",
      { resourceGroupName: GROUP, resourceName: "after" },
      { dependsOn: right },
    );
    return { urn: right.urn };
  };
  const assignments = () => bench.cloud.resources.all("Microsoft.Authorization/roleAssignments");

  before(async () => {
    bench = await AzureBench.start();
    const create = () => azureProvider(bench.cloud);
    stack = await EngineStack.start([{ name: "azure-native", version: "3.28.0", create }]);
    await stack.up(program);
    await bench.cloud.resources.delete(assignments()[0]!.id);
  });

  after(async () => {
    await stack.stop();
    await bench.stop();
  });

  it("stops a refresh, and comes back by the command of the runbook", async () => {
    await assert.rejects(() => stack.up(program, { refresh: true }), /RoleAssignmentNotFound/);
    const { urn } = await stack.outputs();
    const operations = await stack.up(program, { replace: [String(urn)] });
    assert.ok(
      operations.every((operation) => operation.endsWith(" RoleAssignment deployer-cluster")),
      operations.join("\n"),
    );
    assert.strictEqual(assignments().length, 1);
    assert.deepStrictEqual(await stack.up(program, { refresh: true }), []);
  });
});
