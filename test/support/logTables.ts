type ColumnType = "datetime" | "dynamic" | "int" | "real" | "string";

/**
 * Tables of a workspace and those of their columns that alerts and figures ask for, as the "Azure Monitor Logs
 * reference" has them: a query with any other column fails.
 */
export const LOG_TABLES = {
  AGWAccessLogs: {
    TimeGenerated: "datetime",
    BackendPoolName: "string",
    HttpStatus: "int",
    OriginalHost: "string",
  },
  AKSAudit: {
    TimeGenerated: "datetime",
    Verb: "string",
    RequestUri: "string",
    User: "dynamic",
    ResponseStatus: "dynamic",
    SourceIps: "dynamic",
  },
  AKSAuditAdmin: {
    TimeGenerated: "datetime",
    Verb: "string",
    ObjectRef: "dynamic",
    ResponseStatus: "dynamic",
  },
  AZKVAuditLogs: {
    TimeGenerated: "datetime",
    OperationName: "string",
    HttpStatusCode: "int",
    Identity: "dynamic",
    Id: "string",
    CallerIpAddress: "string",
    ResultDescription: "string",
  },
  AzureMetrics: {
    TimeGenerated: "datetime",
    ResourceProvider: "string",
    MetricName: "string",
    Average: "real",
  },
  ContainerLogV2: {
    TimeGenerated: "datetime",
    PodNamespace: "string",
    PodName: "string",
    ContainerName: "string",
    LogMessage: "dynamic",
  },
  KubeEvents: {
    TimeGenerated: "datetime",
    Namespace: "string",
    Name: "string",
    Reason: "string",
    Message: "string",
  },
  KubePodInventory: {
    TimeGenerated: "datetime",
    Namespace: "string",
    Name: "string",
    PodStatus: "string",
    PodRestartCount: "int",
  },
  PGSQLPgStatActivitySessions: {
    TimeGenerated: "datetime",
    CollectionTime: "datetime",
    BackendStartTime: "datetime",
    ProcessId: "int",
    UserId: "int",
  },
  PGSQLServerLogs: {
    TimeGenerated: "datetime",
    ErrorLevel: "string",
    SqlErrorCode: "string",
    Message: "string",
    ProcessId: "int",
  },
} as const satisfies Record<string, Readonly<Record<string, ColumnType>>>;

export type LogTable = keyof typeof LOG_TABLES;

/** Rows by table. */
export type LogRows = {
  readonly [Table in LogTable]?: readonly Partial<
    Record<keyof (typeof LOG_TABLES)[Table], string | number>
  >[];
};
