import * as network from "@pulumi/azure-native/network";
import * as privatedns from "@pulumi/azure-native/privatedns";
import * as pulumi from "@pulumi/pulumi";
import { resourceName } from "./names";
import type { Ranges } from "./ranges";
import { type PlatformScope, shared } from "./scope";

export interface NetworkArgs {
  readonly scope: PlatformScope;
  readonly ranges: Ranges;
  /** Resource id of the network that `pulumi up` runs in; ours is peered with it. */
  readonly runnerNetworkId: string | undefined;
}

/** The virtual network with one subnet per purpose, and the private zone of the database. */
export class Network extends pulumi.ComponentResource {
  readonly nodesSubnetId: pulumi.Output<string>;
  readonly gatewaySubnetId: pulumi.Output<string>;
  readonly endpointsSubnetId: pulumi.Output<string>;
  readonly databaseZoneId: pulumi.Output<string>;
  /** The zone answers inside the network once this exists. */
  readonly databaseZoneLink: pulumi.Resource;

  constructor(
    name: string,
    { scope, ranges }: NetworkArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("rotation:platform:Network", name, {}, opts);
    const parent = { parent: this };
    const vnet = new network.VirtualNetwork(
      name,
      {
        ...shared(scope),
        virtualNetworkName: resourceName("virtualNetwork", scope.naming),
        addressSpace: { addressPrefixes: [ranges.network] },
      },
      // Azure reports subnets inside the network; they are resources of their own here.
      { ...parent, ignoreChanges: ["subnets"] },
    );
    const subnet = (part: "nodes" | "gateway" | "endpoints", after: pulumi.Resource[]) =>
      new network.Subnet(
        `${name}-${part}`,
        {
          resourceGroupName: scope.resourceGroupName,
          virtualNetworkName: vnet.name,
          subnetName: part,
          addressPrefix: ranges[part],
          // Only the nodes reach the internet, through the cluster's load balancer.
          defaultOutboundAccess: false,
        },
        { ...parent, dependsOn: after },
      );
    // One after another: Azure refuses a second subnet write while one is under way.
    const nodes = subnet("nodes", []);
    const gateway = subnet("gateway", [nodes]);
    const endpoints = subnet("endpoints", [gateway]);
    this.nodesSubnetId = nodes.id;
    this.gatewaySubnetId = gateway.id;
    this.endpointsSubnetId = endpoints.id;

    const zone = new privatedns.PrivateZone(
      `${name}-database`,
      {
        resourceGroupName: scope.resourceGroupName,
        privateZoneName: "privatelink.postgres.database.azure.com",
        location: "global",
        tags: scope.tags,
      },
      parent,
    );
    this.databaseZoneId = zone.id;
    this.databaseZoneLink = new privatedns.VirtualNetworkLink(
      `${name}-database`,
      {
        resourceGroupName: scope.resourceGroupName,
        privateZoneName: zone.name,
        virtualNetworkLinkName: "vnet",
        location: "global",
        virtualNetwork: { id: vnet.id },
        registrationEnabled: false,
        tags: scope.tags,
      },
      parent,
    );
    this.registerOutputs({});
  }
}
