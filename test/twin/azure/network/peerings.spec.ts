import * as assert from "node:assert/strict";
import type { Properties } from "../../../../twin/plugin/provider";
import { GROUP } from "../../../support/azureCloud";
import { RuleSuite } from "../../../support/azurePlatform";

const PEERING = "network:VirtualNetworkPeering";

describe("rules for peerings of networks in the twin", () => {
  const suite = new RuleSuite();
  const networkId = (name: string) => suite.good.id(`Microsoft.Network/virtualNetworks/${name}`);
  const peering = (from: string, to: string, change: Properties = {}): Properties => ({
    resourceGroupName: GROUP,
    virtualNetworkName: from,
    virtualNetworkPeeringName: `to-${to}`,
    remoteVirtualNetwork: { id: networkId(to) },
    ...change,
  });
  const network = (name: string, range: string) =>
    suite.bench.create("network:VirtualNetwork", {
      ...suite.good.network,
      virtualNetworkName: name,
      addressSpace: { addressPrefixes: [range] },
    });
  const stateOf = (id: string) => suite.bench.cloud.resources.find(id)?.outputs["peeringState"];

  before(async () => {
    await network("same", "10.0.128.0/17");
    await network("runners", "10.200.0.0/16");
    await network("also-runners", "10.200.1.0/24");
    await network("third", "10.201.0.0/16");
  });

  suite.refuses([
    [
      "networks that overlap",
      PEERING,
      () => peering("vnet", "same"),
      /VnetAddressSpacesOverlap.*Overlapping address prefixes: 10\.0\.0\.0\/16/,
    ],
    [
      "a network with itself",
      PEERING,
      () => peering("vnet", "vnet"),
      /id of another virtual network/,
    ],
    [
      "a network that does not exist",
      PEERING,
      () => peering("vnet", "none"),
      /InvalidResourceReference/,
    ],
    [
      "a name with a sign that Azure does not allow",
      PEERING,
      () => peering("vnet", "third", { virtualNetworkPeeringName: "to third" }),
      /'virtualNetworkPeeringName' does not match expression/,
    ],
  ]);

  it("connects when both sides have it, and says so on both", async () => {
    const there = await suite.bench.create(PEERING, peering("vnet", "runners"));
    assert.equal(stateOf(there.id), "Initiated");
    const back = await suite.bench.create(PEERING, peering("runners", "vnet"));
    assert.deepEqual([stateOf(there.id), stateOf(back.id)], ["Connected", "Connected"]);
  });

  it("refuses a second one between the same networks", async () => {
    const second = peering("vnet", "runners", { virtualNetworkPeeringName: "again" });
    await assert.rejects(
      suite.bench.create(PEERING, second),
      /AnotherPeeringAlreadyReferencesRemoteVnet.*to-runners/,
    );
  });

  it("refuses a network that overlaps one which the other is peered with", async () => {
    await assert.rejects(
      suite.bench.create(PEERING, peering("also-runners", "vnet")),
      /VnetAddressSpaceOverlapsWithAlreadyPeeredVnet.*virtualNetworks\/runners already peered/,
    );
  });

  it("refuses a write while another one below the same network is under way", async () => {
    const results = await Promise.allSettled([
      suite.bench.create("network:Subnet", suite.good.subnet("late", "10.0.40.0/24")),
      suite.bench.create(PEERING, peering("vnet", "third")),
    ]);
    assert.match(
      String((results[1] as PromiseRejectedResult).reason),
      /AnotherOperationInProgress/,
    );
  });

  it("is not made anew before the other side is, once one side was deleted", async () => {
    const there = await suite.bench.create(PEERING, peering("third", "runners"));
    const back = await suite.bench.create(PEERING, peering("runners", "third"));
    await suite.bench.delete(PEERING, there);
    assert.equal(stateOf(back.id), "Disconnected");
    await assert.rejects(
      suite.bench.create(PEERING, peering("third", "runners")),
      /RemotePeeringIsDisconnected.*Update or re-create the remote peering/,
    );
    await suite.bench.update(PEERING, back, back.inputs);
    assert.equal(stateOf(back.id), "Initiated");
    await suite.bench.create(PEERING, peering("third", "runners"));
    assert.equal(stateOf(back.id), "Connected");
  });
});
