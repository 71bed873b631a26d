import { flagAt, numberAt, objectsAt, textAt, textsAt } from "../arm/plain";
import type { Put } from "../arm/resourceType";
import { requirePool, requireSamePool } from "./agentPoolRules";
import { parseRange } from "../arm/addresses";
import { demand, isGuid } from "../arm/common";

/** "Supported Kubernetes versions in AKS", without those with long-term support only. */
const VERSIONS = ["1.34", "1.35", "1.36"];
const DEFAULT_VERSION = "1.35";
const LONGEST_NODE_GROUP = 80;
const MOST_AUTHORISED_RANGES = 200;

/** Settings that are one of a few words; empty stands for what AKS takes by itself. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  "sku.tier": ["Free", "Standard", "Premium"],
  supportPlan: ["KubernetesOfficial", "AKSLongTermSupport"],
  "autoUpgradeProfile.upgradeChannel": ["rapid", "stable", "patch", "node-image", "none"],
  "autoUpgradeProfile.nodeOSUpgradeChannel": ["None", "Unmanaged", "NodeImage", "SecurityPatch"],
};

/** What a cluster needs whatever its network is. */
export function requireBasics(put: Put): void {
  const { inputs, name } = put;
  for (const [path, words] of Object.entries(WORDS)) {
    const value = textAt(inputs, path);
    demand(
      value === "" || words.includes(value),
      "InvalidParameter",
      `The value '${value}' of ${path} of cluster ${name} is invalid, allowed are ${words.join(", ")}.`,
    );
  }
  demand(
    /^[a-zA-Z0-9]([-a-zA-Z0-9]{0,52}[a-zA-Z0-9])?$/.test(textAt(inputs, "dnsPrefix")),
    "InvalidParameter",
    `The dnsPrefix '${textAt(inputs, "dnsPrefix")}' of cluster ${name} must have 1 to 54 ` +
      "alphanumeric characters and hyphens, and start and end with an alphanumeric one.",
  );
  requireVersion(put);
  requirePools(put);
  requireIdentity(put);
  requireAccess(put);
  requireSecurity(put);
}

function requireVersion({ inputs, previous, name }: Put): void {
  const version = textAt(inputs, "kubernetesVersion");
  const before = textAt(previous?.outputs, "currentKubernetesVersion");
  // Azure leaves a cluster alone whose version it does not support any more, until it is changed.
  const stays = version === textAt(previous?.inputs, "kubernetesVersion") && version !== "";
  demand(
    version === "" || stays || VERSIONS.includes(minor(version)),
    "K8sVersionNotSupported",
    `Managed cluster ${name} is on version ${version}, which is not supported in this region. Please ` +
      "use [az aks get-versions] command to get the supported version list in this region. For more " +
      "information, please check https://aka.ms/supported-version-list",
  );
  demand(
    version === "" || before === "" || !isOlder(version, before),
    "OperationNotAllowed",
    `Downgrading Kubernetes version ${before} to ${version} is not allowed. Available upgrades: ` +
      `${VERSIONS.filter((one) => isOlder(before, one)).join(",")}. Please see ` +
      "https://aka.ms/aks-supported-k8s-ver for version details.",
  );
  const steps = Number(minor(version).split(".")[1]) - Number(minor(before).split(".")[1]);
  demand(
    version === "" || before === "" || stays || steps === 0 || steps === 1,
    "OperationNotAllowed",
    `Upgrading Kubernetes version ${before} to ${version} is not allowed. Available upgrades are the ` +
      "next minor version.",
  );
}

/** A version without a patch is as new as any of its patches. */
function isOlder(version: string, than: string): boolean {
  const [parts, others] = [version, than].map((one) => one.split(".").map(Number));
  const differs = parts!.findIndex((part, index) => part !== others![index]);
  return differs !== -1 && parts![differs]! < (others![differs] ?? -Infinity);
}

/** What a cluster runs: the patch of before, where the request asks for its minor version or none. */
export function runningVersion({ inputs, previous }: Put): string {
  const requested = textAt(inputs, "kubernetesVersion");
  const before = textAt(previous?.outputs, "currentKubernetesVersion");
  const stays = before !== "" && (requested === "" || before.startsWith(`${requested}.`));
  return stays ? before : requested || DEFAULT_VERSION;
}

function minor(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

function requirePools({ cloud, inputs, previous, name }: Put): void {
  const pools = objectsAt(inputs, "agentPoolProfiles");
  demand(
    pools.some((pool) => textAt(pool, "mode") === "System"),
    "InvalidParameter",
    `Cluster ${name} needs at least one agent pool profile with mode System.`,
  );
  const before = objectsAt(previous?.outputs, "agentPoolProfiles");
  for (const pool of pools) {
    const poolName = textAt(pool, "name");
    requirePool(cloud, pool, poolName);
    requireSamePool(
      pool,
      before.find((one) => textAt(one, "name") === poolName),
    );
  }
}

function requireIdentity({ inputs, name }: Put): void {
  const type = textAt(inputs, "identity.type");
  demand(
    type === "SystemAssigned" || type === "UserAssigned",
    "MissingIdentity",
    `Cluster ${name} needs an identity; service principals are not for new clusters.`,
  );
  demand(
    (type === "UserAssigned") ===
      (textsAt(inputs, "identity.userAssignedIdentities[]").length === 1),
    "InvalidParameter",
    `identity.type UserAssigned of cluster ${name} needs exactly one user-assigned identity.`,
  );
  const group = nodeGroupName({ inputs, name });
  demand(
    group.length <= LONGEST_NODE_GROUP,
    "NodeResourceGroupNameTooLong",
    "The length of the node resource group name is too long. The maximum length is " +
      `${LONGEST_NODE_GROUP} and the length of the value provided is ${group.length}. Please see ` +
      "https://aka.ms/aks-naming-rules for more details.",
  );
}

/** The group of nodes and add-on identities; AKS composes a name when it is given none. */
export function nodeGroupName({ inputs, name }: Pick<Put, "inputs" | "name">): string {
  const group = textAt(inputs, "resourceGroupName");
  return textAt(inputs, "nodeResourceGroup") || `MC_${group}_${name}_${textAt(inputs, "location")}`;
}

/** Who may talk to the API server, and from where. */
function requireAccess({ inputs, previous, name }: Put): void {
  demand(
    !flagAt(inputs, "disableLocalAccounts") || flagAt(inputs, "aadProfile.managed"),
    "InvalidParameter",
    "disableLocalAccounts needs aadProfile.managed: nobody could log in otherwise.",
  );
  demand(
    !flagAt(inputs, "aadProfile.enableAzureRBAC") || flagAt(inputs, "aadProfile.managed"),
    "InvalidParameter",
    "aadProfile.enableAzureRBAC needs aadProfile.managed.",
  );
  for (const group of textsAt(inputs, "aadProfile.adminGroupObjectIDs[]")) {
    demand(
      isGuid(group),
      "InvalidParameter",
      `The aadProfile.adminGroupObjectIDs of cluster ${name} must be object ids, not '${group}'.`,
    );
  }
  const access = "apiServerAccessProfile";
  const isPrivate = flagAt(inputs, `${access}.enablePrivateCluster`);
  const ranges = textsAt(inputs, `${access}.authorizedIPRanges[]`);
  demand(
    !isPrivate || ranges.length === 0,
    "InvalidParameter",
    "Private cluster cannot be enabled with AuthorizedIPRanges.",
  );
  demand(
    ranges.length <= MOST_AUTHORISED_RANGES &&
      ranges.every((range) => parseRange(range.includes("/") ? range : `${range}/32`)),
    "InvalidParameter",
    `The authorizedIPRanges of cluster ${name} must be up to ${MOST_AUTHORISED_RANGES} IPv4 ranges: ` +
      `${ranges.join(", ")}.`,
  );
  demand(
    textAt(inputs, `${access}.privateDNSZone`) !== "none" ||
      (isPrivate && flagAt(inputs, `${access}.enablePrivateClusterPublicFQDN`)),
    "InvalidParameter",
    "privateDNSZone 'none' needs enablePrivateCluster and enablePrivateClusterPublicFQDN: the API " +
      "server would have no name otherwise.",
  );
  demand(
    !previous || isPrivate === flagAt(previous.inputs, `${access}.enablePrivateCluster`),
    "PropertyChangeNotAllowed",
    "Changing property 'properties.apiServerAccessProfile.enablePrivateCluster' is not allowed.",
  );
}

function requireSecurity({ inputs, name }: Put): void {
  const security = "securityProfile";
  demand(
    !flagAt(inputs, `${security}.workloadIdentity.enabled`) ||
      flagAt(inputs, "oidcIssuerProfile.enabled"),
    "InvalidParameter",
    "securityProfile.workloadIdentity needs oidcIssuerProfile.enabled.",
  );
  demand(
    !flagAt(inputs, `${security}.defender.securityMonitoring.enabled`) ||
      textAt(inputs, `${security}.defender.logAnalyticsWorkspaceResourceId`) !== "",
    "InvalidParameter",
    `securityProfile.defender of cluster ${name} needs a logAnalyticsWorkspaceResourceId.`,
  );
  const hours = numberAt(inputs, `${security}.imageCleaner.intervalHours`) ?? 24;
  demand(
    hours >= 24 && hours <= 2160,
    "InvalidParameter",
    `securityProfile.imageCleaner.intervalHours of cluster ${name} is ${hours}, allowed are 24 to 2160.`,
  );
}
