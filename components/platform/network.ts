import * as authorization from "@pulumi/azure-native/authorization";
import * as network from "@pulumi/azure-native/network";
import * as pulumi from "@pulumi/pulumi";
import { resourceName } from "./azureNames";
import { groupIn, peerWithRunners } from "./peering";
import { privateZone, type PrivateZone, type ZonesGroup } from "./privateZone";
import type { Ranges } from "./ranges";
import { type PlatformScope, shared } from "./scope";
import { type SecurityRule, securityRules } from "./securityRules";

export interface NetworkArgs {
  /** Where it is made, how it is named, and how much of it there is. */
  readonly scope: PlatformScope;
  /** Address ranges, CIDR. A change of a range that is in use is refused by Azure. */
  readonly ranges: Ranges;
  /**
   * Resource id of the network that `pulumi up` runs in; ours is peered with it. One such network
   * serves one stack, unless its zones are there already: Azure links a network to one zone of a
   * name.
   * @default none: the network is reached from the deployer's public ranges
   */
  readonly runnerNetworkId: string | undefined;
  /**
   * Resource id of the group of the private zones that the runners' network is linked to, in the same
   * subscription. A change replaces links, and private names for a while.
   * @default none: zones are made, and the runners' network is linked to them
   */
  readonly privateZonesGroupId?: string | undefined;
}

type SubnetName = "nodes" | "gateway" | "endpoints";

/** The virtual network with one subnet per purpose, its way out, and the zones of private names. */
export class Network extends pulumi.ComponentResource {
  readonly vnetId: pulumi.Output<string>;
  readonly nodesSubnetId: pulumi.Output<string>;
  readonly gatewaySubnetId: pulumi.Output<string>;
  readonly endpointsSubnetId: pulumi.Output<string>;
  /** Public address that the nodes come from. */
  readonly outboundAddress: pulumi.Output<string>;
  /** Zones of private names by service; none where the profile's registry has no endpoint. */
  readonly zones: {
    readonly database: PrivateZone;
    readonly vault: PrivateZone;
    readonly registry: PrivateZone | undefined;
  };

  constructor(
    name: string,
    { scope, ranges, runnerNetworkId, privateZonesGroupId }: NetworkArgs,
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
      // Azure reports both inside the network; they are resources of their own here.
      { ...parent, ignoreChanges: ["subnets", "virtualNetworkPeerings"] },
    );
    const rules = securityRules(ranges, runnerNetworkId !== undefined);
    const subnet = (
      part: SubnetName,
      after: pulumi.Resource[],
      more: Partial<network.SubnetArgs> = {},
    ) =>
      new network.Subnet(
        `${name}-${part}`,
        {
          resourceGroupName: scope.resourceGroupName,
          virtualNetworkName: vnet.name,
          subnetName: part,
          addressPrefix: ranges[part],
          networkSecurityGroup: { id: this.securityGroup(`${name}-${part}`, scope, part, rules) },
          // Only the nodes reach the internet from here, through the NAT gateway.
          defaultOutboundAccess: false,
          // Without this, security groups do not hold for private endpoints.
          privateEndpointNetworkPolicies: "Enabled",
          ...more,
        },
        // Azure names the gateway in its subnet, once there is one.
        { ...parent, dependsOn: after, ignoreChanges: ["applicationGatewayIPConfigurations"] },
      );
    const out = this.natGateway(name, scope);
    // One after another: Azure refuses a second write below a network while one is under way.
    const nodes = subnet("nodes", [], {
      natGateway: { id: out.id },
      // AKS puts the private endpoint of its API server in here, which the nodes would lose
      // (MicrosoftDocs/azure-docs#101612 and #104558).
      privateEndpointNetworkPolicies: "Disabled",
    });
    const gateway = subnet("gateway", [nodes]);
    const endpoints = subnet("endpoints", [gateway]);
    this.vnetId = vnet.id;
    this.nodesSubnetId = nodes.id;
    this.gatewaySubnetId = gateway.id;
    this.endpointsSubnetId = endpoints.id;
    this.outboundAddress = out.address;

    const existing =
      privateZonesGroupId === undefined ? undefined : zonesGroup(privateZonesGroupId, parent);
    const networks: Record<string, pulumi.Input<string>> = { vnet: vnet.id };
    const peerings: pulumi.Resource[] = [];
    if (runnerNetworkId !== undefined) {
      if (existing === undefined) {
        networks["runners"] = runnerNetworkId;
      }
      peerings.push(
        ...peerWithRunners(
          name,
          { scope, vnet, runnerNetworkId },
          { ...parent, dependsOn: endpoints },
        ),
      );
    }
    const zone = (service: keyof Network["zones"]) =>
      privateZone(`${name}-${service}`, { scope, service, networks, peerings, existing }, parent);
    this.zones = {
      database: zone("database"),
      vault: zone("vault"),
      registry: scope.profile.registry.sku === "Premium" ? zone("registry") : undefined,
    };
    this.registerOutputs({ vnetId: this.vnetId });
  }

  private securityGroup(
    name: string,
    scope: PlatformScope,
    part: SubnetName,
    rules: Record<SubnetName, SecurityRule[]>,
  ): pulumi.Output<string> {
    return new network.NetworkSecurityGroup(
      name,
      {
        ...shared(scope),
        networkSecurityGroupName: resourceName("securityGroup", scope.naming, part),
        securityRules: rules[part],
      },
      { parent: this },
    ).id;
  }

  /** The nodes' way out, with an address that others can put on their lists. */
  private natGateway(name: string, scope: PlatformScope) {
    const address = new network.PublicIPAddress(
      `${name}-out`,
      {
        ...shared(scope),
        publicIpAddressName: resourceName("publicAddress", scope.naming, "nodes"),
        sku: { name: network.PublicIPAddressSkuName.Standard },
        publicIPAllocationMethod: network.IPAllocationMethod.Static,
        zones: ["1", "2", "3"],
      },
      // Azure names the NAT gateway in its address, once there is one.
      { parent: this, ignoreChanges: ["natGateway"] },
    );
    const { id } = new network.NatGateway(
      `${name}-out`,
      {
        ...shared(scope),
        natGatewayName: resourceName("natGateway", scope.naming),
        sku: { name: network.NatGatewaySkuName.Standard },
        publicIpAddresses: [{ id: address.id }],
        // Is in one zone in any case ("NAT gateway and availability zones"): say in which. Its
        // address is in all of them, so that another gateway can take it over.
        zones: ["1"],
      },
      { parent: this },
    );
    return { id, address: address.ipAddress.apply((ip) => ip ?? "") };
  }
}

/** @throws pulumi.RunError when it is in another subscription, which we write nothing in */
function zonesGroup(id: string, opts: { parent: pulumi.Resource }): ZonesGroup {
  const { subscriptionId } = authorization.getClientConfigOutput(opts);
  return { id, name: subscriptionId.apply((ours) => groupIn("privateZonesGroup", id, ours)) };
}
