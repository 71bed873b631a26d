import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { CertificateAuthority } from "../../twin/world/certificates";
import { closeServer } from "../../twin/world/servers";
import { loopbackAddress } from "./loopback";

export interface ApiPodSpec {
  containers: object[];
  initContainers?: object[];
  volumes?: object[];
}

export interface ApiPod {
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly name: string }[];
  };
  readonly spec: ApiPodSpec;
  readonly status: { readonly phase: string; readonly conditions?: readonly object[] };
}

/** What a pod, or the template of a Deployment, reads. */
export const mounting = (secretProviderClass: string): ApiPodSpec => ({
  containers: [{}],
  volumes: [
    {
      name: "secrets",
      csi: {
        driver: "secrets-store.csi.k8s.io",
        volumeAttributes: { secretProviderClass },
      },
    },
  ],
});

/** What a ready pod says of itself. */
export const READY = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };

/** A Deployment as the API says it, as far as proofs read it. */
export interface ApiDeployment {
  metadata: { generation: number; annotations?: Record<string, string> };
  spec: { replicas: number; template: { spec: ApiPodSpec } };
  status: Record<string, number>;
}

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly contentType: string;
  readonly body: string;
}

/**
 * What proofs ask of a Kubernetes API: pods of one namespace by their labels, Jobs and CronJobs, Deployments
 * by name and their scale, SecretProviderClasses and Ingresses. It answers what it was told; no controller works
 * behind it.
 */
export class ClusterApi {
  pods: ApiPod[] = [];
  jobs: object[] = [];
  cronJobs: object[] = [];
  readonly deployments = new Map<string, ApiDeployment>();
  /** SecretProviderClasses and Ingresses by their names. */
  readonly objects = new Map<string, object>();
  /** What every request is answered with. */
  status = 200;
  readonly asked: ApiRequest[] = [];
  readonly server: Server;

  private constructor(
    /** What a proof is told about it. */
    readonly environment: Readonly<Record<string, string>>,
    identity: { key: string; cert: string },
  ) {
    this.server = createServer(identity, (request, response) => {
      const { method = "", url: path = "", headers } = request;
      const { authorization = "", "content-type": contentType = "" } = headers;
      void text(request).then((body) => {
        const answer = this.answer(method, path, body);
        this.asked.push({ method, path, authorization, contentType, body });
        response
          .writeHead(answer === undefined ? 404 : this.status)
          .end(JSON.stringify(answer ?? {}));
      });
    });
  }

  static async start(directory: string, authority: CertificateAuthority): Promise<ClusterApi> {
    const address = loopbackAddress();
    const { key, certificate: cert } = await authority.issue([address]);
    const tokenFile = join(directory, "token");
    await writeFile(tokenFile, "first-token\n");
    const environment = {
      NAMESPACE: "app",
      KUBERNETES_URL: `https://${address}:6443`,
      TOKEN_FILE: tokenFile,
      CA_FILE: authority.file,
    };
    const api = new ClusterApi(environment, { key, cert });
    api.server.listen(6443, address);
    await once(api.server, "listening");
    return api;
  }

  stop(): Promise<void> {
    return closeServer(this.server);
  }

  private answer(method: string, path: string, body: string): object | undefined {
    const { pathname, searchParams } = new URL(path, "https://kubernetes");
    if (method === "GET" && pathname === "/api/v1/namespaces/app/pods") {
      const wanted = searchParams.get("labelSelector")?.split(",") ?? [];
      return {
        items: this.pods.filter(({ metadata: { labels = {} } }) =>
          wanted.every((label) => labels[label.split("=")[0]!] === label.split("=")[1]),
        ),
      };
    }
    const batch = "/apis/batch/v1/namespaces/app";
    if (method === "GET" && pathname === `${batch}/jobs`) {
      return { items: this.jobs };
    }
    if (method === "GET" && pathname === `${batch}/cronjobs`) {
      return { items: this.cronJobs };
    }
    const [, object] =
      /^\/apis\/[^/]+\/v1\/namespaces\/app\/(?:secretproviderclasses|ingresses)\/([^/]+)$/.exec(
        path,
      ) ?? [];
    if (method === "GET" && object !== undefined) {
      return this.objects.get(object);
    }
    const [, name = "", scale] =
      /^\/apis\/apps\/v1\/namespaces\/app\/deployments\/([^/]+)(\/scale)?$/.exec(path) ?? [];
    const deployment = this.deployments.get(name);
    if (method === "PATCH" && scale !== undefined && deployment !== undefined) {
      const { spec } = JSON.parse(body) as { spec: { replicas: number } };
      deployment.spec.replicas = spec.replicas;
      return { spec };
    }
    return method === "GET" && scale === undefined ? deployment : undefined;
  }
}
