import { LOG_CATEGORIES } from "../../../azure";

/** What a resource of a type can send through a diagnostic setting. */
export interface Categories {
  readonly logs: readonly string[];
  readonly groups: readonly string[];
  readonly metrics: readonly string[];
}

const METRICS = ["AllMetrics"];
const ALL = ["allLogs"];
const ALL_AND_AUDIT = ["allLogs", "audit"];

/** What the tables of categories do not say: groups, and whether metrics can be sent. */
const KINDS: Readonly<Record<string, Omit<Categories, "logs">>> = {
  "microsoft.containerservice/managedclusters": { groups: ALL_AND_AUDIT, metrics: METRICS },
  "microsoft.keyvault/vaults": { groups: ALL_AND_AUDIT, metrics: METRICS },
  "microsoft.dbforpostgresql/flexibleservers": { groups: ALL_AND_AUDIT, metrics: METRICS },
  "microsoft.network/applicationgateways": { groups: ALL, metrics: METRICS },
  "microsoft.containerregistry/registries": { groups: ALL_AND_AUDIT, metrics: METRICS },
  "microsoft.network/networksecuritygroups": { groups: ALL, metrics: [] },
  "microsoft.network/virtualnetworks": { groups: ALL, metrics: METRICS },
  "microsoft.network/publicipaddresses": { groups: ALL_AND_AUDIT, metrics: METRICS },
  "microsoft.network/natgateways": { groups: [], metrics: METRICS },
  "microsoft.operationalinsights/workspaces": { groups: ALL_AND_AUDIT, metrics: METRICS },
  "microsoft.eventgrid/systemtopics": { groups: ALL, metrics: METRICS },
};

/** Undefined when resources of the type have no diagnostic settings. */
export function categoriesOf(armType: string): Categories | undefined {
  const type = armType.toLowerCase();
  const kind = KINDS[type];
  return kind && { ...kind, logs: LOG_CATEGORIES[type] ?? [] };
}
