import type { Rule } from "./rule";
import { like, oneOf, SET, settings, unsetOr } from "./setting";
import { isEverybody } from "./ranges";
import { at, list, words } from "./values";

export const CLUSTER = "azure-native:containerservice:ManagedCluster";

/** Rules about the cluster as a whole. */
export const CLUSTER_RULES: readonly Rule[] = [
  ...settings(
    CLUSTER,
    {
      id: "AZR-000285",
      also: ["CKV_AZURE_170", "APRL-0611251f"],
      title: "The API server has an uptime SLA.",
      path: "sku.tier",
      must: oneOf("Standard", "Premium"),
    },
    {
      id: "AZR-000025",
      title:
        "The control plane has an identity that can get role assignments before the cluster " +
        "exists.",
      path: "identity.type",
      must: oneOf("UserAssigned"),
    },
    {
      id: "AZR-000026",
      title: "The load balancer uses the Standard SKU.",
      path: "networkProfile.loadBalancerSku",
      must: oneOf("standard"),
    },
    {
      id: "AZR-000027",
      title: "Network policies isolate pods, with an engine that this rule set knows.",
      path: "networkProfile.networkPolicy",
      must: oneOf("azure", "calico"),
    },
    {
      id: "CKV_AZURE_7",
      also: ["AVD-AZU-0043"],
      title: "Network policies isolate pods.",
      path: "networkProfile.networkPolicy",
      must: oneOf("azure", "calico", "cilium"),
    },
    {
      id: "APRL-c22db132",
      title: "Pods use no addresses of the virtual network.",
      path: "networkProfile.networkPluginMode",
      must: oneOf("overlay"),
    },
    {
      id: "AZR-000028",
      also: ["CKV_AZURE_116", "AVD-AZU-0066"],
      title: "Azure Policy audits what runs in the cluster.",
      path: "addonProfiles.azurepolicy.enabled",
      must: oneOf(true),
    },
    {
      id: "AZR-000029",
      title: "Users log in with Microsoft Entra ID.",
      path: "aadProfile.managed",
      must: oneOf(true),
    },
    {
      id: "AZR-000032",
      title: "Azure RBAC authorizes users in the cluster.",
      path: "aadProfile.enableAzureRBAC",
      must: oneOf(true),
    },
    {
      id: "AZR-000031",
      also: ["CKV_AZURE_141"],
      title: "Local accounts are disabled.",
      path: "disableLocalAccounts",
      must: oneOf(true),
    },
    {
      id: "AZR-000038",
      also: ["CKV_AZURE_5", "AVD-AZU-0042"],
      title: "Kubernetes RBAC is enabled.",
      path: "enableRBAC",
      must: oneOf(true),
    },
    {
      id: "CKV_AZURE_115",
      also: ["AVD-AZU-0065"],
      title: "The API server is private.",
      path: "apiServerAccessProfile.enablePrivateCluster",
      must: oneOf(true),
    },
    {
      id: "ROT-AKS-11",
      title: "The run command, which bypasses the cluster's network, is disabled.",
      reference: "AKS baseline architecture: disable the run command",
      path: "apiServerAccessProfile.disableRunCommand",
      must: oneOf(true),
    },
    {
      id: "AZR-000033",
      title: "Pods mount secrets from the vault.",
      path: "addonProfiles.azureKeyvaultSecretsProvider.enabled",
      must: oneOf(true),
    },
    {
      id: "AZR-000034",
      also: ["CKV_AZURE_172"],
      title: "Mounted secrets are rotated.",
      path: "addonProfiles.azureKeyvaultSecretsProvider.config.enableSecretRotation",
      must: oneOf("true"),
    },
    {
      id: "AZR-000035",
      also: ["CKV_AZURE_246"],
      title: "HTTP application routing is disabled.",
      path: "addonProfiles.httpApplicationRouting.enabled",
      must: unsetOr(false),
    },
    {
      id: "CKV_AZURE_8",
      title: "The Kubernetes dashboard is disabled.",
      path: "addonProfiles.kubeDashboard.enabled",
      must: unsetOr(false),
    },
    {
      id: "AZR-000041",
      also: ["CKV_AZURE_4", "AVD-AZU-0040", "APRL-dcaf8128"],
      title: "Container insights monitors nodes and pods.",
      path: "addonProfiles.omsagent.enabled",
      must: oneOf(true),
    },
    {
      id: "ROT-AKS-15",
      title: "The Container insights agent uses no workspace key.",
      reference: "Container insights: migrate to managed identity authentication",
      path: "addonProfiles.omsagent.config.useAADAuth",
      must: oneOf("true"),
    },
    {
      id: "AZR-000370",
      title: "Defender monitors the cluster.",
      path: "securityProfile.defender.securityMonitoring.enabled",
      must: oneOf(true),
    },
    {
      id: "ROT-AKS-17",
      title: "Pods get tokens of Microsoft Entra ID instead of passwords.",
      reference: "Microsoft Entra Workload ID with AKS",
      path: "securityProfile.workloadIdentity.enabled",
      must: oneOf(true),
    },
    {
      id: "AZR-000015",
      also: ["AZR-000036", "CKV_AZURE_171"],
      title: "The cluster upgrades itself to stable, supported versions.",
      path: "autoUpgradeProfile.upgradeChannel",
      must: oneOf("stable", "patch"),
    },
    {
      id: "AZR-000435",
      title: "Nodes get operating system patches.",
      path: "autoUpgradeProfile.nodeOSUpgradeChannel",
      must: oneOf("NodeImage", "SecurityPatch"),
    },
    {
      id: "AZR-000039",
      title: "The cluster's name is valid in Azure.",
      path: "resourceName",
      must: like(/^[A-Za-z0-9](?:[\w-]{0,61}[A-Za-z0-9])?$/),
    },
    {
      id: "AZR-000040",
      title: "The cluster's DNS prefix is valid in Azure.",
      path: "dnsPrefix",
      must: like(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,52}[A-Za-z0-9])?$/),
    },
    {
      id: "CKV_AZURE_117",
      also: ["AVD-AZU-0067"],
      title: "Disks are encrypted with a customer-managed key.",
      path: "diskEncryptionSetID",
      must: SET,
    },
  ),
  {
    id: "AZR-000030",
    also: ["CKV_AZURE_6", "AVD-AZU-0041"],
    title: "The API server is private or restricted to known addresses.",
    appliesTo: [CLUSTER],
    check: (props) => {
      const ranges = words(at(props, "apiServerAccessProfile.authorizedIPRanges"));
      return isPrivate(props) || (ranges.length > 0 && !ranges.some(isEverybody))
        ? undefined
        : `apiServerAccessProfile admits ${ranges.join(", ") || "everybody"}: set narrow ranges ` +
            "or make it private.";
    },
  },
  ...settings(
    "azure-native:managedidentity:FederatedIdentityCredential",
    {
      id: "ROT-ID-1",
      title: "A federated credential accepts only tokens issued for Microsoft Entra ID.",
      reference: "Federated identity credentials: audiences",
      path: "audiences",
      must: {
        met: (value) => words(value).join() === "api://AzureADTokenExchange",
        wanted: "exactly api://AzureADTokenExchange",
      },
    },
    {
      id: "ROT-ID-2",
      title: "A federated credential is for one service account.",
      reference: "Microsoft Entra Workload ID with AKS",
      path: "subject",
      must: like(/^system:serviceaccount:[a-z0-9-]+:[a-z0-9-]+$/),
    },
    {
      id: "ROT-ID-3",
      title: "A federated credential trusts an HTTPS issuer.",
      reference: "Federated identity credentials: issuer",
      path: "issuer",
      must: like(/^https:\/\//),
    },
  ),
  {
    id: "AVD-AZU-0030",
    also: ["CKV_AZURE_39"],
    title: "No custom role allows everything.",
    appliesTo: ["azure-native:authorization:RoleDefinition"],
    check: (props) =>
      list(props["permissions"]).some(({ actions }) => words(actions).includes("*"))
        ? "permissions allow the action *: list the actions."
        : undefined,
  },
];

function isPrivate(props: Parameters<Rule["check"]>[0]): boolean {
  return at(props, "apiServerAccessProfile.enablePrivateCluster") === true;
}
