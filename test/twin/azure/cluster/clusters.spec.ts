import * as assert from "node:assert/strict";
import type { Properties } from "../../../../twin/plugin/provider";
import { scalePool } from "../../../../twin/azure/cluster/agentPools";
import { upgradeClusters } from "../../../../twin/azure/cluster/upgrades";
import { AzureBench, called, GROUP, type Refusal } from "../../../support/azureCloud";
import { GoodInputs, makePlatform } from "../../../support/azurePlatform";

const CLUSTER = "containerservice:ManagedCluster";
const POOL = "containerservice:AgentPool";

describe("rules for clusters and their pools in the twin", () => {
  let bench: AzureBench;
  let good: GoodInputs;
  let platform: Awaited<ReturnType<typeof makePlatform>>;

  before(async () => {
    bench = await AzureBench.start();
    good = new GoodInputs(bench.cloud.subscriptionId);
    platform = await makePlatform(bench, good);
  });

  after(() => bench.stop());

  const cluster = (change: Properties) => () => ({
    ...good.cluster,
    resourceName: "other",
    ...change,
  });
  const network = (change: Properties) => () =>
    cluster({
      networkProfile: { networkPlugin: "azure", networkPluginMode: "overlay", ...change },
    })();
  const pool = (change: Properties) => ({
    resourceGroupName: GROUP,
    resourceName: "aks",
    agentPoolName: "user",
    mode: "User",
    vmSize: "Standard_D4ds_v5",
    vnetSubnetID: platform.nodes.id,
    enableAutoScaling: true,
    count: 3,
    minCount: 3,
    maxCount: 9,
    ...change,
  });

  const refusals: readonly Refusal[] = [
    [
      "a way out through a NAT gateway that the subnet does not have",
      CLUSTER,
      network({ outboundType: "userAssignedNATGateway" }),
      /subnets\/nodes has no NAT gateway/,
    ],
    [
      "pods in the range of the network",
      CLUSTER,
      network({ podCidr: "10.0.128.0/17" }),
      /PodCidrOverlapExistingSubnetsCidr/,
    ],
    [
      "pods in the range of the services",
      CLUSTER,
      network({
        podCidr: "172.16.0.0/15",
        serviceCidr: "172.16.0.0/16",
        dnsServiceIP: "172.16.0.10",
      }),
      /PodCidrOverlapServiceCidr/,
    ],
    [
      "a range that AKS keeps for itself",
      CLUSTER,
      network({ podCidr: "172.30.0.0/16" }),
      /overlaps with 172\.30\.0\.0\/16, which AKS keeps for itself/,
    ],
    [
      "a private cluster with authorised ranges",
      CLUSTER,
      cluster({
        apiServerAccessProfile: { enablePrivateCluster: true, authorizedIPRanges: ["1.2.3.4/32"] },
      }),
      /Private cluster cannot be enabled with AuthorizedIPRanges/,
    ],
    [
      "a private cluster that has no name",
      CLUSTER,
      cluster({ apiServerAccessProfile: { enablePrivateCluster: true, privateDNSZone: "none" } }),
      /needs enablePrivateCluster and enablePrivateClusterPublicFQDN/,
    ],
    [
      "a long name of its node group",
      CLUSTER,
      cluster({ nodeResourceGroup: "n".repeat(81) }),
      /maximum length is 80 and the length of the value provided is 81/,
    ],
    [
      "administrators that are no object ids",
      CLUSTER,
      cluster({ aadProfile: { managed: true, adminGroupObjectIDs: ["admins"] } }),
      /adminGroupObjectIDs of cluster other must be object ids, not 'admins'/,
    ],
    [
      "Defender without a workspace",
      CLUSTER,
      cluster({ securityProfile: { defender: { securityMonitoring: { enabled: true } } } }),
      /securityProfile\.defender of cluster other needs a logAnalyticsWorkspaceResourceId/,
    ],
    [
      "an upgrade channel that is none",
      CLUSTER,
      cluster({ autoUpgradeProfile: { upgradeChannel: "latest" } }),
      /'latest' of autoUpgradeProfile\.upgradeChannel/,
    ],
    [
      "fewer nodes than the autoscaler's least",
      POOL,
      () => pool({ count: 2 }),
      /count 2 of agent pool user must be from minCount 3 to maxCount 9/,
    ],
    [
      "a taint without an effect",
      POOL,
      () => pool({ nodeTaints: ["a=b"] }),
      /'a=b'.*key=value:effect/,
    ],
    [
      "an ephemeral disk that the size has no place for",
      POOL,
      () => pool({ vmSize: "Standard_D2ds_v5", osDiskType: "Ephemeral" }),
      /VMTemporaryDiskTooSmall.*Standard_D2ds_v5 has a temp disk size of 80530636800 bytes/,
    ],
    [
      "a system pool of two cores",
      POOL,
      () => pool({ mode: "System", vmSize: "Standard_D2ds_v5" }),
      /SystemPoolSkuTooLow.*must use VM sku with more than 2 cores and 4GB memory.*user/,
    ],
    [
      "a system pool of series B, however large",
      POOL,
      () => pool({ mode: "System", vmSize: "Standard_B8s_v2" }),
      /SystemPoolSkuNotSupported.*Standard_B8s_v2/,
    ],
    [
      "a system pool of a small size that no table has",
      POOL,
      () => pool({ mode: "System", vmSize: "Standard_F2s_v2" }),
      /SystemPoolSkuTooLow/,
    ],
    [
      "zones that the region does not have",
      POOL,
      () => pool({ availabilityZones: ["4"] }),
      /AvailabilityZoneNotSupported/,
    ],
  ];
  for (const [what, type, inputs, error] of refusals) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(bench.create(type, inputs()), error);
    });
  }

  it("lists pools of their own among the cluster's, also after the cluster is written", async () => {
    const made = await bench.create(POOL, pool({ agentPoolName: "listed" }));
    assert.deepEqual(names(await refreshed(platform.cluster)), ["system", "listed"]);
    const written = await bench.update(CLUSTER, platform.cluster, {
      ...platform.cluster.inputs,
      tags: { written: "again" },
    });
    assert.deepEqual(names({ inputs: written }), ["system", "listed"]);
    await bench.delete(POOL, made);
    assert.deepEqual(names(await refreshed(platform.cluster)), ["system"]);
  });

  it("reports what the autoscaler made of a pool, and leaves it at that", async () => {
    const made = await bench.create(POOL, pool({ agentPoolName: "scaled" }));
    scalePool(bench.cloud, "scaled", 7);
    const { inputs } = await refreshed(made, POOL);
    assert.equal(inputs["count"], 7);
    const written = await bench.update(POOL, made, { ...made.inputs, tags: { a: "b" } });
    assert.equal(written["count"], 7);
    assert.throws(() => scalePool(bench.cloud, "scaled", 10), /does not scale by itself to 10/);
    assert.throws(() => scalePool(bench.cloud, "none", 1), /has a pool none/);
    await bench.delete(POOL, made);
  });

  it("never changes what a pool was made with", async () => {
    const made = await bench.create(POOL, pool({ agentPoolName: "fixed", maxPods: 110 }));
    await assert.rejects(
      bench.update(POOL, made, { ...made.inputs, maxPods: 60 }),
      /Changing property 'properties.maxPods' is not allowed/,
    );
  });

  it("refuses to go back behind an upgrade that its channel made, and shows it to a refresh", async () => {
    const made = await bench.create(CLUSTER, cluster({ kubernetesVersion: "1.35" })());
    const put = (kubernetesVersion: string) =>
      bench.update(CLUSTER, made, { ...made.inputs, kubernetesVersion, tags: { a: "b" } });
    const separate = pool({ resourceName: "other", agentPoolName: "behind" });
    const own = await bench.create(POOL, separate);

    upgradeClusters(bench.cloud, "1.35.4");
    assert.equal((await put("1.35"))["currentKubernetesVersion"], "1.35.4");
    upgradeClusters(bench.cloud, "1.36.1");
    const refused =
      /OperationNotAllowed.*Downgrading Kubernetes version 1\.36\.1 to 1\.35 is not allowed\. Available/;
    await assert.rejects(put("1.35"), refused);
    await assert.rejects(put("1.36.0"), /Downgrading Kubernetes version 1\.36\.1 to 1\.36\.0/);

    const { inputs } = await refreshed(made);
    assert.equal(inputs["kubernetesVersion"], "1.36.1");
    assert.deepEqual(
      (inputs["agentPoolProfiles"] as Properties[]).map(
        ({ orchestratorVersion }) => orchestratorVersion,
      ),
      ["1.36.1", "1.36.1"],
    );
    assert.equal((await refreshed(own, POOL)).inputs["orchestratorVersion"], "1.36.1");
    assert.equal((await put("1.36.1"))["currentKubernetesVersion"], "1.36.1");
    await bench.delete(CLUSTER, made);
  });

  it("says who its kubelets are", () => {
    const { kubeletidentity } = platform.cluster.outputs["identityProfile"] as Record<
      string,
      Properties
    >;
    assert.ok(bench.cloud.directory.find(kubeletidentity!["objectId"] as string));
  });

  type Made = { id: string; inputs: Properties; outputs: Properties };

  async function refreshed(made: Made, type = CLUSTER): Promise<{ inputs: Properties }> {
    const { inputs } = (await bench.provider.read({
      ...called(type),
      id: made.id,
      inputs: made.inputs,
      state: made.outputs,
    }))!;
    return { inputs };
  }

  function names({ inputs }: { inputs: Properties }) {
    return (inputs["agentPoolProfiles"] as Properties[]).map(({ name }) => name);
  }
});
