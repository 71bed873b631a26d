import type { TokenCredential } from "@azure/identity";
import type { KubeConfig } from "@kubernetes/client-node";
import type { ApiServer, Connections } from "./connections";
import type { HostName } from "./facts";
import type { Sources } from "./gather";
import { throughProxy } from "./proxy";

/** Application id of "Azure Kubernetes Service AAD Server", the same in every tenant. */
const AKS_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630/.default";

/** Everything needed to read a stack's facts; what is unknown has a reason. */
export interface Whereabouts {
  readonly hosts: Readonly<Record<HostName, string>>;
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
  const [{ DefaultAzureCredential }, { vaultSource }, { databaseSource }, { gatewaySource }] =
    await Promise.all([
      import("@azure/identity"),
      import("./fromVault"),
      import("./fromDatabase"),
      import("./fromGateway"),
    ]);
  const login = new DefaultAzureCredential();
  const config = await kubeConfigOf(where, login);
  const { clusterSource } = await import("./fromCluster");
  return {
    vault: vault ? vaultSource(vault.uri, login) : otherwise("vault"),
    database: database ? databaseSource(database) : otherwise("database"),
    cluster:
      config !== undefined && namespace !== undefined
        ? clusterSource(throughProxy(config), namespace, hosts)
        : otherwise("cluster"),
    gateway:
      gatewayAddress === undefined
        ? otherwise("gateway")
        : gatewaySource(gatewayAddress, hosts.production),
  };
}

async function kubeConfigOf(
  { connections, kubeconfig }: Whereabouts,
  login: TokenCredential,
): Promise<KubeConfig | undefined> {
  const kubernetes = await import("@kubernetes/client-node");
  const config = new kubernetes.KubeConfig();
  if (kubeconfig !== undefined) {
    config.loadFromFile(kubeconfig);
    return config;
  }
  return connections?.cluster && withAzureLogin(config, connections.cluster, login);
}

/** What kubelogin does: a token of whoever is logged in, for the API server of AKS. */
function withAzureLogin(
  config: KubeConfig,
  { server, authority }: ApiServer,
  login: TokenCredential,
): KubeConfig {
  config.loadFromClusterAndUser(
    { name: "cluster", server, caData: authority, skipTLSVerify: false },
    { name: "azure", authProvider: { name: "azure-login" } },
  );
  config.addAuthenticator({
    isAuthProvider: ({ authProvider }) =>
      (authProvider as { name?: string } | undefined)?.name === "azure-login",
    async applyAuthentication(_user, options) {
      const token = await login.getToken(AKS_SERVER);
      const request = options as { headers?: Record<string, string> };
      request.headers = { ...request.headers, Authorization: `Bearer ${token?.token ?? ""}` };
    },
  });
  return config;
}
