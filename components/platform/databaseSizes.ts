import { DATABASE_SIZES, type DatabaseSize as Row } from "../../azure";

/** What a size stands for ("Limits in Azure Database for PostgreSQL"). */
export type DatabaseSize = Pick<Row, "tier" | "maxConnections">;

/** The problem with the size of a server, in a sentence; undefined when there is none. */
export function databaseSizeProblem(
  size: string,
  { zoneRedundant }: { zoneRedundant: boolean },
): string | undefined {
  const known = databaseSize(size);
  if (known === undefined) {
    return (
      `rotation:databaseSize "${size}" is not a flexible server size: Standard_B1ms to ` +
      "Standard_B20ms, or Standard_D or Standard_E with 2 to 96 cores, such as Standard_D2ds_v5."
    );
  }
  return known.tier === "Burstable" && zoneRedundant
    ? `rotation:databaseSize "${size}" is burstable and cannot be zone redundant, which profile ` +
        "prod requires: use Standard_D2ds_v5 or larger."
    : undefined;
}

/** What a size such as `Standard_D2ds_v5` stands for; undefined when Azure sells no such server. */
export function databaseSize(name: string): DatabaseSize | undefined {
  const row = DATABASE_SIZES[name];
  return row && { tier: row.tier, maxConnections: row.maxConnections };
}
