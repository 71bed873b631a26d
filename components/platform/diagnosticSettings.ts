import * as monitor from "@pulumi/azure-native/monitor";
import type * as pulumi from "@pulumi/pulumi";

/** What a resource sends to the workspace. */
export interface Diagnostics {
  /** Log categories of the resource type ("Supported resource log categories in Azure Monitor"). */
  readonly logs: readonly string[];
  /** Whether one can choose between tables of the type's own and the table for everything. */
  readonly dedicated: boolean;
}

/**
 * What each resource sends, by the resource's name in the platform. Metrics are sent by all of them.
 * Security groups and the NAT gateway have no diagnostic settings.
 */
export const DIAGNOSTICS = {
  cluster: {
    // `kube-audit-admin` is `kube-audit` without the reads, which are most of the bill.
    logs: [
      "cluster-autoscaler",
      "guard",
      "kube-apiserver",
      "kube-audit-admin",
      "kube-controller-manager",
      "kube-scheduler",
    ],
    dedicated: true,
  },
  gateway: {
    logs: [
      "ApplicationGatewayAccessLog",
      "ApplicationGatewayFirewallLog",
      "ApplicationGatewayPerformanceLog",
    ],
    dedicated: true,
  },
  vault: { logs: ["AuditEvent", "AzurePolicyEvaluationDetails"], dedicated: true },
  database: { logs: ["PostgreSQLFlexSessions", "PostgreSQLLogs"], dedicated: true },
  registry: {
    logs: ["ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"],
    // Has tables of its own and no other.
    dedicated: false,
  },
} as const satisfies Record<string, Diagnostics>;

export interface DiagnosticSettingArgs {
  /** Resource id of what sends. */
  readonly resourceId: pulumi.Input<string>;
  /** Resource id of the workspace that receives. */
  readonly workspaceId: pulumi.Input<string>;
  /** A row of `DIAGNOSTICS`. */
  readonly diagnostics: Diagnostics;
}

/** Sends a resource's logs and metrics to the workspace. */
export function diagnosticSetting(
  name: string,
  { resourceId, workspaceId, diagnostics }: DiagnosticSettingArgs,
  opts: pulumi.CustomResourceOptions,
): monitor.DiagnosticSetting {
  return new monitor.DiagnosticSetting(
    name,
    {
      name: "to-workspace",
      resourceUri: resourceId,
      workspaceId,
      ...(diagnostics.dedicated && { logAnalyticsDestinationType: "Dedicated" }),
      logs: diagnostics.logs.map((category) => ({ category, enabled: true })),
      metrics: [{ category: "AllMetrics", enabled: true }],
    },
    opts,
  );
}
