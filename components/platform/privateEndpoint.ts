import * as network from "@pulumi/azure-native/network";
import * as pulumi from "@pulumi/pulumi";
import { resourceName } from "./azureNames";
import type { Network } from "./network";
import type { PrivateZone } from "./privateZone";
import { type PlatformScope, shared } from "./scope";

export interface PrivateEndpointArgs {
  /** Where it is made, how it is named, and how much of it there is. */
  readonly scope: PlatformScope;
  /** In whose subnet of endpoints the address is. */
  readonly network: Network;
  /** Where the service's private address is written down. */
  readonly zone: PrivateZone;
  readonly service: {
    /** Resource id. */
    readonly id: pulumi.Input<string>;
    /** Which of the service's endpoints, e.g. `vault`. */
    readonly groupId: keyof typeof PARTS;
    /**
     * Name of the connection to it.
     * @default what the service is to the platform
     */
    readonly name?: pulumi.Input<string>;
  };
}

/** What the platform calls a service, by its group id (Azure: "Private-link resource"). */
const PARTS = { postgresqlServer: "database", registry: "registry", vault: "vault" } as const;

/**
 * Gives a service a private address in the network, under its usual name.
 *
 * @returns what to depend on: after it, the name leads to the service from our network and the
 *   runners'
 */
export function privateEndpoint(
  name: string,
  { scope, network: { endpointsSubnetId }, zone, service }: PrivateEndpointArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const part = PARTS[service.groupId];
  const endpoint = new network.PrivateEndpoint(
    name,
    {
      ...shared(scope),
      privateEndpointName: resourceName("privateEndpoint", scope.naming, part),
      subnet: { id: endpointsSubnetId },
      privateLinkServiceConnections: [
        {
          name: service.name ?? part,
          privateLinkServiceId: service.id,
          groupIds: [service.groupId],
        },
      ],
    },
    // Azure takes the names away once a zone has them.
    pulumi.mergeOptions(opts, { ignoreChanges: ["customDnsConfigs"] }),
  );
  return new network.PrivateDnsZoneGroup(
    name,
    {
      resourceGroupName: scope.resourceGroupName,
      privateEndpointName: endpoint.name,
      privateDnsZoneGroupName: "default",
      privateDnsZoneConfigs: [{ name: part, privateDnsZoneId: zone.id }],
    },
    pulumi.mergeOptions(opts, { dependsOn: zone.links }),
  );
}
