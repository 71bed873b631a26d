import * as containerservice from "@pulumi/azure-native/containerservice";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ApiServer, apiServerOf } from "../facts/connections";
import { deployerKubeconfig, type KubeLogin } from "./kubeconfig";
import type { Network } from "./network";
import type { PlatformScope } from "./scope";

export interface ConnectionArgs {
  /** Where it is made, and how it is named. */
  readonly scope: PlatformScope;
  /** The cluster that is connected to. */
  readonly cluster: containerservice.ManagedCluster;
  /** How whoever runs `pulumi up` gets a token, e.g. `azurecli`. */
  readonly kubeLogin: KubeLogin;
}

/** From where the API server of the cluster is reached. */
export function apiServerAccess(
  { profile, deployer }: PlatformScope,
  { outboundAddress }: Network,
): containerservice.ManagedClusterArgs["apiServerAccessProfile"] {
  if (profile.cluster.privateApi) {
    return {
      disableRunCommand: true,
      enablePrivateCluster: true,
      // A public name that leads to the private address, so that a peered network needs no zone.
      privateDNSZone: "none",
      enablePrivateClusterPublicFQDN: true,
    };
  }
  return {
    disableRunCommand: true,
    // The nodes come from the address of the NAT gateway, which Azure adds by itself only for a
    // load balancer ("Secure access to the API server using authorized IP address ranges").
    authorizedIPRanges: [...deployer.ranges, pulumi.interpolate`${outboundAddress}/32`],
  };
}

/** A provider that acts in the cluster as whoever runs `pulumi up`, and what it connects to. */
export function clusterProvider(
  name: string,
  { scope, cluster, kubeLogin }: ConnectionArgs,
  opts: pulumi.CustomResourceOptions,
): { provider: kubernetes.Provider; apiServer: pulumi.Output<ApiServer> } {
  const { kubeconfigs } = containerservice.listManagedClusterUserCredentialsOutput(
    {
      resourceGroupName: scope.resourceGroupName,
      resourceName: cluster.name,
      format: "exec",
      // Otherwise Azure hands out the name in the zone that there is not.
      ...(scope.profile.cluster.privateApi && { serverFqdn: "public" }),
    },
    opts.parent && { parent: opts.parent },
  );
  const kubeconfig = kubeconfigs.apply((all) => all[0]?.value ?? "");
  const provider = new kubernetes.Provider(
    name,
    {
      kubeconfig: pulumi.secret(
        kubeconfig.apply((encoded) => deployerKubeconfig(encoded, kubeLogin)),
      ),
      enableServerSideApply: true,
    },
    opts,
  );
  // Address and certificate are public; the login is somebody's own.
  return { provider, apiServer: pulumi.unsecret(kubeconfig.apply(apiServerOf)) };
}
