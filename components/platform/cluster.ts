import * as containerservice from "@pulumi/azure-native/containerservice";
import * as managedidentity from "@pulumi/azure-native/managedidentity";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { grant } from "./access";
import type { Gateway } from "./gateway";
import { deployerKubeconfig, type KubeLogin } from "./kubeconfig";
import { resourceName } from "./names";
import type { Logs } from "./logs";
import type { Network } from "./network";
import type { Ranges } from "./ranges";
import { type PlatformScope, shared } from "./scope";

export interface ClusterArgs {
  readonly scope: PlatformScope;
  readonly network: Network;
  /** The Application Gateway that the ingress add-on configures. */
  readonly gateway: Gateway;
  readonly logs: Logs;
  readonly ranges: Pick<Ranges, "pods" | "services">;
  /** VM size of the application's nodes; the profile's when not set. */
  readonly nodeSize: string | undefined;
  /** How whoever runs `pulumi up` gets a token for the API server. */
  readonly kubeLogin: KubeLogin;
}

/**
 * The AKS cluster with OIDC issuer, workload identity, and the add-ons for vault secrets and for
 * the Application Gateway.
 */
export class Cluster extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** Object id of the identity that pulls images. */
  readonly kubeletId: pulumi.Output<string>;
  /** Issuer of service account tokens. */
  readonly issuer: pulumi.Output<string>;
  /** For everything inside the cluster; comes after the deployer's right to administer it. */
  readonly provider: kubernetes.Provider;

  constructor(
    private readonly name: string,
    args: ClusterArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("rotation:platform:Cluster", name, {}, opts);
    const { scope } = args;
    const clusterName = resourceName("cluster", scope.naming);
    const identity = new managedidentity.UserAssignedIdentity(
      `${name}-identity`,
      { ...shared(scope), resourceName: resourceName("identity", scope.naming, "cluster") },
      { parent: this },
    );
    const cluster = new containerservice.ManagedCluster(
      name,
      {
        ...shared(scope),
        resourceName: clusterName,
        dnsPrefix: clusterName,
        sku: { name: "Base", tier: "Standard" },
        identity: {
          type: containerservice.ResourceIdentityType.UserAssigned,
          userAssignedIdentities: [identity.id],
        },
        disableLocalAccounts: true,
        aadProfile: { managed: true, enableAzureRBAC: true },
        oidcIssuerProfile: { enabled: true },
        securityProfile: { workloadIdentity: { enabled: true } },
        addonProfiles: {
          azureKeyvaultSecretsProvider: {
            enabled: true,
            // Harmless: pods mount pinned versions.
            config: { enableSecretRotation: "true", rotationPollInterval: "2m" },
          },
          ingressApplicationGateway: {
            enabled: true,
            config: { applicationGatewayId: args.gateway.id },
          },
        },
        networkProfile: {
          networkPlugin: "azure",
          networkPluginMode: "overlay",
          networkDataplane: "cilium",
          networkPolicy: "cilium",
          loadBalancerSku: "standard",
        },
        agentPoolProfiles: [
          {
            name: "system",
            mode: "System",
            count: scope.profile.cluster.system.least,
            vmSize: args.nodeSize ?? scope.profile.cluster.user.nodeSize,
            osType: "Linux",
            vnetSubnetID: args.network.nodesSubnetId,
            maxPods: 60,
          },
        ],
      },
      { parent: this, dependsOn: this.subnetRight(identity, args) },
    );
    this.grantIngress(cluster, args);
    const admin = grant(
      "deployer-cluster",
      {
        principalId: scope.deployer.objectId,
        principalType: scope.deployer.type,
        scope: cluster.id,
      },
      { parent: this },
    );
    this.id = cluster.id;
    this.kubeletId = cluster.identityProfile.apply(
      (profile) => profile?.["kubeletidentity"]?.objectId ?? "",
    );
    this.issuer = cluster.oidcIssuerProfile.apply((profile) => profile?.issuerURL ?? "");
    this.provider = this.connect(cluster, scope, args.kubeLogin, admin);
    this.registerOutputs({ issuer: this.issuer });
  }

  /** Before the cluster: its creation joins nodes to the subnet. */
  private subnetRight(
    identity: managedidentity.UserAssignedIdentity,
    { network }: ClusterArgs,
  ): pulumi.Resource {
    return grant(
      "control-plane-nodes",
      { principalId: identity.principalId, scope: network.nodesSubnetId },
      { parent: this },
    );
  }

  /** AKS grants these itself only for a gateway that it has made. */
  private grantIngress(
    cluster: containerservice.ManagedCluster,
    { scope, gateway, network }: ClusterArgs,
  ): void {
    const principalId = cluster.addonProfiles.apply(
      (profiles) => profiles?.["ingressApplicationGateway"]?.identity.objectId ?? "",
    );
    grant("ingress-gateway", { principalId, scope: gateway.id }, { parent: this });
    grant("ingress-group", { principalId, scope: scope.resourceGroupId }, { parent: this });
    grant("ingress-subnet", { principalId, scope: network.gatewaySubnetId }, { parent: this });
  }

  private connect(
    cluster: containerservice.ManagedCluster,
    scope: PlatformScope,
    login: KubeLogin,
    admin: pulumi.Resource,
  ): kubernetes.Provider {
    const credentials = containerservice.listManagedClusterUserCredentialsOutput(
      {
        resourceGroupName: scope.resourceGroupName,
        resourceName: cluster.name,
        format: "exec",
      },
      { parent: this },
    );
    return new kubernetes.Provider(
      `${this.name}-kubernetes`,
      {
        kubeconfig: pulumi.secret(
          credentials.kubeconfigs.apply((all) => deployerKubeconfig(all[0]?.value ?? "", login)),
        ),
        enableServerSideApply: true,
      },
      { parent: this, dependsOn: [admin] },
    );
  }
}
