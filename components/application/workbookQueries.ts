import { evidence } from "./alertQueries";

/** A figure of the workbook: a Kusto query and how its rows are shown. */
export interface Figure {
  readonly title: string;
  readonly query: (application: string, namespace: string) => string;
  readonly show: "table" | "timechart";
}

/** The slot of an answer: the controller names a pool after the service that it is of. */
function slotOfPool(application: string): string {
  return `extend Slot = extract("-${application}-(blue|green)-", 1, BackendPoolName)`;
}

/** What an operator watches during a rotation, from the outside in. */
export const FIGURES = {
  requests: {
    title: "Requests by slot and status class",
    show: "timechart",
    query: (application) => `AGWAccessLogs
| ${slotOfPool(application)}
| extend Series = strcat(iff(isempty(Slot), "no slot", Slot), " ", tostring(HttpStatus / 100), "xx")
| summarize Requests = count() by bin(TimeGenerated, 1m), Series`,
  },
  errors: {
    title: "Errors that clients see, by host and slot",
    show: "table",
    query: (application) => `AGWAccessLogs
| where HttpStatus >= 500
| ${slotOfPool(application)}
| summarize Answers = count(), Last = max(TimeGenerated) by OriginalHost, Slot, HttpStatus
| order by Last desc`,
  },
  unhealthyHosts: {
    title: "Unhealthy members of the gateway's pools",
    show: "timechart",
    query: () => `AzureMetrics
| where ResourceProvider == "MICROSOFT.NETWORK" and MetricName == "UnhealthyHostCount"
| summarize Unhealthy = max(Average) by bin(TimeGenerated, 1m)`,
  },
  sessions: {
    title: "Sessions by role",
    show: "timechart",
    // The table of sessions knows roles by their object id; the log says whose session a process is.
    query: (application) => `let logins = PGSQLServerLogs
| where Message startswith "connection authorized: user=${application}_"
| extend Role = extract("user=([a-z0-9_]+)", 1, Message)
| summarize arg_max(TimeGenerated, Role) by ProcessId
| project ProcessId, Role;
PGSQLPgStatActivitySessions
| join kind=inner logins on ProcessId
| summarize Sessions = dcount(ProcessId) by bin(TimeGenerated, 1m), Role`,
  },
  evidence: {
    title: "Evidence from the proofs",
    show: "table",
    query: (_application, namespace) => `${evidence(namespace)}
evidence
| project TimeGenerated, Proof, Ok, Version = tostring(Line.secretVersion), Reason = tostring(Line.reason), PodName
| order by TimeGenerated desc`,
  },
  vault: {
    title: "Vault operations by secret",
    show: "table",
    query: (application) => `AZKVAuditLogs
| extend Secret = extract("/secrets/([^/?]+)", 1, Id)
| where Secret startswith "${application}-"
| summarize Operations = count(), Last = max(TimeGenerated) by Secret, OperationName, HttpStatusCode
| order by Last desc`,
  },
  restarts: {
    title: "Restarted pods",
    show: "table",
    query: (_application, namespace) => `KubePodInventory
| where Namespace == "${namespace}"
| summarize arg_max(TimeGenerated, PodStatus), First = min(PodRestartCount), Now = max(PodRestartCount) by Name
| extend Restarts = Now - First
| where Restarts > 0
| project Name, Restarts, PodStatus
| order by Restarts desc`,
  },
} as const satisfies Record<string, Figure>;
