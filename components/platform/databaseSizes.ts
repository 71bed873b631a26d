export type DatabaseTier = "Burstable" | "GeneralPurpose" | "MemoryOptimized";

export interface DatabaseSize {
  readonly tier: DatabaseTier;
  /** `max_connections` that Azure sets for the size. */
  readonly maxConnections: number;
}

/** `max_connections` by virtual cores (Azure: "Limits in Azure Database for PostgreSQL"). */
const GENERAL_PURPOSE: Readonly<Record<string, number>> = { 2: 859, 4: 1718, 8: 3437 };
const MEMORY_OPTIMIZED: Readonly<Record<string, number>> = { 2: 1718, 4: 3437 };
const BURSTABLE: Readonly<Record<string, number>> = {
  Standard_B1ms: 50,
  Standard_B2s: 429,
  Standard_B2ms: 859,
  Standard_B4ms: 1718,
  Standard_B8ms: 3437,
};
/** From this on the number grows no more. */
const MOST_CONNECTIONS = 5000;

/** What a size such as `Standard_D2ds_v5` stands for; undefined when Azure sells no such server. */
export function databaseSize(name: string): DatabaseSize | undefined {
  const [, series, cores = ""] = /^Standard_(B|D|E)(\d+)[a-z]*(?:_v\d)?$/.exec(name) ?? [];
  switch (series) {
    case "B":
      return { tier: "Burstable", maxConnections: BURSTABLE[name] ?? MOST_CONNECTIONS };
    case "D":
      return {
        tier: "GeneralPurpose",
        maxConnections: GENERAL_PURPOSE[cores] ?? MOST_CONNECTIONS,
      };
    case "E":
      return {
        tier: "MemoryOptimized",
        maxConnections: MEMORY_OPTIMIZED[cores] ?? MOST_CONNECTIONS,
      };
    default:
      return undefined;
  }
}
