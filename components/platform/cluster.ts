import * as containerservice from "@pulumi/azure-native/containerservice";
import * as managedidentity from "@pulumi/azure-native/managedidentity";
import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { grant } from "./access";
import { apiServerAccess, clusterProvider } from "./apiServer";
import { addOnProfiles, attachAddOns } from "./clusterAddOns";
import { refuseDowngrade } from "./clusterVersion";
import type { ApiServer } from "../facts/connections";
import type { Gateway } from "./gateway";
import type { KubeLogin } from "./kubeconfig";
import type { Logs } from "./logs";
import { untilItWorks } from "./lateGrants";
import { maintenanceWindows } from "./maintenance";
import { resourceName } from "./azureNames";
import type { Network } from "./network";
import { systemPool, userPool } from "./nodePools";
import { dnsServiceAddress, type Ranges } from "./ranges";
import { type PlatformScope, shared } from "./scope";

export interface ClusterArgs {
  /** Where it is made, how it is named, and how much of it there is. */
  readonly scope: PlatformScope;
  /** Whose subnet the nodes join. */
  readonly network: Network;
  /** The Application Gateway that the ingress add-on configures. */
  readonly gateway: Gateway;
  /** Where the cluster's agent and Defender send what they see. */
  readonly logs: Logs;
  /** Addresses of pods and of services, CIDR. A change replaces the cluster. */
  readonly ranges: Pick<Ranges, "pods" | "services">;
  /**
   * VM size of the application's nodes, e.g. `Standard_D4ds_v5`. A change replaces them.
   * @default the profile's
   */
  readonly nodeSize: string | undefined;
  /** How whoever runs `pulumi up` gets a token for the API server, e.g. `workloadidentity`. */
  readonly kubeLogin: KubeLogin;
}

/** Of new clusters; Azure's upgrades take existing ones further. */
const KUBERNETES_VERSION = "1.35";

/**
 * Azure upgrades the version.
 *
 * It also reports the pools as part of the cluster: all of them, with the counts of the autoscaler.
 * After a refresh the stack has them too, and Pulumi can ignore one more element of a list only
 * with the list as a whole. What is sent with another change of the cluster is then what the
 * refresh found. The price: the system pool is changed with `az aks nodepool`, not from here, and
 * after a replacement of the user pool a stack that was refreshed is refreshed once more.
 */
const OWNED_BY_AZURE = ["agentPoolProfiles", "kubernetesVersion"];

/** The AKS cluster with its two pools and its add-ons. */
export class Cluster extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** Object id of the identity that pulls images. */
  readonly kubeletId: pulumi.Output<string>;
  /** Issuer of service account tokens. */
  readonly issuer: pulumi.Output<string>;
  /**
   * For everything inside the cluster; comes after the deployer's right to administer it and after
   * what pods and Ingress need: nodes that take them, and an ingress controller with its rights.
   */
  readonly provider: kubernetes.Provider;
  /** What commands beside the program connect to. */
  readonly apiServer: pulumi.Output<ApiServer>;

  constructor(
    private readonly name: string,
    private readonly args: ClusterArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("rotation:platform:Cluster", name, {}, opts);
    const { network, nodeSize, scope } = args;
    const parent = { parent: this };
    const cluster = this.cluster();
    const { user } = scope.profile.cluster;
    const pool = userPool(
      `${name}-user`,
      {
        scope,
        cluster,
        size: { ...user, nodeSize: nodeSize ?? user.nodeSize },
        subnetId: network.nodesSubnetId,
      },
      parent,
    );
    const addOns = attachAddOns(name, cluster, args, parent);
    maintenanceWindows(
      name,
      { resourceGroupName: scope.resourceGroupName, resourceName: cluster.name },
      parent,
    );
    const { objectId: principalId, type: principalType } = scope.deployer;
    const admin = grant(
      "deployer-cluster",
      { principalId, principalType, scope: cluster.id },
      parent,
    );
    const isAdmin = untilItWorks(`${name}-administered`, admin, scope.grantSeconds);
    this.id = cluster.id;
    this.kubeletId = cluster.identityProfile.apply(
      (profile) => profile?.["kubeletidentity"]?.objectId ?? "",
    );
    this.issuer = cluster.oidcIssuerProfile.apply((profile) => profile?.issuerURL ?? "");
    const access = clusterProvider(
      `${name}-kubernetes`,
      { scope, cluster, kubeLogin: args.kubeLogin },
      {
        parent: this,
        dependsOn: [admin, pool, ...addOns],
        // A cluster that replaces another one updates the provider.
        hooks: { beforeCreate: [isAdmin], beforeUpdate: [isAdmin] },
      },
    );
    this.provider = access.provider;
    this.apiServer = access.apiServer;
    this.registerOutputs({ issuer: this.issuer });
  }

  private cluster(): containerservice.ManagedCluster {
    const { scope, network, logs, ranges } = this.args;
    const { tier, system, defender } = scope.profile.cluster;
    const clusterName = resourceName("cluster", scope.naming);
    const identity = new managedidentity.UserAssignedIdentity(
      `${this.name}-identity`,
      { ...shared(scope), resourceName: resourceName("identity", scope.naming, "control-plane") },
      { parent: this },
    );
    const joinsNodes = grant(
      "control-plane-nodes",
      { principalId: identity.principalId, scope: network.nodesSubnetId },
      { parent: this },
    );
    return new containerservice.ManagedCluster(
      this.name,
      {
        ...shared(scope),
        resourceName: clusterName,
        dnsPrefix: clusterName,
        nodeResourceGroup: resourceName("nodeGroup", scope.naming),
        kubernetesVersion: KUBERNETES_VERSION,
        supportPlan: containerservice.KubernetesSupportPlan.KubernetesOfficial,
        sku: { name: containerservice.ManagedClusterSKUName.Base, tier },
        identity: {
          type: containerservice.ResourceIdentityType.UserAssigned,
          userAssignedIdentities: [identity.id],
        },
        enableRBAC: true,
        disableLocalAccounts: true,
        aadProfile: {
          managed: true,
          enableAzureRBAC: true,
          adminGroupObjectIDs: [scope.administrators.groupId],
        },
        apiServerAccessProfile: apiServerAccess(scope, network),
        oidcIssuerProfile: { enabled: true },
        securityProfile: {
          workloadIdentity: { enabled: true },
          imageCleaner: { enabled: true, intervalHours: 168 },
          ...(defender && {
            defender: {
              logAnalyticsWorkspaceResourceId: logs.workspaceId,
              securityMonitoring: { enabled: true },
            },
          }),
        },
        autoUpgradeProfile: {
          upgradeChannel: containerservice.UpgradeChannel.Stable,
          nodeOSUpgradeChannel: containerservice.NodeOSUpgradeChannel.NodeImage,
        },
        addonProfiles: addOnProfiles(this.args),
        networkProfile: {
          networkPlugin: containerservice.NetworkPlugin.Azure,
          networkPluginMode: containerservice.NetworkPluginMode.Overlay,
          networkDataplane: containerservice.NetworkDataplane.Cilium,
          networkPolicy: containerservice.NetworkPolicy.Cilium,
          podCidr: ranges.pods,
          serviceCidr: ranges.services,
          dnsServiceIP: dnsServiceAddress(ranges.services),
          outboundType: containerservice.OutboundType.UserAssignedNATGateway,
          loadBalancerSku: containerservice.LoadBalancerSku.Standard,
        },
        agentPoolProfiles: systemPool({ scope, size: system, subnetId: network.nodesSubnetId }),
      },
      {
        parent: this,
        dependsOn: joinsNodes,
        ignoreChanges: OWNED_BY_AZURE,
        hooks: {
          beforeCreate: [untilItWorks(`${this.name}-joins-nodes`, joinsNodes, scope.grantSeconds)],
          beforeUpdate: [refuseDowngrade(`${this.name}-version`)],
        },
      },
    );
  }
}
