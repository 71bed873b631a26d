import type * as containerservice from "@pulumi/azure-native/containerservice";
import * as monitor from "@pulumi/azure-native/monitor";
import type * as pulumi from "@pulumi/pulumi";
import { grant } from "./access";
import type { Gateway } from "./gateway";
import type { Logs } from "./logs";
import type { Network } from "./network";
import type { PlatformScope } from "./scope";

export interface ClusterAddOnsArgs {
  /** Where it is made, and how it is named. */
  readonly scope: PlatformScope;
  /** Whose subnet of gateways the ingress controller joins. */
  readonly network: Network;
  /** What the ingress controller configures. */
  readonly gateway: Gateway;
  /** Where the cluster's agent sends what it sees. */
  readonly logs: Logs;
}

/** The add-ons of the cluster; the values of their settings are strings. */
export function addOnProfiles({
  gateway,
  logs,
}: ClusterAddOnsArgs): containerservice.ManagedClusterArgs["addonProfiles"] {
  return {
    azureKeyvaultSecretsProvider: {
      enabled: true,
      // Harmless: pods mount pinned versions.
      config: { enableSecretRotation: "true", rotationPollInterval: "2m" },
    },
    ingressApplicationGateway: {
      enabled: true,
      config: { applicationGatewayId: gateway.id },
    },
    omsagent: {
      enabled: true,
      // The workspace takes no keys.
      config: { logAnalyticsWorkspaceResourceID: logs.workspaceId, useAADAuth: "true" },
    },
    azurepolicy: { enabled: true, config: { version: "v2" } },
  };
}

/**
 * What the add-ons need beyond the cluster, for whoever depends on their work: AKS grants the
 * ingress controller its roles only on a gateway that it has made itself, and its agent collects
 * only what a rule of the cluster says.
 */
export function attachAddOns(
  name: string,
  cluster: containerservice.ManagedCluster,
  { scope, gateway, logs, network }: ClusterAddOnsArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const principalId = cluster.addonProfiles.apply(
    (profiles) => profiles?.["ingressApplicationGateway"]?.identity.objectId ?? "",
  );
  return [
    grant("ingress-gateway", { principalId, scope: gateway.id }, opts),
    grant("ingress-group", { principalId, scope: scope.resourceGroupId }, opts),
    grant("ingress-subnet", { principalId, scope: network.gatewaySubnetId }, opts),
    grant("ingress-identity", { principalId, scope: gateway.identityId }, opts),
    grant("ingress-firewall", { principalId, scope: gateway.firewallPolicyId }, opts),
    new monitor.DataCollectionRuleAssociation(
      `${name}-collection`,
      {
        resourceUri: cluster.id,
        // The agent looks for this name (Azure: "Enable monitoring for Kubernetes clusters").
        associationName: "ContainerInsightsExtension",
        dataCollectionRuleId: logs.collectionRuleId,
      },
      opts,
    ),
  ];
}
