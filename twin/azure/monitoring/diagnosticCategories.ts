/** What a resource of a type can send through a diagnostic setting. */
export interface Categories {
  readonly logs: readonly string[];
  readonly groups: readonly string[];
  readonly metrics: readonly string[];
}

const METRICS = ["AllMetrics"];
const ALL = ["allLogs"];
const ALL_AND_AUDIT = ["allLogs", "audit"];

/** "Supported Resource log categories in Azure Monitor", for the types that the program uses. */
const CATEGORIES: Readonly<Record<string, Categories>> = {
  "microsoft.containerservice/managedclusters": {
    logs: [
      "cloud-controller-manager",
      "cluster-autoscaler",
      "csi-azuredisk-controller",
      "csi-azurefile-controller",
      "csi-snapshot-controller",
      "guard",
      "kube-apiserver",
      "kube-audit",
      "kube-audit-admin",
      "kube-controller-manager",
      "kube-scheduler",
    ],
    groups: ALL_AND_AUDIT,
    metrics: METRICS,
  },
  "microsoft.keyvault/vaults": {
    logs: ["AuditEvent", "AzurePolicyEvaluationDetails"],
    groups: ALL_AND_AUDIT,
    metrics: METRICS,
  },
  "microsoft.dbforpostgresql/flexibleservers": {
    logs: [
      "PostgreSQLLogs",
      "PostgreSQLFlexSessions",
      "PostgreSQLFlexQueryStoreRuntime",
      "PostgreSQLFlexQueryStoreWaitStats",
      "PostgreSQLFlexTableStats",
      "PostgreSQLFlexDatabaseXacts",
      "PostgreSQLFlexPGBouncer",
    ],
    groups: ALL_AND_AUDIT,
    metrics: METRICS,
  },
  "microsoft.network/applicationgateways": {
    logs: [
      "ApplicationGatewayAccessLog",
      "ApplicationGatewayPerformanceLog",
      "ApplicationGatewayFirewallLog",
    ],
    groups: ALL,
    metrics: METRICS,
  },
  "microsoft.containerregistry/registries": {
    logs: ["ContainerRegistryRepositoryEvents", "ContainerRegistryLoginEvents"],
    groups: ALL_AND_AUDIT,
    metrics: METRICS,
  },
  "microsoft.network/networksecuritygroups": {
    logs: ["NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter"],
    groups: ALL,
    metrics: [],
  },
  "microsoft.network/virtualnetworks": {
    logs: ["VMProtectionAlerts"],
    groups: ALL,
    metrics: METRICS,
  },
  "microsoft.network/publicipaddresses": {
    logs: ["DDoSProtectionNotifications", "DDoSMitigationFlowLogs", "DDoSMitigationReports"],
    groups: ALL_AND_AUDIT,
    metrics: METRICS,
  },
  "microsoft.network/natgateways": { logs: [], groups: [], metrics: METRICS },
  "microsoft.operationalinsights/workspaces": {
    logs: ["Audit", "SummaryLogs"],
    groups: ALL_AND_AUDIT,
    metrics: METRICS,
  },
  "microsoft.eventgrid/systemtopics": {
    logs: ["DeliveryFailures"],
    groups: ALL,
    metrics: METRICS,
  },
};

/** Undefined when resources of the type have no diagnostic settings. */
export function categoriesOf(armType: string): Categories | undefined {
  return CATEGORIES[armType.toLowerCase()];
}
