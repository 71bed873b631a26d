import { CLUSTER } from "./cluster";
import { GATEWAY } from "./gateway";
import type { Example, Resource, Rule, Values } from "./rule";
import { list, names, ofType, text } from "./values";

const DIAGNOSTICS = "azure-native:monitor:DiagnosticSetting";

const WORKSPACE = "/subscriptions/x/providers/Microsoft.OperationalInsights/workspaces/y";

interface Demand extends Pick<Rule, "id" | "also" | "title" | "reference"> {
  readonly type: string;
  /** The resource of the examples. */
  readonly named: Values;
  /** For each group one category, or the group of categories, has to be on. */
  readonly logs: readonly (readonly string[])[];
  readonly metrics?: true;
}

/** Rules about what is written to the workspace, by resource. */
export const DIAGNOSTICS_RULES: readonly Rule[] = [
  logged({
    id: "AZR-000022",
    title: "The workspace knows who did what in the cluster, and who tried to log in.",
    type: CLUSTER,
    named: { resourceName: "aks" },
    logs: [["kube-audit", "kube-audit-admin"], ["guard"]],
  }),
  logged({
    id: "AZR-000445",
    title: "Of the cluster's audit only changes are kept: reads would cost most.",
    type: CLUSTER,
    named: { resourceName: "aks" },
    logs: [["kube-audit-admin"]],
  }),
  logged({
    id: "AZR-000023",
    title: "The workspace has the logs of the control plane, and its metrics.",
    type: CLUSTER,
    named: { resourceName: "aks" },
    logs: [
      ["cluster-autoscaler"],
      ["kube-apiserver"],
      ["kube-controller-manager"],
      ["kube-scheduler"],
    ],
    metrics: true,
  }),
  logged({
    id: "AZR-000119",
    title: "The workspace knows who read which secret.",
    type: "azure-native:keyvault:Vault",
    named: { vaultName: "kv" },
    logs: [["AuditEvent", "audit", "allLogs"]],
    metrics: true,
  }),
  logged({
    id: "APRL-5d035919",
    title: "The workspace has what the gateway answered and what its firewall held back.",
    type: GATEWAY,
    named: { applicationGatewayName: "agw" },
    logs: [
      ["ApplicationGatewayAccessLog", "allLogs"],
      ["ApplicationGatewayFirewallLog", "allLogs"],
    ],
    metrics: true,
  }),
  logged({
    id: "ROT-PG-1",
    title: "The workspace has what the database wrote to its log.",
    reference: "Logs in Azure Database for PostgreSQL",
    type: "azure-native:dbforpostgresql:Server",
    named: { serverName: "psql" },
    logs: [["PostgreSQLLogs", "allLogs", "audit"]],
    metrics: true,
  }),
  logged({
    id: "ROT-ACR-1",
    title: "The workspace knows who pushed and pulled images.",
    reference: "Monitor Azure Container Registry",
    type: "azure-native:containerregistry:Registry",
    named: { registryName: "cr" },
    logs: [
      ["ContainerRegistryLoginEvents", "allLogs", "audit"],
      ["ContainerRegistryRepositoryEvents", "allLogs", "audit"],
    ],
    metrics: true,
  }),
  {
    id: "ROT-LOG-1",
    title: "Diagnostics go to a workspace, and every entry in them is on.",
    reference: "Diagnostic settings in Azure Monitor",
    appliesTo: [DIAGNOSTICS],
    check: (props) => {
      const off = [...list(props["logs"]), ...list(props["metrics"])].filter(
        ({ enabled }) => enabled !== true,
      );
      return (
        [
          /\/workspaces\/[^/]+$/.test(text(props["workspaceId"]))
            ? []
            : ["workspaceId is not set."],
          off.length === 0 ? [] : [`${off.length} entries are not enabled: leave them out.`],
        ]
          .flat()
          .join(" ") || undefined
      );
    },
    good: { props: { workspaceId: WORKSPACE, logs: [{ category: "a", enabled: true }] } },
    bad: { props: { workspaceId: WORKSPACE, logs: [{ category: "a", enabled: false }] } },
  },
  {
    id: "ROT-LOG-2",
    title: "Each kind of log has a table of its own.",
    reference: "Azure resource logs: resource-specific tables",
    appliesTo: [DIAGNOSTICS],
    check: (props) =>
      [undefined, "Dedicated"].includes(props["logAnalyticsDestinationType"] as undefined)
        ? undefined
        : `logAnalyticsDestinationType is ${text(props["logAnalyticsDestinationType"])}, it must be Dedicated.`,
    good: { props: { logAnalyticsDestinationType: "Dedicated" } },
    bad: { props: { logAnalyticsDestinationType: "AzureDiagnostics" } },
  },
];

function logged({ type, named, logs, metrics, ...rest }: Demand): Rule {
  return {
    ...rest,
    appliesTo: [type],
    needsStack: true,
    check: (props, { all }) => {
      const settings = ofType(all, DIAGNOSTICS).filter((setting) =>
        names(setting.props["resourceUri"], { type, props }),
      );
      const missing = logs
        .filter((group) => !settings.some((setting) => on(setting, "logs", group)))
        .map((group) => group.join(" or "));
      if (metrics && !settings.some((setting) => on(setting, "metrics", ["AllMetrics"]))) {
        missing.push("AllMetrics");
      }
      return missing.length === 0
        ? undefined
        : `no diagnostic setting has ${missing.join(", ")} of it.`;
    },
    good: example({ type, named, logs, ...(metrics && { metrics }) }),
    bad: example({ type, named, logs: [] }),
  };
}

function on({ props }: Resource, entries: "logs" | "metrics", wanted: readonly string[]): boolean {
  return list(props[entries]).some(
    ({ category, categoryGroup, enabled }) =>
      enabled === true && wanted.includes(text(category) || text(categoryGroup)),
  );
}

function example({
  type,
  named,
  logs,
  metrics,
}: Pick<Demand, "type" | "named" | "logs" | "metrics">): Example {
  const [name] = Object.values(named);
  const props: Values = {
    resourceUri: `/subscriptions/x/providers/${type}/${String(name)}`,
    logs: logs.map(([category]) => ({ category, enabled: true })),
    metrics: metrics ? [{ category: "AllMetrics", enabled: true }] : [],
  };
  return { props: named, others: [{ type: DIAGNOSTICS, name: "diagnostics", props }] };
}
