import { DATABASE_REGIONS, type DatabaseRegion, REGIONS_DATE } from "../../azure";

/** Regions with availability zones (Azure: "Azure regions list"). */
export const ZONED_REGIONS: readonly string[] = [
  "australiaeast",
  "austriaeast",
  "belgiumcentral",
  "brazilsouth",
  "canadacentral",
  "centralindia",
  "centralus",
  "chilecentral",
  "eastasia",
  "eastus",
  "eastus2",
  "francecentral",
  "germanywestcentral",
  "indonesiacentral",
  "israelcentral",
  "italynorth",
  "japaneast",
  "japanwest",
  "koreacentral",
  "malaysiawest",
  "mexicocentral",
  "newzealandnorth",
  "northeurope",
  "norwayeast",
  "polandcentral",
  "qatarcentral",
  "southafricanorth",
  "southcentralus",
  "southeastasia",
  "spaincentral",
  "swedencentral",
  "switzerlandnorth",
  "uaenorth",
  "uksouth",
  "westeurope",
  "westus2",
  "westus3",
];

/** What a database needs from its region. */
export interface RegionNeeds {
  /** Size of the server, e.g. `Standard_D2ds_v5`. */
  readonly size: string;
  readonly zoneRedundant: boolean;
  readonly geoRedundantBackup: boolean;
}

/** The part of a platform that decides whether it can have a new database. */
export interface NewDatabase {
  readonly location: string;
  /** The subscription was asked. */
  readonly regionChecked?: boolean;
  readonly profile: { readonly database: Omit<RegionNeeds, "size"> };
  readonly database: { readonly size: string };
}

/**
 * The problem with building a platform in a region, in a sentence; undefined when there is none.
 *
 * @param needs what is asked of the region; undefined where somebody asked the subscription
 */
export function regionProblem(
  location: string,
  needs: RegionNeeds | undefined,
): string | undefined {
  if (!ZONED_REGIONS.includes(location)) {
    return (
      `rotation:location "${location}" has no availability zones, which nodes, gateway and ` +
      `database need. Regions that do: ${ZONED_REGIONS.join(", ")}.`
    );
  }
  const lacks = needs ? lacking(DATABASE_REGIONS[location], needs) : [];
  return needs && lacks.length > 0 ? refusal(location, needs, lacks) : undefined;
}

/**
 * The problem with making a database in a region that has everything for those that exist; undefined
 * when there is none, or when the database exists.
 *
 * @param host of the database, as the last run left it
 */
export function newDatabaseProblem(
  { location, regionChecked, profile, database }: NewDatabase,
  host: string | undefined,
): string | undefined {
  const needs = { ...profile.database, size: database.size };
  return host === undefined && regionChecked !== true && isBlocked(location, needs)
    ? refusal(location, needs, [
        "a standby in another zone for a new database (Azure currently refuses new ones)",
      ])
    : undefined;
}

function isBlocked(location: string, { zoneRedundant }: RegionNeeds): boolean {
  return zoneRedundant && DATABASE_REGIONS[location]?.zoneRedundant === "blocked";
}

/** What a region does not have of what is needed, in words. */
function lacking(region: DatabaseRegion | undefined, needs: RegionNeeds): string[] {
  const { size, zoneRedundant, geoRedundantBackup } = needs;
  return [
    ...(zoneRedundant && (region?.zoneRedundant ?? "no") === "no"
      ? ["a standby in another zone"]
      : []),
    ...(geoRedundantBackup && region?.geoRedundantBackup !== true ? ["geo-redundant backup"] : []),
    ...(region !== undefined && hasSize(region, size) ? [] : [`the size ${size}`]),
  ];
}

/** The table has nothing on burstable sizes, which are everywhere. */
function hasSize({ intel, amd }: DatabaseRegion, size: string): boolean {
  const [, processor, version = ""] = /^Standard_[DE]\d+(a?)d?s_(v\d)$/.exec(size) ?? [];
  return processor === undefined || (processor === "a" ? amd : intel).includes(version);
}

function refusal(location: string, needs: RegionNeeds, lacks: string[]): string {
  const others = ZONED_REGIONS.filter(
    (region) => lacking(DATABASE_REGIONS[region], needs).length === 0 && !isBlocked(region, needs),
  );
  return (
    `rotation:location "${location}" does not offer ${lacks.join(" or ")}, according to ` +
    `Microsoft's table of ${REGIONS_DATE} ("Azure regions" of Azure Database for PostgreSQL). ` +
    `Regions that offer everything configured: ${others.join(", ")}. Your subscription is the ` +
    `authority: \`az postgres flexible-server list-skus --location ${location}\`; if it has what you need, ` +
    "`pulumi config set rotation:regionChecked true`."
  );
}
