import type { KubeConfig } from "@kubernetes/client-node";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** The environment's proxies as Node's own agents read them; none for this machine itself. */
export function proxies(): NodeJS.ProcessEnv {
  const { NO_PROXY, no_proxy: lowerCase } = process.env;
  const not = [NO_PROXY ?? lowerCase ?? "", ...LOOPBACK].filter(Boolean).join(",");
  return { ...process.env, NO_PROXY: not, no_proxy: not };
}

/**
 * Leads to clusters through the environment's proxy, as `kubectl` and the clients of Azure do by
 * themselves; the client for Node does so only for the `proxy-url` of a kubeconfig.
 */
export function throughProxy(config: KubeConfig): KubeConfig {
  config.clusters = config.clusters.map((cluster) => {
    const proxyUrl = cluster.proxyUrl ?? proxyOf(cluster.server);
    return proxyUrl === undefined ? cluster : { ...cluster, proxyUrl };
  });
  return config;
}

/** The proxy that leads to a server; undefined where it is reached directly. */
export function proxyOf(server: string): string | undefined {
  const { env } = process;
  const { hostname } = new URL(server);
  const not = (proxies()["NO_PROXY"] ?? "")
    .split(",")
    .map((each) => each.trim().replace(/^\*?\./, ""));
  const isDirect = not.some(
    (each) => each === "*" || hostname === each || hostname.endsWith(`.${each}`),
  );
  const proxy = env["HTTPS_PROXY"] ?? env["https_proxy"] ?? env["ALL_PROXY"] ?? env["all_proxy"];
  return isDirect || hostname.startsWith("127.") ? undefined : proxy || undefined;
}
