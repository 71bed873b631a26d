import assert from "node:assert";
import * as containerservice from "@pulumi/azure-native/containerservice";
import { refuseDowngrade } from "../../../components/platform/clusterVersion";
import { azureProvider } from "../../../twin/azure";
import { upgradeClusters } from "../../../twin/azure/cluster/upgrades";
import { AzureBench, GROUP } from "../../support/azureCloud";
import { GoodInputs, makePlatform } from "../../support/azurePlatform";
import { EngineStack } from "../../support/engine";

describe("A change of a cluster that Azure upgraded, under the real engine", function () {
  this.timeout(180_000);
  let bench: AzureBench;
  let stack: EngineStack;
  let inputs: containerservice.ManagedClusterArgs;

  /** With everything that is not about versions as Azure takes it. */
  const program = (tags: Record<string, string>) => () => {
    new containerservice.ManagedCluster(
      "cluster",
      { ...inputs, kubernetesVersion: "1.35", tags },
      {
        ignoreChanges: ["agentPoolProfiles", "kubernetesVersion"],
        hooks: { beforeUpdate: [refuseDowngrade("cluster-version")] },
      },
    );
  };
  const refused =
    /would update the cluster .* with Kubernetes 1\.35, .* 1\.36\.1\. .*\n\s*pulumi refresh\n\s*pulumi up/;

  before(async () => {
    bench = await AzureBench.start();
    const good = new GoodInputs(bench.cloud.subscriptionId);
    await makePlatform(bench, good);
    inputs = {
      ...good.cluster,
      resourceGroupName: GROUP,
      resourceName: "upgraded",
      networkProfile: {
        networkPlugin: "azure",
        networkPluginMode: "overlay",
        serviceCidr: "10.61.0.0/20",
        dnsServiceIP: "10.61.0.10",
      },
    };
    const create = () => azureProvider(bench.cloud);
    stack = await EngineStack.start([{ name: "azure-native", version: "3.28.0", create }]);
    await stack.up(program({}));
  });

  after(async () => {
    await stack.stop();
    await bench.stop();
  });

  it("goes on while Azure has upgraded the patch alone", async () => {
    upgradeClusters(bench.cloud, "1.35.4");
    assert.deepStrictEqual(await stack.up(program({ patch: "newer" })), [
      "update ManagedCluster cluster",
    ]);
  });

  it("is refused in the preview and in the run, which nothing else is", async () => {
    upgradeClusters(bench.cloud, "1.36.1");
    assert.deepStrictEqual(await stack.up(program({ patch: "newer" })), []);
    await assert.rejects(() => stack.preview(program({ minor: "newer" })), refused);
    await assert.rejects(() => stack.up(program({ minor: "newer" })), refused);
  });

  it("goes on after a refresh, with the version of Azure", async () => {
    await stack.up(program({ patch: "newer" }), { refresh: true });
    assert.deepStrictEqual(await stack.up(program({ minor: "newer" })), [
      "update ManagedCluster cluster",
    ]);
    assert.match(await stack.state(), /"currentKubernetesVersion": ?"1\.36\.1"/);
  });
});
