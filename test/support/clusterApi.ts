import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { CertificateAuthority } from "../../twin/world/certificates";
import { closeServer } from "../../twin/world/servers";
import { loopbackAddress } from "./loopback";

export interface ApiPod {
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly status: { readonly phase: string };
}

/** A Deployment as the API says it, as far as proofs read it. */
export interface ApiDeployment {
  metadata: { generation: number; annotations?: Record<string, string> };
  spec: { replicas: number; template: { spec: { containers: object[] } } };
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
 * What proofs ask of a Kubernetes API: pods of one namespace, Deployments by name and their scale.
 * It answers what it was told; no controller works behind it.
 */
export class ClusterApi {
  pods: ApiPod[] = [];
  readonly deployments = new Map<string, ApiDeployment>();
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
    if (method === "GET" && path.startsWith("/api/v1/namespaces/app/pods?")) {
      return { items: this.pods };
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
