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
      title: "The API server has an availability that Azure guarantees.",
      path: "sku.tier",
      must: oneOf("Standard", "Premium"),
    },
    {
      id: "AZR-000025",
      title: "The control plane has an identity that can be granted rights before the cluster is.",
      path: "identity.type",
      must: oneOf("UserAssigned"),
    },
    {
      id: "AZR-000026",
      title: "The load balancer is the standard one.",
      path: "networkProfile.loadBalancerSku",
      must: oneOf("standard"),
    },
    {
      id: "AZR-000027",
      title: "Pods are kept apart by network policies that this rule set knows.",
      path: "networkProfile.networkPolicy",
      must: oneOf("azure", "calico"),
    },
    {
      id: "CKV_AZURE_7",
      also: ["AVD-AZU-0043"],
      title: "Pods are kept apart by network policies.",
      path: "networkProfile.networkPolicy",
      must: oneOf("azure", "calico", "cilium"),
    },
    {
      id: "APRL-c22db132",
      title: "Pods take no addresses of the virtual network.",
      path: "networkProfile.networkPluginMode",
      must: oneOf("overlay"),
    },
    {
      id: "AZR-000028",
      also: ["CKV_AZURE_116", "AVD-AZU-0066"],
      title: "Azure Policy watches what runs in the cluster.",
      path: "addonProfiles.azurepolicy.enabled",
      must: oneOf(true),
    },
    {
      id: "AZR-000029",
      title: "People log in with Microsoft Entra ID.",
      path: "aadProfile.managed",
      must: oneOf(true),
    },
    {
      id: "AZR-000032",
      title: "Azure roles say what people may do in the cluster.",
      path: "aadProfile.enableAzureRBAC",
      must: oneOf(true),
    },
    {
      id: "AZR-000031",
      also: ["CKV_AZURE_141"],
      title: "Nobody logs in without a name.",
      path: "disableLocalAccounts",
      must: oneOf(true),
    },
    {
      id: "AZR-000038",
      also: ["CKV_AZURE_5", "AVD-AZU-0042"],
      title: "Kubernetes asks for rights.",
      path: "enableRBAC",
      must: oneOf(true),
    },
    {
      id: "CKV_AZURE_115",
      also: ["AVD-AZU-0065"],
      title: "The API server has no public address.",
      path: "apiServerAccessProfile.enablePrivateCluster",
      must: oneOf(true),
    },
    {
      id: "ROT-AKS-11",
      title: "No command is sent into the cluster past its network.",
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
      title: "Mounted secrets are renewed.",
      path: "addonProfiles.azureKeyvaultSecretsProvider.config.enableSecretRotation",
      must: oneOf("true"),
    },
    {
      id: "AZR-000035",
      also: ["CKV_AZURE_246"],
      title: "No add-on publishes pages over plain HTTP.",
      path: "addonProfiles.httpApplicationRouting.enabled",
      must: unsetOr(false),
    },
    {
      id: "CKV_AZURE_8",
      title: "There is no dashboard in the cluster.",
      path: "addonProfiles.kubeDashboard.enabled",
      must: unsetOr(false),
    },
    {
      id: "AZR-000041",
      also: ["CKV_AZURE_4", "AVD-AZU-0040", "APRL-dcaf8128"],
      title: "Container insights watches nodes and pods.",
      path: "addonProfiles.omsagent.enabled",
      must: oneOf(true),
    },
    {
      id: "ROT-AKS-15",
      title: "The agent of Container insights has no key of the workspace.",
      reference: "Container insights: migrate to managed identity authentication",
      path: "addonProfiles.omsagent.config.useAADAuth",
      must: oneOf("true"),
    },
    {
      id: "AZR-000370",
      title: "Defender watches the cluster.",
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
      title: "The cluster stays at versions that are tried and supported.",
      path: "autoUpgradeProfile.upgradeChannel",
      must: oneOf("stable", "patch"),
    },
    {
      id: "AZR-000435",
      title: "Nodes get the fixes of their operating system.",
      path: "autoUpgradeProfile.nodeOSUpgradeChannel",
      must: oneOf("NodeImage", "SecurityPatch"),
    },
    {
      id: "AZR-000039",
      title: "The name of the cluster is one that Azure takes.",
      path: "resourceName",
      must: like(/^[A-Za-z0-9](?:[\w-]{0,61}[A-Za-z0-9])?$/),
    },
    {
      id: "AZR-000040",
      title: "The DNS prefix of the cluster is one that Azure takes.",
      path: "dnsPrefix",
      must: like(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,52}[A-Za-z0-9])?$/),
    },
    {
      id: "CKV_AZURE_117",
      also: ["AVD-AZU-0067"],
      title: "Disks are encrypted with a key of ours.",
      path: "diskEncryptionSetID",
      must: SET,
    },
  ),
  {
    id: "AZR-000030",
    also: ["CKV_AZURE_6", "AVD-AZU-0041"],
    title: "The API server is private or answers known addresses only.",
    appliesTo: [CLUSTER],
    check: (props) => {
      const ranges = words(at(props, "apiServerAccessProfile.authorizedIPRanges"));
      return isPrivate(props) || (ranges.length > 0 && !ranges.some(isEverybody))
        ? undefined
        : `apiServerAccessProfile lets ${ranges.join(", ") || "everybody"} in: name narrow ranges or make it private.`;
    },
  },
  ...settings(
    "azure-native:managedidentity:FederatedIdentityCredential",
    {
      id: "ROT-ID-1",
      title: "A credential is for tokens that were made for Microsoft Entra ID.",
      reference: "Federated identity credentials: audiences",
      path: "audiences",
      must: {
        met: (value) => words(value).join() === "api://AzureADTokenExchange",
        wanted: "exactly api://AzureADTokenExchange",
      },
    },
    {
      id: "ROT-ID-2",
      title: "A credential is for one service account.",
      reference: "Microsoft Entra Workload ID with AKS",
      path: "subject",
      must: like(/^system:serviceaccount:[a-z0-9-]+:[a-z0-9-]+$/),
    },
    {
      id: "ROT-ID-3",
      title: "A credential trusts an issuer over HTTPS.",
      reference: "Federated identity credentials: issuer",
      path: "issuer",
      must: like(/^https:\/\//),
    },
  ),
  {
    id: "AVD-AZU-0030",
    also: ["CKV_AZURE_39"],
    title: "No role of our own allows everything.",
    appliesTo: ["azure-native:authorization:RoleDefinition"],
    check: (props) =>
      list(props["permissions"]).some(({ actions }) => words(actions).includes("*"))
        ? "permissions allow the action *: name the actions."
        : undefined,
  },
];

function isPrivate(props: Parameters<Rule["check"]>[0]): boolean {
  return at(props, "apiServerAccessProfile.enablePrivateCluster") === true;
}
