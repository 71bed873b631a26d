import type { Resource, Values } from "../../../policy/rules";
import { CLUSTER } from "../../../policy/rules/cluster";
import { GATEWAY } from "../../../policy/rules/gateway";
import { type Examples, type Example, type Pair } from "./example";

export const DIAGNOSTICS_EXAMPLES: Examples = {
  "AZR-000022": logged(CLUSTER, { resourceName: "aks" }, [
    ["kube-audit", "kube-audit-admin"],
    ["guard"],
  ]),
  "AZR-000445": logged(CLUSTER, { resourceName: "aks" }, [["kube-audit-admin"]]),
  "AZR-000023": logged(
    CLUSTER,
    { resourceName: "aks" },
    [["cluster-autoscaler"], ["kube-apiserver"], ["kube-controller-manager"], ["kube-scheduler"]],
    true,
  ),
  "AZR-000119": logged(
    "azure-native:keyvault:Vault",
    { vaultName: "kv" },
    [["AuditEvent", "audit", "allLogs"]],
    true,
  ),
  "APRL-5d035919": logged(
    GATEWAY,
    { applicationGatewayName: "agw" },
    [
      ["ApplicationGatewayAccessLog", "allLogs"],
      ["ApplicationGatewayFirewallLog", "allLogs"],
    ],
    true,
  ),
  "ROT-PG-1": logged(
    "azure-native:dbforpostgresql:Server",
    { serverName: "psql" },
    [["PostgreSQLLogs", "allLogs", "audit"]],
    true,
  ),
  "ROT-ACR-1": logged(
    "azure-native:containerregistry:Registry",
    { registryName: "cr" },
    [
      ["ContainerRegistryLoginEvents", "allLogs", "audit"],
      ["ContainerRegistryRepositoryEvents", "allLogs", "audit"],
    ],
    true,
  ),
};

/** A resource with the first category of each group in its diagnostic setting, and with none. */
function logged(type: string, named: Values, logs: readonly string[][], metrics = false): Pair {
  return {
    good: example(type, named, [
      ["logs", logs.map(([category]) => category)],
      ["metrics", metrics ? ["AllMetrics"] : []],
    ]),
    bad: example(type, named, []),
  };
}

function example(
  type: string,
  named: Values,
  on: readonly (readonly [entries: string, categories: readonly unknown[]])[],
): Example {
  const diagnostics: Resource = {
    type: "azure-native:monitor:DiagnosticSetting",
    name: "diagnostics",
    props: {
      resourceUri: `/subscriptions/x/providers/${type}/${String(Object.values(named)[0])}`,
      ...Object.fromEntries(
        on.map(([entries, categories]) => [
          entries,
          categories.map((category) => ({ category, enabled: true })),
        ]),
      ),
    },
  };
  return { props: named, others: [diagnostics] };
}
