import https from "node:https";
import type { AddressInfo } from "node:net";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { World } from "../world";
import { ApiError, type KubeObject } from "./objects";
import { parseSelector } from "./selectors";
import type { ObjectStore } from "./store";
import type { TokenIssuer } from "./tokens";
import { API_AUDIENCE } from "./volumes";

const NAMES = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost"];
const PODS = /^\/api\/v1\/namespaces\/([^/]+)\/pods(?:\/([^/]+))?$/;

/** The part of the Kubernetes API that pods use, over HTTPS, for service accounts. */
export class ApiServer {
  private server: https.Server | undefined;

  constructor(
    private readonly world: World,
    private readonly store: ObjectStore,
    private readonly tokens: TokenIssuer,
    readonly address: string,
  ) {}

  async start(port: number): Promise<void> {
    const { key, certificate } = await this.world.authority.issue([this.address, ...NAMES]);
    const server = https.createServer({ key, cert: certificate }, (request, response) =>
      this.handle(request, response),
    );
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, this.address, resolve);
    });
  }

  get port(): number {
    return (this.server?.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (server?.listening) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  private handle(request: IncomingMessage, response: ServerResponse): void {
    try {
      send(response, 200, this.answer(request));
    } catch (error) {
      const known = error instanceof ApiError;
      const { message, reason, code } = known
        ? error
        : new ApiError((error as Error).message, 500, "InternalError");
      const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" };
      send(response, code, { ...status, message, reason, code });
    }
  }

  private answer(request: IncomingMessage): object {
    const { pathname, searchParams } = new URL(request.url ?? "/", "https://kubernetes");
    const { issuer } = this.tokens;
    switch (pathname) {
      case "/version":
        return { major: "1", minor: "34", gitVersion: "v1.34.2", platform: "linux/amd64" };
      case "/.well-known/openid-configuration":
        return {
          issuer,
          jwks_uri: `https://${this.address}:${this.port}/openid/v1/jwks`,
          response_types_supported: ["id_token"],
          subject_types_supported: ["public"],
          id_token_signing_alg_values_supported: ["RS256"],
        };
      case "/openid/v1/jwks":
        return this.tokens.keys();
    }
    const subject = this.authenticate(request);
    const [match, namespace = "", name] = PODS.exec(pathname) ?? [];
    if (match === undefined || request.method !== "GET") {
      throw new ApiError("the server could not find the requested resource", 404, "NotFound");
    }
    this.authorize(subject, namespace, name === undefined ? "list" : "get");
    if (name !== undefined) {
      return this.store.require({ apiVersion: "v1", kind: "Pod", namespace, name });
    }
    const selected = parseSelector(searchParams.get("labelSelector") ?? "");
    const items = this.store
      .list({ apiVersion: "v1", kind: "Pod" }, namespace)
      .filter((pod) => selected(pod.metadata.labels ?? {}));
    return { kind: "PodList", apiVersion: "v1", metadata: {}, items };
  }

  private authenticate(request: IncomingMessage): string {
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const subject = token === undefined ? undefined : this.tokens.subject(token, API_AUDIENCE);
    if (subject === undefined) {
      throw new ApiError("Unauthorized", 401, "Unauthorized");
    }
    return subject;
  }

  private authorize(subject: string, namespace: string, verb: "get" | "list"): void {
    const kind = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding" };
    const allowed = this.store
      .list(kind, namespace)
      .filter((binding) => binds(binding, subject))
      .some((binding) => this.grants(binding, namespace, verb));
    if (!allowed) {
      const text = `pods is forbidden: User "${subject}" cannot ${verb} resource "pods" in API group "" in the namespace "${namespace}"`;
      throw new ApiError(text, 403, "Forbidden");
    }
  }

  private grants(binding: KubeObject, namespace: string, verb: string): boolean {
    const { kind, name } = binding.roleRef as { kind: string; name: string };
    const role = this.store.get({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind,
      namespace,
      name,
    });
    const rules = (role?.rules ?? []) as Record<"apiGroups" | "resources" | "verbs", string[]>[];
    const has = (list: string[], item: string) => list.includes(item) || list.includes("*");
    return rules.some(
      (rule) => has(rule.apiGroups, "") && has(rule.resources, "pods") && has(rule.verbs, verb),
    );
  }
}

function binds(binding: KubeObject, subject: string): boolean {
  const subjects = (binding.subjects ?? []) as { kind: string; name: string; namespace: string }[];
  return subjects.some(
    (s) =>
      s.kind === "ServiceAccount" && subject === `system:serviceaccount:${s.namespace}:${s.name}`,
  );
}

function send(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
