export type DatabaseTier = "Burstable" | "GeneralPurpose" | "MemoryOptimized";

export interface DatabaseSize {
  readonly tier: DatabaseTier;
  /** `max_connections` that Azure sets for the size. */
  readonly maxConnections: number;
}

/** From some size on the number grows no more. */
const MOST = 5000;

/** `max_connections` by name or by virtual cores (Azure: "Limits in Azure Database for PostgreSQL"). */
const BURSTABLE: Readonly<Record<string, number>> = {
  Standard_B1ms: 50,
  Standard_B2s: 429,
  Standard_B2ms: 859,
  Standard_B4ms: 1718,
  Standard_B8ms: 3437,
  Standard_B12ms: MOST,
  Standard_B16ms: MOST,
  Standard_B20ms: MOST,
};
const LARGE = { 16: MOST, 32: MOST, 48: MOST, 64: MOST, 96: MOST };
const GENERAL_PURPOSE: Readonly<Record<string, number>> = { 2: 859, 4: 1718, 8: 3437, ...LARGE };
const MEMORY_OPTIMIZED: Readonly<Record<string, number>> = {
  ...{ 2: 1718, 4: 3437, 8: MOST, 20: MOST },
  ...LARGE,
};

/** The problem with the size of a server, in a sentence; undefined when there is none. */
export function databaseSizeProblem(
  size: string,
  { zoneRedundant }: { zoneRedundant: boolean },
): string | undefined {
  const known = databaseSize(size);
  if (known === undefined) {
    return (
      `rotation:databaseSize "${size}" is no size of a flexible server: Standard_B1ms to ` +
      "Standard_B20ms, or Standard_D or Standard_E with 2 to 96 cores, such as Standard_D2ds_v5."
    );
  }
  return known.tier === "Burstable" && zoneRedundant
    ? `rotation:databaseSize "${size}" is burstable and cannot be zone redundant, which profile ` +
        "prod asks for: use Standard_D2ds_v5 or larger."
    : undefined;
}

/** What a size such as `Standard_D2ds_v5` stands for; undefined when Azure sells no such server. */
export function databaseSize(name: string): DatabaseSize | undefined {
  const [, series, cores = ""] = /^Standard_(D|E)(\d+)a?d?s_v\d$/.exec(name) ?? [];
  const [tier, maxConnections] = {
    D: ["GeneralPurpose", GENERAL_PURPOSE[cores]] as const,
    E: ["MemoryOptimized", MEMORY_OPTIMIZED[cores]] as const,
    "": ["Burstable", BURSTABLE[name]] as const,
  }[(series ?? "") as "D" | "E" | ""];
  return maxConnections === undefined ? undefined : { tier, maxConnections };
}
