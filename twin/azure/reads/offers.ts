import type { Plain, PlainObject } from "../arm/plain";
import { type Asked, inSubscription, type Route } from "./route";
import type { DatabaseOffer, DatabaseSize, MachineSize, Quota } from "../arm/situation";

const LOCATION = "(?<location>[^/]+)";

/** What a region offers to the subscription: sizes, quota, versions. */
export const offerRoutes: readonly Route[] = [
  {
    method: "GET",
    path: inSubscription("/providers/Microsoft.Compute/skus"),
    action: "Microsoft.Compute/skus/read",
    answer: ({ situation, url }) => {
      const filter = url.searchParams.get("$filter") ?? "";
      const [, location = ""] = /^location eq '(.+)'$/.exec(filter) ?? [];
      return { value: situation.sizes.map((size) => machineSku(size, location)) };
    },
  },
  {
    method: "GET",
    path: inSubscription(`/providers/Microsoft.Compute/locations/${LOCATION}/usages`),
    action: "Microsoft.Compute/locations/usages/read",
    answer: ({ situation }) => usages(situation.quotas),
  },
  {
    method: "GET",
    path: inSubscription(
      `/providers/Microsoft.DBforPostgreSQL/locations/${LOCATION}/resourceType/flexibleServers/usages`,
    ),
    action: "Microsoft.DBforPostgreSQL/locations/resourceType/usages/read",
    answer: ({ situation }) => usages(situation.databaseQuotas),
  },
  {
    method: "GET",
    path: inSubscription(`/providers/Microsoft.Network/locations/${LOCATION}/usages`),
    action: "Microsoft.Network/locations/usages/read",
    answer: ({ situation }) => usages(situation.networkQuotas),
  },
  {
    method: "GET",
    path: inSubscription(`/providers/Microsoft.DBforPostgreSQL/locations/${LOCATION}/capabilities`),
    action: "Microsoft.DBforPostgreSQL/locations/capabilities/read",
    answer: ({ situation }) => ({ value: [capability(situation.database)] }),
  },
  {
    method: "GET",
    path: inSubscription(
      `/providers/Microsoft.ContainerService/locations/${LOCATION}/kubernetesVersions`,
    ),
    action: "Microsoft.ContainerService/locations/kubernetesVersions/read",
    answer: kubernetesVersions,
  },
];

function usages(quotas: ReadonlyMap<string, Quota>): PlainObject {
  return {
    value: [...quotas].map(([name, { used, limit }]) => ({
      unit: "Count",
      currentValue: used,
      limit,
      name: { value: name, localizedValue: name },
    })),
  };
}

function machineSku(size: MachineSize, location: string): PlainObject {
  const { restriction } = size;
  const at = { locations: [location] };
  return {
    resourceType: "virtualMachines",
    name: size.name,
    tier: "Standard",
    size: size.name.replace(/^Standard_/, ""),
    family: size.family,
    locations: [location],
    locationInfo: [{ location, zones: [...size.zones], zoneDetails: [] }],
    capabilities: [
      { name: "vCPUs", value: String(size.cores) },
      { name: "MemoryGB", value: String(size.memoryGB) },
      { name: "MaxResourceVolumeMB", value: String(size.localDisk * 1024) },
      { name: "EphemeralOSDiskSupported", value: size.localDisk > 0 ? "True" : "False" },
      { name: "EncryptionAtHostSupported", value: size.isEncryptable ? "True" : "False" },
    ],
    restrictions:
      restriction === undefined
        ? []
        : [
            {
              type: restriction === "Location" ? "Location" : "Zone",
              values: [location],
              restrictionInfo: restriction === "Location" ? at : { ...at, zones: [...restriction] },
              reasonCode: "NotAvailableForSubscription",
            },
          ],
  };
}

function capability(offer: DatabaseOffer): PlainObject {
  const tiers = [...new Set(offer.sizes.map(({ tier }) => tier))];
  return {
    name: "FlexibleServerCapabilities",
    restricted: enabled(!offer.isOpen),
    ...(!offer.isOpen && { reason: "Subscriptions are restricted from provisioning in location." }),
    zoneRedundantHaSupported: enabled(offer.hasStandby),
    geoBackupSupported: enabled(offer.hasGeoBackup),
    zoneRedundantHaAndGeoBackupSupported: enabled(offer.hasGeoBackupOfStandby),
    supportedServerVersions: [...offer.versions].map((name) => ({ name })),
    supportedServerEditions: tiers.map((tier) => ({
      name: tier,
      supportedServerSkus: offer.sizes
        .filter((size) => size.tier === tier)
        .map((size) => databaseSku(size, offer)),
    })),
  };
}

function databaseSku(size: DatabaseSize, { hasStandby }: DatabaseOffer): PlainObject {
  const canHave = size.tier !== "Burstable" && hasStandby;
  return {
    name: size.name,
    vCores: size.cores,
    supportedMemoryPerVcoreMb: size.memoryPerCoreMb,
    supportedZones: [...size.zones],
    supportedHaMode: canHave ? ["SameZone", "ZoneRedundant"] : [],
  };
}

function kubernetesVersions({ situation }: Asked): PlainObject {
  const values: Plain[] = situation.versions.map(
    ({ version, patches, isPreview, supportPlan }) => ({
      version,
      ...(isPreview && { isPreview }),
      capabilities: { supportPlan: [...supportPlan] },
      patchVersions: Object.fromEntries(patches.map((patch) => [patch, { upgrades: [] }])),
    }),
  );
  return { values };
}

function enabled(is: boolean): string {
  return is ? "Enabled" : "Disabled";
}
