import * as authorization from "@pulumi/azure-native/authorization";
import * as network from "@pulumi/azure-native/network";
import * as pulumi from "@pulumi/pulumi";
import { resourceName } from "./azureNames";
import type { PlatformScope } from "./scope";

export interface PeeringArgs {
  /** Where it is made, and how it is named. */
  readonly scope: PlatformScope;
  /** Our network. */
  readonly vnet: network.VirtualNetwork;
  /** Resource id of the network that `pulumi up` runs in, in the same subscription. */
  readonly runnerNetworkId: string;
}

/** Azure changes these when the other side appears; a refresh would bring them back as changes. */
const OWNED_BY_AZURE = ["peeringState", "peeringSyncLevel"];

/** Nothing but the two networks themselves: no traffic of others, no gateways. */
const ONLY_EACH_OTHER = {
  allowVirtualNetworkAccess: true,
  allowForwardedTraffic: false,
  allowGatewayTransit: false,
  useRemoteGateways: false,
};

/**
 * Connects our network with the runners'. Azure wants a peering on either side; the other side's
 * is in the runners' resource group, where `pulumi up` needs the right to write it.
 */
export function peerWithRunners(
  name: string,
  { scope, vnet, runnerNetworkId }: PeeringArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { subscriptionId } = authorization.getClientConfigOutput(
    opts.parent && { parent: opts.parent },
  );
  const there = new network.VirtualNetworkPeering(
    `${name}-to-runners`,
    {
      ...ONLY_EACH_OTHER,
      resourceGroupName: scope.resourceGroupName,
      virtualNetworkName: vnet.name,
      virtualNetworkPeeringName: "runners",
      remoteVirtualNetwork: { id: runnerNetworkId },
    },
    pulumi.mergeOptions(opts, { ignoreChanges: OWNED_BY_AZURE }),
  );
  const back = new network.VirtualNetworkPeering(
    `${name}-from-runners`,
    {
      ...ONLY_EACH_OTHER,
      resourceGroupName: subscriptionId.apply((ours) =>
        groupIn("runnerNetwork", runnerNetworkId, ours),
      ),
      virtualNetworkName: parts(runnerNetworkId).network,
      virtualNetworkPeeringName: resourceName("virtualNetwork", scope.naming),
      remoteVirtualNetwork: { id: vnet.id },
    },
    // Each write changes both networks.
    pulumi.mergeOptions(opts, { dependsOn: there, ignoreChanges: OWNED_BY_AZURE }),
  );
  return [there, back];
}

/**
 * The resource group of what a setting names, once it is sure that it is one of this subscription.
 *
 * @param key of the setting, without the namespace
 * @throws pulumi.RunError when it is in another one, where nothing can be made from here
 */
export function groupIn(key: string, id: string, subscription: string): string {
  const found = parts(id);
  if (found.subscription.toLowerCase() !== subscription.toLowerCase()) {
    throw new pulumi.RunError(
      `rotation:${key} "${id}" is not in this stack's subscription (${subscription}). Use one ` +
        "that is.",
    );
  }
  return found.group;
}

function parts(id: string): { subscription: string; group: string; network: string } {
  const [, , subscription = "", , group = "", , , , network = ""] = id.split("/");
  return { subscription, group, network };
}
