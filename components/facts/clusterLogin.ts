import { Agent, type RequestOptions } from "node:https";
import type { TokenCredential } from "@azure/identity";
import type { KubeConfig } from "@kubernetes/client-node";
import type { ClusterLogin } from "./clusterLists";
import type { ApiServer } from "./connections";
import { proxyOf, throughProxy } from "./proxy";

/** Application id of "Azure Kubernetes Service AAD Server", the same in every tenant. */
const AKS_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630/.default";

/** What kubelogin does: a token of whoever is logged in, for the API server of AKS. Over https only. */
export async function azureLogin(
  { server, authority }: ApiServer,
  login: TokenCredential,
): Promise<ClusterLogin> {
  const headers = async () => {
    const token = await login.getToken(AKS_SERVER);
    return { authorization: `Bearer ${token?.token ?? ""}` };
  };
  if (proxyOf(server) !== undefined) {
    const behind = await kubeconfigLogin((config) =>
      config.loadFromClusterAndUser(
        { name: "cluster", server, caData: authority, skipTLSVerify: false },
        { name: "azure" },
      ),
    );
    const options = async () => ({ ...(await behind.options()), headers: await headers() });
    return { server, options };
  }
  const agent = new Agent(authority === "" ? {} : { ca: Buffer.from(authority, "base64") });
  return { server, options: async () => ({ agent, headers: await headers() }) };
}

/**
 * What a kubeconfig says. The official client knows every login and every kind of proxy of one; it is
 * loaded only here.
 *
 * @param load fills in the configuration
 */
export async function kubeconfigLogin(load: (config: KubeConfig) => void): Promise<ClusterLogin> {
  const kubernetes = await import("@kubernetes/client-node");
  const config = new kubernetes.KubeConfig();
  load(config);
  throughProxy(config);
  return {
    server: config.getCurrentCluster()?.server ?? "",
    async options() {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      return options;
    },
  };
}
