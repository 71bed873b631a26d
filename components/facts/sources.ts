import type { TokenCredential } from "@azure/identity";
import type { ClusterLogin } from "./clusterLists";
import { azureLogin, kubeconfigLogin } from "./clusterLogin";
import type { Connections } from "./connections";
import type { Hosts } from "../plan";
import type { Sources } from "./gather";

/** Everything needed to read a stack's facts; what is unknown has a reason. */
export interface Whereabouts {
  readonly hosts: Hosts;
  readonly connections?: Partial<Connections>;
  readonly gatewayAddress?: string;
  /** Instead of the address and an Azure login. */
  readonly kubeconfig?: string;
  /** What to do about an unknown place. */
  readonly otherwise: (place: "vault" | "database" | "cluster" | "gateway") => string;
}

/**
 * The places of a stack through the official clients, as whoever is logged in to Azure. They are
 * loaded here and not before: most runs of the program look at nothing.
 */
export async function officialSources(where: Whereabouts): Promise<Sources> {
  const { connections = {}, gatewayAddress, hosts, otherwise } = where;
  const { vault, database, namespace } = connections;
  const [
    { DefaultAzureCredential },
    { vaultSource },
    { databaseSource },
    { gatewaySource },
    { clusterSource },
    { clusterLists },
  ] = await Promise.all([
    import("@azure/identity"),
    import("./fromVault"),
    import("./fromDatabase"),
    import("./fromGateway"),
    import("./fromCluster"),
    import("./clusterLists"),
  ]);
  const login = new DefaultAzureCredential();
  const cluster = await clusterLogin(where, login);
  return {
    vault: vault ? vaultSource(vault.uri, login) : otherwise("vault"),
    database: database ? databaseSource(database) : otherwise("database"),
    cluster:
      cluster !== undefined && namespace !== undefined
        ? clusterSource(clusterLists(cluster), namespace, hosts)
        : otherwise("cluster"),
    gateway:
      gatewayAddress === undefined || hosts.production === undefined
        ? otherwise("gateway")
        : gatewaySource(gatewayAddress, hosts.production),
  };
}

/** How to ask the cluster: as a kubeconfig says, or as whoever is logged in to Azure. */
async function clusterLogin(
  { connections, kubeconfig }: Whereabouts,
  login: TokenCredential,
): Promise<ClusterLogin | undefined> {
  if (kubeconfig !== undefined) {
    return kubeconfigLogin((config) => config.loadFromFile(kubeconfig));
  }
  const apiServer = connections?.cluster;
  return apiServer && azureLogin(apiServer, login);
}
