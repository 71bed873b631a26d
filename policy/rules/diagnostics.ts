import { CLUSTER } from "./cluster";
import { GATEWAY } from "./gateway";
import type { Resource, Rule } from "./rule";
import { list, names, ofType, text } from "./values";

const DIAGNOSTICS = "azure-native:monitor:DiagnosticSetting";

interface Demand extends Pick<Rule, "id" | "also" | "title" | "reference"> {
  readonly type: string;
  /** For each group one category, or the group of categories, has to be on. */
  readonly logs: readonly (readonly string[])[];
  readonly metrics?: true;
}

/** Rules about what is written to the workspace, by resource. */
export const DIAGNOSTICS_RULES: readonly Rule[] = [
  logged({
    id: "AZR-000022",
    title: "The workspace receives the cluster's audit and login logs.",
    type: CLUSTER,
    logs: [["kube-audit", "kube-audit-admin"], ["guard"]],
  }),
  logged({
    id: "AZR-000445",
    title: "Only changes of the cluster's audit log are kept: reads would cost most.",
    type: CLUSTER,
    logs: [["kube-audit-admin"]],
  }),
  logged({
    id: "AZR-000023",
    title: "The workspace receives the control plane's logs and metrics.",
    type: CLUSTER,
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
    title: "The workspace receives the vault's audit log.",
    type: "azure-native:keyvault:Vault",
    logs: [["AuditEvent", "audit", "allLogs"]],
    metrics: true,
  }),
  logged({
    id: "APRL-5d035919",
    title: "The workspace receives the gateway's access and firewall logs.",
    type: GATEWAY,
    logs: [
      ["ApplicationGatewayAccessLog", "allLogs"],
      ["ApplicationGatewayFirewallLog", "allLogs"],
    ],
    metrics: true,
  }),
  logged({
    id: "ROT-PG-1",
    title: "The workspace receives the database's log.",
    reference: "Logs in Azure Database for PostgreSQL",
    type: "azure-native:dbforpostgresql:Server",
    logs: [["PostgreSQLLogs", "allLogs", "audit"]],
    metrics: true,
  }),
  logged({
    id: "ROT-ACR-1",
    title: "The workspace receives the registry's push and pull log.",
    reference: "Monitor Azure Container Registry",
    type: "azure-native:containerregistry:Registry",
    logs: [
      ["ContainerRegistryLoginEvents", "allLogs", "audit"],
      ["ContainerRegistryRepositoryEvents", "allLogs", "audit"],
    ],
    metrics: true,
  }),
];

function logged({ type, logs, metrics, ...rest }: Demand): Rule {
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
        : `no diagnostic setting sends its ${missing.join(", ")}.`;
    },
  };
}

function on({ props }: Resource, entries: "logs" | "metrics", wanted: readonly string[]): boolean {
  return list(props[entries]).some(
    ({ category, categoryGroup, enabled }) =>
      enabled === true && wanted.includes(text(category) || text(categoryGroup)),
  );
}
