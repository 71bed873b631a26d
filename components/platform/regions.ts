/**
 * Regions with availability zones (Azure: "Azure regions list"), and whether each has a paired
 * region, without which a database has no geo-redundant backup.
 */
const ZONED_REGIONS: Readonly<Record<string, { readonly paired: boolean }>> = {
  australiaeast: { paired: true },
  austriaeast: { paired: false },
  belgiumcentral: { paired: false },
  brazilsouth: { paired: true },
  canadacentral: { paired: true },
  centralindia: { paired: true },
  centralus: { paired: true },
  chilecentral: { paired: false },
  eastasia: { paired: true },
  eastus: { paired: true },
  eastus2: { paired: true },
  francecentral: { paired: true },
  germanywestcentral: { paired: true },
  indonesiacentral: { paired: false },
  israelcentral: { paired: false },
  italynorth: { paired: false },
  japaneast: { paired: true },
  japanwest: { paired: true },
  koreacentral: { paired: true },
  malaysiawest: { paired: false },
  mexicocentral: { paired: false },
  newzealandnorth: { paired: false },
  northeurope: { paired: true },
  norwayeast: { paired: true },
  polandcentral: { paired: false },
  qatarcentral: { paired: false },
  southafricanorth: { paired: true },
  southcentralus: { paired: true },
  southeastasia: { paired: true },
  spaincentral: { paired: false },
  swedencentral: { paired: true },
  switzerlandnorth: { paired: true },
  uaenorth: { paired: true },
  uksouth: { paired: true },
  westeurope: { paired: true },
  westus2: { paired: true },
  westus3: { paired: true },
};

/** The problem with building a platform in a region, in a sentence; undefined when there is none. */
export function regionProblem(
  location: string,
  { geoRedundantBackup }: { geoRedundantBackup: boolean },
): string | undefined {
  const region = ZONED_REGIONS[location];
  if (region === undefined) {
    return (
      `rotation:location "${location}" is no region with availability zones, which nodes, gateway ` +
      `and database need. Regions that have them: ${Object.keys(ZONED_REGIONS).join(", ")}.`
    );
  }
  return geoRedundantBackup && !region.paired
    ? `rotation:location "${location}" has no paired region and therefore no geo-redundant backup ` +
        "of the database, which rotation:profile prod asks for. Use a region that has one, such as " +
        "westeurope."
    : undefined;
}
