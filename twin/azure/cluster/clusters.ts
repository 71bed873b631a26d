import { createHash, randomUUID } from "node:crypto";
import { AKS_SERVER_APPLICATION } from "../../world/entra";
import { asGuid } from "../arm/check";
import { flagAt, objectAt, objectsAt, textAt, textsAt, type PlainObject } from "../arm/plain";
import type { ArmResource, Put, Cloud } from "../arm/resourceType";
import { checkAddOns } from "./addOns";
import { poolAnswer, poolsOf, separatePools } from "./agentPools";
import { CLUSTER, CLUSTER_NAME, CLUSTER_PATH, CLUSTERS_API_VERSION } from "./clusterNames";
import { outboundAddress, requireNetwork } from "./clusterNetwork";
import { nodeGroupName, requireBasics, runningVersion } from "./clusterRules";
import { demand, resourceType } from "../arm/common";
import { resourceGroup } from "../arm/groups";
import { IDENTITY, identityAnswer, userAssignedIdentity } from "../identity/identities";
import { SUBNET } from "../network/networkCommon";
import { requireJoin } from "./subnetRights";
import { WORKSPACE } from "../monitoring/workspaces";

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
      type: WORKSPACE,
    },
    { path: "securityProfile.defender.logAnalyticsWorkspaceResourceId", type: WORKSPACE },
    {
      path: "addonProfiles.ingressApplicationGateway.config.applicationGatewayId",
      type: "Microsoft.Network/applicationGateways",
    },
  ],
  async put(put) {
    requireBasics(put);
    requireNetwork(put);
    const { cloud, id, name, inputs, previous } = put;
    for (const subnet of textsAt(inputs, "agentPoolProfiles[].vnetSubnetID")) {
      requireJoin(cloud, inputs, subnet);
    }
    const addOns = checkAddOns(inputs);
    const nodeGroup = nodeGroupName(put);
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
        ...outboundAddress(put),
        isAdministrator: (token) => isAdministrator(cloud, id, token),
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

/** "Use Azure role-based access control for AKS clusters": the API server asks Azure. */
function isAdministrator(cloud: Cloud, id: string, token: string): boolean {
  const principal = cloud.entra.verify(token, AKS_SERVER_APPLICATION);
  const operation = "Microsoft.ContainerService/managedClusters/secrets/delete";
  return principal !== undefined && cloud.isAllowed(principal, "dataAction", operation, id);
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
  put: Put,
  { nodeGroup, issuer, identities }: { nodeGroup: string; issuer: string; identities: PlainObject },
): PlainObject {
  const { cloud, inputs, echo, previous } = put;
  const running = runningVersion(put);
  const profiles = Object.entries(objectAt(inputs, "addonProfiles") ?? {}).map(([key, profile]) => [
    key,
    { ...(profile as PlainObject), ...(identities[key] && { identity: identities[key] }) },
  ]);
  return {
    ...echo,
    ...identityAnswer(cloud, inputs),
    ...(textAt(inputs, "identity.type") === "SystemAssigned" && {
      identity: previous?.outputs["identity"] ?? systemIdentity(cloud),
    }),
    agentPoolProfiles: pools(put, running),
    ...(profiles.length > 0 && { addonProfiles: Object.fromEntries(profiles) as PlainObject }),
    identityProfile: { kubeletidentity: identities["kubeletidentity"]! },
    ...(issuer !== "" && { oidcIssuerProfile: { enabled: true, issuerURL: issuer } }),
    enableRBAC: echo["enableRBAC"] ?? true,
    nodeResourceGroup: nodeGroup,
    kubernetesVersion: textAt(inputs, "kubernetesVersion") || running,
    currentKubernetesVersion: running,
    ...hostNames(put),
    maxAgentPools: 100,
    powerState: { code: "Running" },
    resourceUID: previous?.outputs["resourceUID"] ?? randomUUID(),
  };
}

/** Pools of the request, and after them those that are resources of their own: they stay. */
function pools({ cloud, id, inputs, previous }: Put, version: string): PlainObject[] {
  const before = previous ? poolsOf(previous) : [];
  const separate = separatePools(cloud, id);
  const requested = objectsAt(inputs, "agentPoolProfiles").map((pool) => {
    const was = before.find((one) => one["name"] === pool["name"]);
    return poolAnswer(pool, { currentKubernetesVersion: version }, was);
  });
  const names = requested.map((pool) => textAt(pool, "name"));
  const others = before.filter((pool) => {
    const name = textAt(pool, "name");
    return separate.includes(name) && !names.includes(name);
  });
  return [...requested, ...others];
}

/** A private cluster has a public name only on request, which leads to the private address. */
function hostNames({ inputs, id }: Put): PlainObject {
  const access = objectAt(inputs, "apiServerAccessProfile");
  const [prefix, location] = [textAt(inputs, "dnsPrefix"), textAt(inputs, "location")];
  const isPrivate = flagAt(access, "enablePrivateCluster");
  const isPublic = !isPrivate || access?.["enablePrivateClusterPublicFQDN"] !== false;
  const own = asGuid(createHash("sha256").update(id).digest("hex"));
  const publicName = `${prefix}.hcp.${location}.azmk8s.io`;
  return {
    fqdn: isPublic ? publicName : "",
    privateFQDN: isPrivate ? `${prefix}.${own}.privatelink.${location}.azmk8s.io` : "",
    azurePortalFQDN: publicName,
  };
}

function systemIdentity(cloud: Cloud): PlainObject {
  const { objectId } = cloud.directory.add();
  return { type: "SystemAssigned", principalId: objectId, tenantId: cloud.tenantId };
}

export const clusterTypes = [managedCluster];
