import * as privatedns from "@pulumi/azure-native/privatedns";
import type * as pulumi from "@pulumi/pulumi";
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
}

/** Makes the zone in which a service's private endpoint is named, and links networks to it. */
export function privateZone(
  name: string,
  { scope, service, networks, peerings }: PrivateZoneArgs,
  opts: pulumi.CustomResourceOptions,
): PrivateZone {
  const common = {
    resourceGroupName: scope.resourceGroupName,
    // Private DNS belongs to no region.
    location: "global",
    tags: scope.tags,
  };
  const zone = new privatedns.PrivateZone(
    name,
    { ...common, privateZoneName: ZONE_NAMES[service] },
    opts,
  );
  const links = Object.entries(networks).map(
    ([link, id]) =>
      new privatedns.VirtualNetworkLink(
        `${name}-${link}`,
        {
          ...common,
          privateZoneName: zone.name,
          virtualNetworkLinkName: link,
          virtualNetwork: { id },
          registrationEnabled: false,
        },
        opts,
      ),
  );
  return { id: zone.id, links: [...links, ...peerings] };
}
