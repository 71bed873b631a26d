import { stringify } from "yaml";
import { AKS_SERVER_APPLICATION } from "../../world/entra";

/** Entra application id of kubelogin, the same in every tenant. */
const KUBELOGIN_APPLICATION = "80faf920-1908-4b52-b5ef-a8e7bedfc67a";

export interface KubeconfigSettings {
  readonly cluster: string;
  readonly resourceGroup: string;
  readonly tenantId: string;
  readonly server: string;
  /** PEM. */
  readonly authority: string;
}

/** The file that `listClusterUserCredential` returns with format `exec`. */
export function execKubeconfig(settings: KubeconfigSettings): string {
  const { cluster, resourceGroup, tenantId, server, authority } = settings;
  const user = `clusterUser_${resourceGroup}_${cluster}`;
  const login = {
    "get-token": undefined,
    "--login": "devicecode",
    "--environment": "AzurePublicCloud",
    "--server-id": AKS_SERVER_APPLICATION,
    "--client-id": KUBELOGIN_APPLICATION,
    "--tenant-id": tenantId,
  };
  return stringify({
    apiVersion: "v1",
    clusters: [
      {
        cluster: {
          "certificate-authority-data": Buffer.from(authority).toString("base64"),
          server,
        },
        name: cluster,
      },
    ],
    contexts: [{ context: { cluster, user }, name: cluster }],
    "current-context": cluster,
    kind: "Config",
    preferences: {},
    users: [
      {
        name: user,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            args: Object.entries(login).flatMap(([flag, value]) => [
              flag,
              ...(value ? [value] : []),
            ]),
            command: "kubelogin",
            env: null,
            provideClusterInfo: false,
          },
        },
      },
    ],
  });
}
