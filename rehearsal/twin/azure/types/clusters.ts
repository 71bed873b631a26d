import { createHash, randomUUID } from "node:crypto";
import { ArmError } from "../armError";
import { asGuid } from "../check";
import type { Cloud } from "../cloud";
import { flagAt, numberAt, objectAt, objectsAt, textAt, textsAt, type PlainObject } from "../plain";
import type { ArmResource, Put } from "../resourceType";
import { checkAddOns } from "./addOns";
import { CLUSTER, CLUSTER_NAME, CLUSTER_PATH, CLUSTERS_API_VERSION } from "./clusterNames";
import { overlap, parseAddress, parseRange } from "./addresses";
import { demand, resourceType } from "./common";
import { resourceGroup } from "./groups";
import { IDENTITY, identityAnswer, userAssignedIdentity } from "./identities";
import { SUBNET } from "./network";

const managedCluster = resourceType({
  token: "azure-native:containerservice:ManagedCluster",
  armType: CLUSTER,
  apiVersion: CLUSTERS_API_VERSION,
  path: CLUSTER_PATH,
  names: { resourceName: CLUSTER_NAME },
  locationRequired: true,
  replaceOn: [
    "diskEncryptionSetID",
    "dnsPrefix",
    "fqdnSubdomain",
    "linuxProfile",
    "location",
    "nodeResourceGroup",
    "windowsProfile",
    ...[
      "serviceCidr",
      "serviceCidrs",
      "dnsServiceIP",
      "networkMode",
      "networkPlugin",
      "networkPluginMode",
      "podCidr",
      "networkDataplane",
      "networkPolicy",
      "outboundType",
    ].map((name) => `networkProfile.${name}`),
  ],
  references: [
    { path: "agentPoolProfiles[].vnetSubnetID", type: SUBNET },
    { path: "identity.userAssignedIdentities[]", type: IDENTITY },
    {
      path: "addonProfiles.omsagent.config.logAnalyticsWorkspaceResourceID",
      type: "Microsoft.OperationalInsights/workspaces",
    },
    {
      path: "addonProfiles.ingressApplicationGateway.config.applicationGatewayId",
      type: "Microsoft.Network/applicationGateways",
    },
  ],
  async put(put) {
    requireBasics(put);
    requireNetwork(put);
    requirePermissionToJoin(put);
    const { cloud, id, name, inputs, previous } = put;
    const addOns = checkAddOns(inputs);
    const nodeGroup = textAt(inputs, "nodeResourceGroup") || nodeGroupName(put);
    if (!previous) {
      makeNodeGroup(cloud, nodeGroup, textAt(inputs, "location"));
    }
    const identities = addOnIdentities(put, nodeGroup, addOns);
    const issuer = issuerOf(put);
    const known = cloud.clusters.get(id.toLowerCase());
    if (!known) {
      const handle = await cloud.factories.startCluster({
        name,
        resourceGroup: textAt(inputs, "resourceGroupName"),
        tenantId: cloud.tenantId,
        issuer,
        secrets: cloud,
      });
      cloud.clusters.set(id.toLowerCase(), { handle, issuer, attached: false, lacking: "" });
    }
    return answer(put, { nodeGroup, issuer, identities });
  },
  async remove(cloud, { id, outputs }) {
    await cloud.clusters.get(id.toLowerCase())?.handle.stop();
    cloud.clusters.delete(id.toLowerCase());
    await cloud.resources.delete(groupId(cloud, textAt(outputs, "nodeResourceGroup")));
  },
});

function requireBasics({ inputs, name }: Put): void {
  const pools = objectsAt(inputs, "agentPoolProfiles");
  demand(
    pools.some((pool) => textAt(pool, "mode") === "System"),
    "InvalidParameter",
    `Cluster ${name} needs at least one agent pool profile with mode System.`,
  );
  pools.forEach((pool) => requirePool(pool, textAt(pool, "name")));
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
  demand(
    /^[a-zA-Z0-9]([-a-zA-Z0-9]{0,52}[a-zA-Z0-9])?$/.test(textAt(inputs, "dnsPrefix")),
    "InvalidParameter",
    `The dnsPrefix '${textAt(inputs, "dnsPrefix")}' of cluster ${name} must have 1 to 54 ` +
      "alphanumeric characters and hyphens, and start and end with an alphanumeric one.",
  );
  const version = textAt(inputs, "kubernetesVersion");
  demand(
    version === "" || /^1\.3[3-6](\.\d+)?$/.test(version),
    "K8sVersionNotSupported",
    `Managed cluster ${name} is on version ${version}, which is not supported in this region.`,
  );
  demand(
    !flagAt(inputs, "securityProfile.workloadIdentity.enabled") ||
      flagAt(inputs, "oidcIssuerProfile.enabled"),
    "InvalidParameter",
    "securityProfile.workloadIdentity needs oidcIssuerProfile.enabled.",
  );
  demand(
    !flagAt(inputs, "disableLocalAccounts") || flagAt(inputs, "aadProfile.managed"),
    "InvalidParameter",
    "disableLocalAccounts needs aadProfile.managed: nobody could log in otherwise.",
  );
}

function requirePool(pool: PlainObject, name: string): void {
  demand(
    /^[a-z][a-z0-9]{0,11}$/.test(name),
    "InvalidParameter",
    `The agent pool name '${name}' must have 1 to 12 lower case letters and digits and start with a letter.`,
  );
  demand(
    textAt(pool, "vmSize") !== "",
    "InvalidParameter",
    `The agent pool ${name} needs a vmSize.`,
  );
  const [count, least, most] = ["count", "minCount", "maxCount"].map((key) => numberAt(pool, key));
  demand(
    flagAt(pool, "enableAutoScaling")
      ? least !== undefined && most !== undefined && least <= most
      : count !== undefined && least === undefined && most === undefined,
    "InvalidParameter",
    `The agent pool ${name} needs minCount and maxCount with enableAutoScaling, else count alone.`,
  );
}

function requireNetwork({ cloud, inputs }: Put): void {
  const profile = objectAt(inputs, "networkProfile") ?? {};
  demand(
    textAt(profile, "networkPluginMode") !== "overlay" ||
      textAt(profile, "networkPlugin") === "azure",
    "InvalidParameter",
    "networkPluginMode overlay needs networkPlugin azure.",
  );
  demand(
    textAt(profile, "networkPolicy") !== "cilium" ||
      textAt(profile, "networkDataplane") === "cilium",
    "InvalidParameter",
    "networkPolicy cilium needs networkDataplane cilium.",
  );
  const services = textAt(profile, "serviceCidr");
  if (services === "") {
    return;
  }
  const range = parseRange(services);
  const dns = parseAddress(textAt(profile, "dnsServiceIP"));
  demand(range !== undefined, "InvalidParameter", `The serviceCidr ${services} is no CIDR range.`);
  demand(
    dns !== undefined && dns > range.first + 1 && dns < range.last,
    "InvalidParameter",
    `The dnsServiceIP must lie within the serviceCidr ${services} and not be its first address.`,
  );
  for (const id of textsAt(inputs, "agentPoolProfiles[].vnetSubnetID")) {
    const subnet = parseRange(textAt(cloud.resources.find(id)?.inputs, "addressPrefix"));
    demand(
      subnet === undefined || !overlap(range, subnet),
      "ServiceCidrOverlapExistingSubnetsCidr",
      `The specified service CIDR ${services} is conflicted with an existing subnet CIDR.`,
    );
  }
}

/** A cluster that brings its own identity needs the role on its subnet before it is made. */
function requirePermissionToJoin({ cloud, inputs }: Put): void {
  const [identity] = textsAt(inputs, "identity.userAssignedIdentities[]");
  const principal = textAt(cloud.resources.find(identity ?? "")?.outputs, "principalId");
  const action = "Microsoft.Network/virtualNetworks/subnets/join/action";
  for (const subnet of textsAt(inputs, "agentPoolProfiles[].vnetSubnetID")) {
    if (identity && !cloud.isAllowed(principal, "action", action, subnet)) {
      throw new ArmError(
        403,
        "LinkedAuthorizationFailed",
        `The client with object id '${principal}' has permission to perform action ` +
          `'${CLUSTER}/write' on scope; however, it does not have permission to perform action(s) ` +
          `'${action}' on the linked scope(s) '${subnet}' (respectively) or the linked scope(s) are invalid.`,
      );
    }
  }
}

function nodeGroupName({ inputs, name }: Put): string {
  const group = textAt(inputs, "resourceGroupName");
  return `MC_${group}_${name}_${textAt(inputs, "location")}`.slice(0, 80);
}

function groupId(cloud: Cloud, name: string): string {
  return `/subscriptions/${cloud.subscriptionId}/resourceGroups/${name}`;
}

function makeNodeGroup(cloud: Cloud, name: string, location: string): void {
  cloud.resources.store(
    resourceGroup,
    groupId(cloud, name),
    name,
    { location },
    {
      location,
      properties: { provisioningState: "Succeeded" },
    },
  );
}

/** AKS makes an identity for its kubelets and one for every add-on, in the node resource group. */
function addOnIdentities(put: Put, nodeGroup: string, addOns: readonly string[]): PlainObject {
  const { cloud, name, inputs } = put;
  const names: Record<string, string> = { kubeletidentity: `${name}-agentpool` };
  for (const addOn of addOns) {
    names[addOn] = `${addOn.toLowerCase()}-${name}`;
  }
  const made = Object.entries(names).map(([key, identityName]) => {
    const id = `${groupId(cloud, nodeGroup)}/providers/${IDENTITY}/${identityName}`;
    const identity =
      cloud.resources.find(id) ?? makeIdentity(cloud, id, identityName, textAt(inputs, "location"));
    const answer: PlainObject = {
      resourceId: id,
      clientId: identity.outputs["clientId"]!,
      objectId: identity.outputs["principalId"]!,
    };
    return [key, answer] as const;
  });
  return Object.fromEntries(made);
}

function makeIdentity(cloud: Cloud, id: string, name: string, location: string): ArmResource {
  const { objectId, clientId } = cloud.directory.add();
  const answer = { location, principalId: objectId, clientId, tenantId: cloud.tenantId };
  return cloud.resources.store(userAssignedIdentity, id, name, { location }, answer);
}

/** The same for the whole life of a cluster, with a slash at the end. */
function issuerOf({ cloud, id, inputs, previous }: Put): string {
  const before = textAt(previous?.outputs, "oidcIssuerProfile.issuerURL");
  demand(
    before === "" || flagAt(inputs, "oidcIssuerProfile.enabled"),
    "OIDCIssuerFeatureCannotBeDisabled",
    "OIDC issuer feature cannot be disabled.",
  );
  if (!flagAt(inputs, "oidcIssuerProfile.enabled")) {
    return "";
  }
  const own = asGuid(createHash("sha256").update(`${cloud.tenantId} ${id}`).digest("hex"));
  const region = textAt(inputs, "location").replaceAll(" ", "").toLowerCase();
  return before || `https://${region}.oic.prod-aks.azure.com/${cloud.tenantId}/${own}/`;
}

function answer(
  { cloud, inputs, echo, previous }: Put,
  { nodeGroup, issuer, identities }: { nodeGroup: string; issuer: string; identities: PlainObject },
): PlainObject {
  const version = textAt(inputs, "kubernetesVersion") || "1.35";
  const profiles = Object.entries(objectAt(inputs, "addonProfiles") ?? {}).map(([key, profile]) => [
    key,
    { ...(profile as PlainObject), ...(identities[key] && { identity: identities[key] }) },
  ]);
  const host = `${textAt(inputs, "dnsPrefix")}.hcp.${textAt(inputs, "location")}.azmk8s.io`;
  return {
    ...echo,
    ...identityAnswer(cloud, inputs),
    ...(textAt(inputs, "identity.type") === "SystemAssigned" && {
      identity: previous?.outputs["identity"] ?? systemIdentity(cloud),
    }),
    agentPoolProfiles: objectsAt(inputs, "agentPoolProfiles").map((pool) => ({
      ...pool,
      ...poolAnswer(version),
    })),
    ...(profiles.length > 0 && { addonProfiles: Object.fromEntries(profiles) as PlainObject }),
    identityProfile: { kubeletidentity: identities["kubeletidentity"]! },
    ...(issuer !== "" && { oidcIssuerProfile: { enabled: true, issuerURL: issuer } }),
    enableRBAC: echo["enableRBAC"] ?? true,
    nodeResourceGroup: nodeGroup,
    kubernetesVersion: version,
    currentKubernetesVersion: version,
    fqdn: host,
    privateFQDN: "",
    azurePortalFQDN: host,
    maxAgentPools: 100,
    powerState: { code: "Running" },
    resourceUID: previous?.outputs["resourceUID"] ?? randomUUID(),
  };
}

function systemIdentity(cloud: Cloud): PlainObject {
  const { objectId } = cloud.directory.add();
  return { type: "SystemAssigned", principalId: objectId, tenantId: cloud.tenantId };
}

function poolAnswer(version: string): PlainObject {
  return {
    provisioningState: "Succeeded",
    powerState: { code: "Running" },
    currentOrchestratorVersion: version,
    nodeImageVersion: "AKSAzureLinux-V3gen2",
  };
}

const agentPool = resourceType({
  token: "azure-native:containerservice:AgentPool",
  armType: `${CLUSTER}/agentPools`,
  apiVersion: CLUSTERS_API_VERSION,
  path: `${CLUSTER_PATH}/agentPools/{agentPoolName}`,
  names: { resourceName: CLUSTER_NAME, agentPoolName: { pattern: /^[a-z][a-z0-9]{0,11}$/ } },
  replaceOn: ["gpuInstanceProfile", "vmSize", "networkProfile.nodePublicIPTags"],
  references: [{ path: "vnetSubnetID", type: SUBNET }],
  put({ cloud, id, inputs, echo, name }) {
    requirePool(inputs, name);
    const cluster = cloud.resources.find(id.split(/\/agentPools\//i)[0]!);
    const version = textAt(cluster?.outputs, "currentKubernetesVersion");
    return {
      ...echo,
      orchestratorVersion: echo["orchestratorVersion"] ?? version,
      ...poolAnswer(version),
    };
  },
});

export const clusterTypes = [managedCluster, agentPool];
