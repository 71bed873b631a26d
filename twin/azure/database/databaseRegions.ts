import { DATABASE_REGIONS, type DatabaseRegion } from "../../../azure";
import { normalizedLocation } from "../arm/difference";
import { demand } from "../arm/common";
import { textAt } from "../arm/plain";
import type { Put } from "../arm/resourceType";
import { SERVER } from "./databaseNames";

/** What a new server asks of its region ("Azure regions" of flexible servers). */
export function requireRegion({ inputs, previous }: Put): void {
  const location = normalizedLocation(textAt(inputs, "location"));
  const region = DATABASE_REGIONS[location];
  demand(
    region !== undefined,
    "LocationNotAvailableForResourceType",
    `The provided location '${location}' is not available for resource type '${SERVER}'.`,
  );
  demand(
    !isSpread(inputs) || isSpread(previous?.inputs) || region.zoneRedundant === "yes",
    "HADisabledForRegion",
    `HA is disabled for region ${location}.`,
  );
  demand(
    textAt(inputs, "backup.geoRedundantBackup") !== "Enabled" || region.geoRedundantBackup,
    "GeoRedundantBackupNotSupported",
    `Geo-redundant backup is not supported in region ${location}.`,
  );
  const size = textAt(inputs, "sku.name");
  demand(
    hasSize(region, size),
    "SkuNotAvailable",
    `The requested size ${size} is not available in region ${location}.`,
  );
}

function isSpread(inputs: Put["inputs"] | undefined): boolean {
  return textAt(inputs, "highAvailability.mode") === "ZoneRedundant";
}

/** Burstable sizes are everywhere; the others by processor and version. */
function hasSize({ intel, amd }: DatabaseRegion, size: string): boolean {
  const [, series, processor, version] = /^Standard_([BDE])\d+(a?)d?m?s_?(v\d)?$/.exec(size) ?? [];
  return series === "B" || (processor === "a" ? amd : intel).includes(version ?? "");
}
