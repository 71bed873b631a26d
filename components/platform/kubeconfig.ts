import { isDeepStrictEqual } from "node:util";
import { parse, stringify } from "yaml";

/** How kubelogin gets a token; `azurecli` for people, `workloadidentity` on a runner. */
export type KubeLogin = "azurecli" | "workloadidentity" | "msi" | "spn";

export const KUBE_LOGINS: readonly KubeLogin[] = ["azurecli", "workloadidentity", "msi", "spn"];

/** Application id of "Azure Kubernetes Service AAD Server", the same in every tenant. */
const AKS_SERVER_APPLICATION = "6dae42f8-4368-4678-94ff-3960e28e3630";

interface Kubeconfig {
  readonly clusters: readonly { readonly name: string; readonly cluster: unknown }[];
}

/**
 * The kubeconfig that `pulumi up` uses, made from what Azure hands out: the same server and CA,
 * and a token from kubelogin without a person at a browser. The same text in every run, so that
 * the provider never shows a difference.
 *
 * @param encoded base64, as `listClusterUserCredential` returns it
 */
export function deployerKubeconfig(encoded: string, login: KubeLogin): string {
  const { clusters } = parse(Buffer.from(encoded, "base64").toString("utf8")) as Kubeconfig;
  const cluster = clusters[0];
  if (cluster === undefined) {
    throw new Error("Azure returned a kubeconfig without a cluster.");
  }
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: cluster.name, cluster: cluster.cluster }],
    users: [
      {
        name: "deployer",
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1",
            command: "kubelogin",
            args: ["get-token", "--login", login, "--server-id", AKS_SERVER_APPLICATION],
            interactiveMode: "Never",
            provideClusterInfo: false,
          },
        },
      },
    ],
    contexts: [{ name: cluster.name, context: { cluster: cluster.name, user: "deployer" } }],
    "current-context": cluster.name,
  });
}

interface Rendered extends Kubeconfig {
  readonly clusters: readonly {
    readonly name: string;
    readonly cluster: Readonly<Record<string, unknown>>;
  }[];
  readonly users: readonly { readonly user: { readonly exec?: { readonly args?: unknown[] } } }[];
}

/** What Azure says of a cluster; anything else, such as a proxy or no check of its certificate, is not. */
const FROM_AZURE = ["certificate-authority-data", "server"];

/**
 * The API server that a kubeconfig leads to, if it is one as above in every letter that counts: no other
 * command for the login, no proxy, no server that is not verified. Undefined for any other text.
 */
export function serverOfDeployer(kubeconfig: string): string | undefined {
  try {
    const { clusters, users } = parse(kubeconfig) as Rendered;
    const login = KUBE_LOGINS.find((each) => each === users[0]?.user.exec?.args?.[2]);
    const keys = Object.keys(clusters[0]?.cluster ?? {});
    const server = clusters[0]?.cluster["server"];
    if (!login || typeof server !== "string" || keys.some((key) => !FROM_AZURE.includes(key))) {
      return undefined;
    }
    const encoded = Buffer.from(stringify({ clusters })).toString("base64");
    const own: unknown = parse(deployerKubeconfig(encoded, login));
    return isDeepStrictEqual(parse(kubeconfig), own) ? server : undefined;
  } catch {
    return undefined;
  }
}
