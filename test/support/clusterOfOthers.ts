import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { CallAnswer } from "../../mocks/mocks";
import type { CertificateAuthority } from "../../twin/world/certificates";
import { closeServer } from "../../twin/world/servers";

/** Objects by the path of their list or of themselves; without its query. */
export type Objects = Readonly<Record<string, unknown>>;

const HOST = "127.0.0.1";

/**
 * A cluster in which a namespace belongs to others, as far as lookups read it: what it has is said, and a
 * list that nobody has said anything of is empty.
 */
export class ClusterOfOthers {
  objects: Objects = {};
  /** What every request is answered with. */
  status = 200;
  readonly asked: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly authority: string,
  ) {}

  static async start(authority: CertificateAuthority): Promise<ClusterOfOthers> {
    const { key, certificate: cert } = await authority.issue([HOST]);
    const server = createServer({ key, cert });
    const cluster = new ClusterOfOthers(server, authority.certificate);
    server.on("request", ({ url = "" }, response) => {
      const { pathname } = new URL(url, "https://cluster");
      cluster.asked.push(url);
      const isOne = /\/(namespaces|services)\/[^/]+$/.test(pathname);
      const found = cluster.objects[pathname];
      const status = found === undefined && isOne ? 404 : cluster.status;
      const body = isOne ? (found ?? {}) : { items: found ?? [] };
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(status === 200 ? body : { kind: "Status", message: "no" }));
    });
    server.listen(0, HOST);
    await once(server, "listening");
    return cluster;
  }

  /** What a stack says of it. */
  get config(): { readonly clusterHost: string } {
    return { clusterHost: HOST };
  }

  /** What Azure says of it. */
  get answers(): Readonly<Record<string, CallAnswer>> {
    const { port } = this.server.address() as AddressInfo;
    const cluster = {
      server: `https://${HOST}:${port}`,
      "certificate-authority-data": Buffer.from(this.authority).toString("base64"),
    };
    const kubeconfig = { apiVersion: "v1", kind: "Config", clusters: [{ name: "c", cluster }] };
    const value = Buffer.from(JSON.stringify(kubeconfig)).toString("base64");
    return {
      "azure-native:containerservice:listManagedClusterUserCredentials": () => ({
        kubeconfigs: [{ name: "clusterUser", value }],
      }),
    };
  }

  stop(): Promise<void> {
    return closeServer(this.server);
  }
}

const NAMESPACE = "team-shop";
const WITHIN = `namespaces/${NAMESPACE}`;

/** Paths of what lookups read of the namespace `team-shop`. */
export const PATHS = {
  namespace: `/api/v1/${WITHIN}`,
  ingresses: "/apis/networking.k8s.io/v1/ingresses",
  service: `/api/v1/${WITHIN}/services/shop`,
  pods: `/api/v1/${WITHIN}/pods`,
  policies: `/apis/networking.k8s.io/v1/${WITHIN}/networkpolicies`,
  accounts: `/api/v1/${WITHIN}/serviceaccounts`,
  classes: `/apis/secrets-store.csi.x-k8s.io/v1/${WITHIN}/secretproviderclasses`,
  releases: `/api/v1/${WITHIN}/secrets`,
} as const;

/** An Ingress `shop` that can be taken over: production's host leads to the Service `shop` today. */
export const ingressOfOthers = (host: string, certificate: string) => ({
  metadata: {
    name: "shop",
    namespace: NAMESPACE,
    annotations: {
      "meta.helm.sh/release-name": "shop",
      "helm.sh/resource-policy": "keep",
      "appgw.ingress.kubernetes.io/appgw-ssl-certificate": certificate,
    },
  },
  spec: {
    ingressClassName: "azure-application-gateway",
    rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix" }] } }],
  },
});

/** What a namespace has that an application can be put into, which takes over what is there. */
export const objectsOfOthers = (host: string, certificate: string): Objects => ({
  [PATHS.namespace]: {
    metadata: { name: NAMESPACE, labels: { "pod-security.kubernetes.io/enforce": "baseline" } },
    status: { phase: "Active" },
  },
  [PATHS.ingresses]: [ingressOfOthers(host, certificate)],
  [PATHS.service]: {
    metadata: { name: "shop" },
    spec: { selector: { app: "shop" }, ports: [{ port: 8080 }] },
  },
  [PATHS.pods]: [
    {
      metadata: { name: "shop-1" },
      spec: { containers: [{ readinessProbe: { httpGet: { path: "/readyz", port: 8080 } } }] },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    },
  ],
});
