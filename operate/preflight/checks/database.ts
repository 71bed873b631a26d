import { databaseSize } from "../../../components";
import { type Asking, type Check, READER } from "../asking";
import { type Finding, ok, okUnless, wrong } from "../finding";
import { textAt } from "../planned";

const API_VERSION = "2025-08-01";

/** What a region offers to a subscription. */
interface Capability {
  readonly restricted?: string;
  readonly reason?: string;
  readonly zoneRedundantHaSupported?: string;
  readonly geoBackupSupported?: string;
  readonly zoneRedundantHaAndGeoBackupSupported?: string;
  readonly supportedServerVersions?: readonly Named[];
  readonly supportedServerEditions?: readonly Edition[];
}

interface Named {
  readonly name?: string;
  /** `Disabled` with a reason. */
  readonly status?: string;
  readonly reason?: string;
}

interface Edition extends Named {
  readonly supportedServerSkus?: readonly Sku[];
}

interface Sku extends Named {
  readonly vCores?: number;
  readonly supportedMemoryPerVcoreMb?: number;
  readonly supportedZones?: readonly string[];
  readonly supportedHaMode?: readonly string[];
}

/** What the server asks for. */
interface Wanted {
  readonly location: string;
  readonly version: string;
  readonly tier: string;
  readonly size: string;
  readonly zones: readonly string[];
  readonly isRedundant: boolean;
  readonly isGeoRedundant: boolean;
}

/**
 * Connections per MB of memory that Azure allows, up to 5000 ("Limits in Azure Database for
 * PostgreSQL"; its table has fewer for the smallest size only).
 */
const CONNECTIONS_PER_MB = 0.1049164697034809;

/** Version, size, zones, standby and backups of the database server. */
export const database: Check = {
  what: "database server",
  role: READER,
  async ask(asking) {
    const wanted = wantedOf(asking);
    const capability = await capabilityOf(asking);
    const { location, size, version } = wanted;
    const summary = [
      `PostgreSQL ${version} on ${size} in ${location}`,
      ...(wanted.isRedundant ? ["with a standby in another zone"] : []),
      ...(wanted.isGeoRedundant ? ["and backups in another region"] : []),
    ].join(" ");
    return okUnless(problemsOf(wanted, capability), "database server", summary);
  },
};

/** `max_connections`, which the connections of both slots are held against. */
export const connections: Check = {
  what: "max_connections",
  role: READER,
  async ask(asking) {
    const { arm, planned, settings } = asking;
    const server = planned.one("dbforpostgresql:Server");
    const { size } = wantedOf(asking);
    const needed = settings.serverConnections || (databaseSize(size)?.maxConnections ?? 0);
    const path = `${server.id}/configurations/max_connections`;
    const there = planned.isMade(server) ? await arm.find(path, API_VERSION) : undefined;
    const allowed =
      there === undefined
        ? fromMemory(skuOf(wantedOf(asking), await capabilityOf(asking)))
        : Number(textAt(there, "properties", "value"));
    if (allowed === undefined) {
      return [];
    }
    const from = there === undefined ? "by its size's memory" : "reported by the server";
    const what = "max_connections";
    return [
      allowed >= needed
        ? ok(what, `${allowed} ${from}; the program needs ${needed}`)
        : wrong(
            what,
            `${allowed} ${from}, but the program needs ${needed}`,
            `pulumi config set rotation:serverConnections ${allowed}`,
          ),
    ];
  },
};

/** Cores of one server of the size, as the region offers it; 0 where it does not. */
export async function databaseCores(asking: Asking): Promise<number> {
  return skuOf(wantedOf(asking), await capabilityOf(asking))?.vCores ?? 0;
}

async function capabilityOf({ arm, planned }: Asking): Promise<Capability> {
  const path = `${planned.subscription}/providers/Microsoft.DBforPostgreSQL/locations/${planned.location}/capabilities`;
  const [capability = {}] = await arm.list<Capability>(path, API_VERSION);
  return capability;
}

function wantedOf({ planned }: Asking): Wanted {
  const { inputs } = planned.one("dbforpostgresql:Server");
  const standby = textAt(inputs, "highAvailability", "standbyAvailabilityZone");
  return {
    location: planned.location,
    version: textAt(inputs, "version"),
    tier: textAt(inputs, "sku", "tier"),
    size: textAt(inputs, "sku", "name"),
    zones: [textAt(inputs, "availabilityZone"), standby].filter((zone) => zone !== ""),
    isRedundant: textAt(inputs, "highAvailability", "mode") === "ZoneRedundant",
    isGeoRedundant: textAt(inputs, "backup", "geoRedundantBackup") === "Enabled",
  };
}

function problemsOf(wanted: Wanted, capability: Capability): Finding[] {
  const { location, size, version, zones } = wanted;
  const list = `az postgres flexible-server list-skus --location ${location} --output table`;
  const otherRegion = "pulumi config set rotation:location <another region>";
  const otherSize = "pulumi config set rotation:databaseSize <another size>";
  if (capability.restricted === "Enabled") {
    const why = `${location} is closed to this subscription${reasonOf(capability)}`;
    return [wrong("database region", why, list, otherRegion)];
  }
  const offered = capability.supportedServerVersions?.find(({ name }) => name === version);
  const sku = skuOf(wanted, capability);
  const lacking = zones.filter((zone) => !sku?.supportedZones?.includes(zone));
  const problems: readonly (readonly [is: boolean, what: string, why: string, help: string])[] = [
    [
      !isOpen(offered),
      "database version",
      `${location} does not offer PostgreSQL ${version}${reasonOf(offered)}`,
      "pulumi config set rotation:databaseVersion <17 or 18>",
    ],
    [
      !isOpen(sku),
      "database size",
      `this subscription may not use ${size} in ${location}${reasonOf(sku)}`,
      otherSize,
    ],
    [
      isOpen(sku) && lacking.length > 0,
      "database zones",
      `${size} is not in zone ${lacking.join(", ")} of ${location}`,
      otherSize,
    ],
    [
      isOpen(sku) && wanted.isRedundant && !takesStandby(capability, sku),
      "database standby",
      `${location} accepts no new server of ${size} with a standby in another zone`,
      otherRegion,
    ],
    [
      wanted.isGeoRedundant && !takesBackups(capability, wanted),
      "database backups",
      `${location} offers no backups in another region for such a server`,
      otherRegion,
    ],
  ];
  return problems.flatMap(([is, what, why, help]) => (is ? wrong(what, why, list, help) : []));
}

function takesStandby({ zoneRedundantHaSupported }: Capability, sku: Sku | undefined): boolean {
  return (
    zoneRedundantHaSupported === "Enabled" &&
    sku?.supportedHaMode?.includes("ZoneRedundant") === true
  );
}

function takesBackups(capability: Capability, { isRedundant }: Wanted): boolean {
  const { geoBackupSupported, zoneRedundantHaAndGeoBackupSupported } = capability;
  return (
    geoBackupSupported === "Enabled" &&
    (!isRedundant || zoneRedundantHaAndGeoBackupSupported === "Enabled")
  );
}

function skuOf({ size, tier }: Wanted, capability: Capability): Sku | undefined {
  return capability.supportedServerEditions
    ?.find(({ name }) => name === tier)
    ?.supportedServerSkus?.find(({ name }) => name?.toLowerCase() === size.toLowerCase());
}

function isOpen(named: Named | undefined): boolean {
  return named !== undefined && named.status !== "Disabled";
}

function reasonOf(named: Named | undefined): string {
  return named?.reason ? `: ${named.reason}` : "";
}

function fromMemory(sku: Sku | undefined): number | undefined {
  const memory = (sku?.vCores ?? 0) * (sku?.supportedMemoryPerVcoreMb ?? 0);
  return memory === 0 ? undefined : connectionsOf(memory);
}

/** Connections that Azure sets for a server with so many MB of memory. */
export function connectionsOf(memoryMb: number): number {
  return Math.min(Math.floor(memoryMb * CONNECTIONS_PER_MB), 5000);
}
