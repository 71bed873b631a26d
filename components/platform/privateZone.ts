import * as privatedns from "@pulumi/azure-native/privatedns";
import * as pulumi from "@pulumi/pulumi";
import { resourceName } from "./azureNames";
import type { PlatformScope } from "./scope";

/** Names of zones ("Azure Private Endpoint private DNS zone values"). */
const ZONE_NAMES = {
  database: "privatelink.postgres.database.azure.com",
  vault: "privatelink.vaultcore.azure.net",
  registry: "privatelink.azurecr.io",
} as const;

/** A zone of private names. */
export interface PrivateZone {
  readonly id: pulumi.Output<string>;
  /** Once these exist, the linked networks find and reach what the zone names. */
  readonly links: pulumi.Resource[];
}

export interface PrivateZoneArgs {
  /** Where it is made, and how it is named. */
  readonly scope: PlatformScope;
  /** Whose private names it holds, e.g. `vault`. */
  readonly service: keyof typeof ZONE_NAMES;
  /** Resource ids of the networks that ask the zone, by the name of their link. */
  readonly networks: Readonly<Record<string, pulumi.Input<string>>>;
  /** What makes the service reachable from the other networks. */
  readonly peerings: readonly pulumi.Resource[];
  /**
   * Resource group that has the zone already, which the networks are only linked to.
   * @default none: the zone is made
   */
  readonly existing: ZonesGroup | undefined;
}

/** A resource group with private zones that are not ours. */
export interface ZonesGroup {
  readonly id: string;
  readonly name: pulumi.Input<string>;
}

/** The zone in which a service's private endpoint is named, and which networks are linked to. */
export function privateZone(
  name: string,
  { scope, service, networks, peerings, existing }: PrivateZoneArgs,
  opts: pulumi.CustomResourceOptions,
): PrivateZone {
  const common = {
    resourceGroupName: existing?.name ?? scope.resourceGroupName,
    // Private DNS belongs to no region.
    location: "global",
    tags: scope.tags,
  };
  const zone = existing
    ? existingZone(existing, ZONE_NAMES[service])
    : new privatedns.PrivateZone(name, { ...common, privateZoneName: ZONE_NAMES[service] }, opts);
  const links = Object.entries(networks).map(
    ([link, id]) =>
      new privatedns.VirtualNetworkLink(
        `${name}-${link}`,
        {
          ...common,
          privateZoneName: zone.name,
          // In a zone of others each stack has a link.
          virtualNetworkLinkName: existing ? resourceName("virtualNetwork", scope.naming) : link,
          virtualNetwork: { id },
          registrationEnabled: false,
          // What the zone does not have is asked of public DNS. Otherwise nobody in the network
          // would find a service whose endpoint is named in another zone, such as the vault of the
          // certificate ("Fallback to internet for Azure Private DNS zones").
          resolutionPolicy: privatedns.ResolutionPolicy.NxDomainRedirect,
        },
        opts,
      ),
  );
  return { id: zone.id, links: [...links, ...peerings] };
}

function existingZone({ id }: ZonesGroup, name: string) {
  return {
    id: pulumi.output(`${id}/providers/Microsoft.Network/privateDnsZones/${name}`),
    name,
  };
}
