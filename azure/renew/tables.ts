import type {
  Aggregation,
  DatabaseRegion,
  DatabaseSize,
  Metric,
  NodeSize,
  Parameter,
  Reservations,
  Support,
  SystemPools,
} from "..";
import { quoted, rowsOf, sectionsOf, type Row } from "./markdown";

/** What the pages of Microsoft's documents say, each kind of page in its own form. */

/** "Supported metrics": name, aggregations and dimensions. */
export function metricsOf(text: string): Record<string, Metric> {
  return Object.fromEntries(
    rowsOf(text).map((row) => [
      quoted(row["Name in REST API"]!)[0]!,
      {
        aggregations: row["Aggregation"]!.split(", ").map(
          (name) => name.replace(" (Sum)", "") as Aggregation,
        ),
        dimensions: quoted(row["Dimensions"]!),
      },
    ]),
  );
}

/** "Supported resource log categories", as long as they give the name beside the display name. */
export function categoriesOf(text: string): string[] {
  return rowsOf(text).flatMap((row) => quoted(row["Category"]!));
}

/** "Azure regions" of flexible servers. */
export function regionsOf(text: string): Record<string, DatabaseRegion> {
  return Object.fromEntries(
    rowsOf(text).map((row) => {
      const name = row["Region"]!.replace(" *", "");
      const zones = row["Zone-Redundant HA"]!;
      return [
        name.toLowerCase().replaceAll(" ", ""),
        {
          name,
          zoneRedundant: zones.includes("$") ? "blocked" : isThere(zones) ? "yes" : "no",
          sameZone: isThere(row["Same-Zone HA"]!),
          geoRedundantBackup: isThere(row["Geo-Redundant backup"]!),
          intel: versionsIn(row["Intel Compute"]!),
          amd: versionsIn(row["AMD Compute"]!),
          onRequest: row["Region"] !== name,
        },
      ];
    }),
  );
}

function isThere(cell: string): boolean {
  return cell.includes(":white_check_mark:");
}

/** `:white_check_mark: (v3/v4)` as `["v3", "v4"]`. */
function versionsIn(cell: string): string[] {
  return cell.match(/v\d/g) ?? [];
}

/** "Server parameters", those of the names. */
export function parametersOf(text: string, names: readonly string[]): Record<string, Parameter> {
  const sections = [...sectionsOf(text)].filter(([name]) => names.includes(name));
  return Object.fromEntries(
    sections.map(([name, rows]) => {
      const value = (attribute: string) =>
        rows.find((row) => row["Attribute"] === attribute)?.["Value"] ?? "";
      return [
        name,
        {
          type: value("Data type"),
          default: quoted(value("Default value"))[0] ?? "",
          allowed: quoted(value("Allowed values"))[0] ?? "",
          kind: value("Parameter type") as Parameter["kind"],
        },
      ];
    }),
  );
}

const TIERS: Readonly<Record<string, DatabaseSize["tier"]>> = {
  B: "Burstable",
  D: "GeneralPurpose",
  E: "MemoryOptimized",
};

/** "Limits in Azure Database for PostgreSQL": `max_connections` of each size. */
export function databaseSizesOf(text: string): Record<string, DatabaseSize> {
  const sized = rowsOf(text).filter((row) => /^\d+$/.test(row["vCores"] ?? ""));
  return Object.fromEntries(
    sized.flatMap((row) =>
      row["Product name"]!.split(" / ").map((name) => [
        `Standard_${name.replace("_V", "_v")}`,
        {
          tier: TIERS[name[0]!]!,
          cores: Number(row["vCores"]),
          memoryGB: Number.parseInt(row["Memory size"]!),
          maxConnections: Number(row["Maximum connections"]!.replace(",", "")),
        },
      ]),
    ),
  );
}

/** "Azure Database for PostgreSQL version policy". */
export function databaseVersionsOf(text: string): Record<string, Support> {
  const rows = rowsOf(text).filter((row) => row["PostgreSQL Version"] !== undefined);
  return Object.fromEntries(
    rows.map((row) => [
      /PostgreSQL (\d+)/.exec(row["PostgreSQL Version"]!)![1]!,
      {
        from: day(row["Azure Standard Support Start Date"]!),
        until: day(row["Azure Standard Support End Date"]!),
      },
    ]),
  );
}

/** "Supported Kubernetes versions in AKS", without long-term support. */
export function kubernetesVersionsOf(text: string): Record<string, Support> {
  const rows = rowsOf(text).filter((row) => row["Platform support"] !== undefined);
  return Object.fromEntries(
    rows.map((row) => [
      row["Kubernetes version"]!,
      { from: month(row["AKS GA"]!), until: month(row["End of life"]!) },
    ]),
  );
}

/** `8-Nov-2029` as `2029-11-08`. */
function day(text: string): string {
  return new Date(`${text} UTC`).toISOString().slice(0, 10);
}

/** `Nov 2026` as `2026-11`. */
function month(text: string): string {
  return new Date(`1 ${text} UTC`).toISOString().slice(0, 7);
}

/** "Manage system node pools". */
export function systemPoolsOf(text: string): SystemPools {
  const [, cores, memoryGB] = /at least (\d+) vCPUs and (\d+) GB of memory/.exec(text) ?? [];
  return {
    cores: Number(cores),
    memoryGB: Number(memoryGB),
    burstable: !/\[B series VMs\]\S* aren't supported for system node pools/.test(text),
  };
}

/** "Node resource reservations in AKS", as they are from 1.29 on: the page has them first. */
export function reservationsOf(text: string): Reservations {
  const row = rowsOf(text).find((each) => each["CPU cores on host"]?.startsWith("Kube-reserved"));
  const cpu = Object.entries(row ?? {}).filter(([heading]) => /^\d+ cores?$/.test(heading));
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1]);
  return {
    cpu: Object.fromEntries(cpu.map(([heading, cell]) => [parseInt(heading), Number(cell)])),
    podMB: number(/(\d+) MB \* Max Pods/),
    nodeMB: number(/Max Pods supported on the Node \+ (\d+) MB/),
    mostPercent: number(/(\d+)% of the total system memory/),
    evictionMi: number(/memory\.available < (\d+) Mi/),
  };
}

/** A page of a series of virtual machines. */
export function nodeSizesOf(text: string): Record<string, NodeSize> {
  const rows = rowsOf(text).filter((row) => row["Size Name"] !== undefined);
  const sized = rows.filter((row) => row["vCPUs (Qty.)"] !== undefined);
  return Object.fromEntries(
    sized.map((row) => [
      row["Size Name"]!,
      {
        cores: Number(row["vCPUs (Qty.)"]),
        memoryGB: Number(row["Memory (GB)"] ?? row["Memory (GiB)"]),
        localDiskGB: localDisk(rows, row["Size Name"]!),
      },
    ]),
  );
}

function localDisk(rows: readonly Row[], size: string): number {
  const row = rows.find((one) => one["Size Name"] === size && one["Temp Disk Size (GiB)"]);
  return Number(row?.["Temp Disk Size (GiB)"] ?? 0);
}

/** "Azure built-in roles", those of the names, by id. */
export function rolesOf(text: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    rowsOf(text).flatMap((row) => {
      const [, name = ""] = /\[([^\]]+)\]\(/.exec(row["Built-in role"] ?? "") ?? [];
      return names.includes(name) ? [[row["ID"]!, name]] : [];
    }),
  );
}
