/** Metrics of a type and the dimensions of each. */
type Metrics = Readonly<Record<string, readonly string[]>>;

const BACKEND = ["BackendServer", "BackendPool", "BackendHttpSetting", "HttpStatusGroup"];
const LISTENER = ["Listener"];
const VAULT = ["ActivityType", "ActivityName", "StatusCode", "StatusCodeClass"];
const POD = ["phase", "pod", "namespace"];
const NODE = ["node", "nodepool"];

/** "Supported metrics with Azure Monitor", for the types that the program uses. */
const METRICS: Readonly<Record<string, Metrics>> = {
  "microsoft.network/applicationgateways": {
    ApplicationGatewayTotalTime: LISTENER,
    AzwafTotalRequests: ["Action", "CountryCode", "Method", "Mode", "PolicyName", "PolicyScope"],
    BackendConnectTime: ["Listener", "BackendServer", "BackendPool", "BackendHttpSetting"],
    BackendFirstByteResponseTime: ["Listener", ...BACKEND.slice(0, 3)],
    BackendLastByteResponseTime: ["Listener", ...BACKEND.slice(0, 3)],
    BackendResponseStatus: BACKEND,
    CapacityUnits: [],
    ComputeUnits: [],
    CurrentConnections: [],
    FailedRequests: ["BackendSettingsPool"],
    HealthyHostCount: ["BackendSettingsPool"],
    ResponseStatus: ["HttpStatusGroup"],
    Throughput: [],
    TotalRequests: ["BackendSettingsPool"],
    UnhealthyHostCount: ["BackendSettingsPool"],
  },
  "microsoft.keyvault/vaults": {
    Availability: VAULT,
    SaturationShoebox: ["ActivityType", "ActivityName", "TransactionType"],
    ServiceApiHit: ["ActivityType", "ActivityName"],
    ServiceApiLatency: VAULT,
    ServiceApiResult: VAULT,
  },
  "microsoft.dbforpostgresql/flexibleservers": {
    active_connections: [],
    backup_storage_used: [],
    connections_failed: [],
    connections_succeeded: [],
    cpu_credits_remaining: [],
    cpu_percent: [],
    disk_iops_consumed_percentage: [],
    is_db_alive: [],
    maximum_used_transactionIDs: [],
    memory_percent: [],
    physical_replication_delay_in_seconds: [],
    storage_free: [],
    storage_percent: [],
    storage_used: [],
  },
  "microsoft.containerservice/managedclusters": {
    apiserver_cpu_usage_percentage: [],
    apiserver_current_inflight_requests: ["requestKind"],
    apiserver_memory_usage_percentage: [],
    cluster_autoscaler_cluster_safe_to_autoscale: [],
    cluster_autoscaler_unschedulable_pods_count: [],
    etcd_cpu_usage_percentage: [],
    etcd_database_usage_percentage: [],
    etcd_memory_usage_percentage: [],
    kube_node_status_condition: ["condition", "status", "status2", "node"],
    kube_pod_status_phase: POD,
    kube_pod_status_ready: ["namespace", "pod", "condition"],
    node_cpu_usage_percentage: NODE,
    node_disk_usage_percentage: [...NODE, "device"],
    node_memory_rss_percentage: NODE,
    node_memory_working_set_percentage: NODE,
  },
  "microsoft.eventgrid/systemtopics": {
    DeadLetteredCount: ["DeadLetterReason", "EventSubscriptionName"],
    DeliveryAttemptFailCount: ["Error", "ErrorType", "EventSubscriptionName"],
    DeliverySuccessCount: ["EventSubscriptionName"],
    DroppedEventCount: ["DropReason", "EventSubscriptionName"],
    MatchedEventCount: ["EventSubscriptionName"],
    PublishFailCount: ["ErrorType", "Error"],
    PublishSuccessCount: [],
    UnmatchedEventCount: [],
  },
  "microsoft.containerregistry/registries": {
    StorageUsed: ["Geolocation"],
    SuccessfulPullCount: [],
    SuccessfulPushCount: [],
    TotalPullCount: [],
    TotalPushCount: [],
  },
  "microsoft.network/natgateways": {
    DatapathAvailability: [],
    SNATConnectionCount: ["Protocol", "ConnectionState"],
    TotalConnectionCount: ["Protocol"],
  },
};

/** Dimensions of a metric, undefined when a resource of the type does not have the metric. */
export function dimensionsOf(armType: string, metric: string): readonly string[] | undefined {
  return METRICS[armType.toLowerCase()]?.[metric];
}
