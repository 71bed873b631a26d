import https from "node:https";
import type { AddressInfo } from "node:net";
import type { IncomingMessage, ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { closeServer } from "../../world/servers";
import type { World } from "../../world/world";
import { deleteObject, type Propagation } from "./deletion";
import { groupOf, type Kind, kindAt, resourceName } from "./kinds";
import { ApiError, type KubeObject } from "./objects";
import { hasScale, type Scales } from "./scale";
import { parseSelector } from "./selectors";
import type { ObjectStore } from "./store";
import { type TokenIssuer, API_AUDIENCE } from "./tokens";

const NAMES = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost"];
/** `/api/v1/namespaces/app/pods/a`, `/apis/apps/v1/namespaces/app/deployments/a/scale`. */
const NAMESPACED =
  /^\/(?:api|apis\/[^/]+)\/[^/]+\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+)(?:\/(scale))?)?$/;
/** What is in no namespace: one itself, or `/apis/rbac.authorization.k8s.io/v1/clusterroles/a`. */
const IN_NO_NAMESPACE = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)\/([^/]+)\/([^/]+)$/;
/** All of a kind, in whatever namespace: `/apis/networking.k8s.io/v1/ingresses`. */
const EVERYWHERE = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)\/([^/]+)$/;

/** What a request asks for. */
interface Asked {
  readonly kind: Kind;
  /** Empty for all of them, and for what is in none. */
  readonly namespace: string;
  /** Undefined for all objects of the kind. */
  readonly name: string | undefined;
  readonly subresource: "scale" | undefined;
  readonly verb: "get" | "list" | "patch" | "delete";
}

/** Answers whether somebody with an Entra token may administer the cluster. */
export type Administrators = (token: string) => boolean;

/** The one kind of patch that the twin knows. */
const MERGE_PATCH = "application/merge-patch+json";

/**
 * The part of the Kubernetes API that pods and commands use, over HTTPS: namespaced objects are
 * read, deleted and scaled by the cluster's administrators, and by service accounts as far as
 * their roles allow it.
 */
export class ApiServer {
  private server: https.Server | undefined;

  constructor(
    private readonly world: World,
    private readonly store: ObjectStore,
    private readonly tokens: TokenIssuer,
    private readonly scales: Scales,
    private readonly isAdministrator: Administrators,
    readonly address: string,
  ) {}

  async start(port: number): Promise<void> {
    const { key, certificate } = await this.world.authority.issue([this.address, ...NAMES]);
    const server = https.createServer(
      { key, cert: certificate },
      (request, response) => void this.handle(request, response),
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
    await closeServer(this.server);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      send(response, 200, await this.answer(request));
    } catch (error) {
      const known = error instanceof ApiError;
      const { message, reason, code } = known
        ? error
        : new ApiError((error as Error).message, 500, "InternalError");
      const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" };
      send(response, code, { ...status, message, reason, code });
    }
  }

  private async answer(request: IncomingMessage): Promise<object> {
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
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const administrator = this.isAdministrator(token);
    const subject = administrator ? "administrator" : this.authenticate(token);
    const asked = askedFor(pathname, request.method);
    if (!administrator) {
      this.authorize(subject, asked);
    }
    const { kind, namespace, name, subresource, verb } = asked;
    const { apiVersion } = kind;
    if (name === undefined) {
      const selected = parseSelector(searchParams.get("labelSelector") ?? "");
      const items = this.store
        .list(kind, namespace || undefined)
        .filter(({ metadata }) => selected(metadata.labels ?? {}));
      return { kind: `${kind.kind}List`, apiVersion, metadata: {}, items };
    }
    const ref = { apiVersion, kind: kind.kind, namespace, name };
    if (subresource === "scale") {
      return verb === "get"
        ? this.scales.read(ref)
        : this.scales.patch(ref, await patchOf(request), managerOf(request, searchParams));
    }
    const object = this.store.require(ref);
    if (verb === "delete") {
      await deleteObject(this.store, ref, propagationOf(searchParams));
    }
    return object;
  }

  private authenticate(token: string): string {
    const subject = this.tokens.subject(token, API_AUDIENCE);
    if (subject === undefined) {
      throw new ApiError("Unauthorized", 401, "Unauthorized");
    }
    return subject;
  }

  private authorize(subject: string, asked: Asked): void {
    const { kind, namespace, name, verb } = asked;
    const binding = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding" };
    const allowed = this.store
      .list(binding, namespace)
      .filter((found) => binds(found, subject))
      .some((found) => this.grants(found, asked));
    if (!allowed) {
      const object = name === undefined ? "" : ` "${name}"`;
      const text =
        `${resourceName(kind)}${object} is forbidden: User "${subject}" cannot ${verb} resource ` +
        `"${resourceOf(asked)}" in API group "${groupOf(kind)}" in the namespace "${namespace}"`;
      throw new ApiError(text, 403, "Forbidden");
    }
  }

  private grants(binding: KubeObject, asked: Asked): boolean {
    const { name, kind } = binding.roleRef as { kind: string; name: string };
    const role = this.store.get({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind,
      namespace: asked.namespace,
      name,
    });
    return ((role?.rules ?? []) as Rule[]).some((rule) => allows(rule, asked));
  }
}

/** A rule of a Role. */
interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Left out for all objects; else a request without a name is none of theirs. */
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

function allows({ apiGroups, resources, resourceNames = [], verbs }: Rule, asked: Asked): boolean {
  const has = (list: readonly string[], ...items: readonly string[]) =>
    ["*", ...items].some((item) => list.includes(item));
  const { kind, name, subresource, verb } = asked;
  return (
    has(apiGroups, groupOf(kind)) &&
    has(resources, resourceOf(asked), ...(subresource ? [`*/${subresource}`] : [])) &&
    (resourceNames.length === 0 || (name !== undefined && resourceNames.includes(name))) &&
    has(verbs, verb)
  );
}

/** `deployments`, `deployments/scale`. */
function resourceOf({ kind, subresource }: Asked): string {
  return subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`;
}

const VERBS: Readonly<Record<string, "get" | "patch" | "delete">> = {
  GET: "get",
  PATCH: "patch",
  DELETE: "delete",
};

function askedFor(pathname: string, method = ""): Asked {
  const everywhere = EVERYWHERE.exec(pathname);
  const alone = everywhere ?? IN_NO_NAMESPACE.exec(pathname);
  const [, namespace = "", plural = "", name, part] =
    NAMESPACED.exec(pathname) ?? alone?.with(1, "") ?? [];
  const base = alone?.[1] ?? pathname.slice(0, pathname.indexOf("/namespaces/"));
  const found = kindAt(base, plural);
  const kind = everywhere || found?.namespaced === (alone === null) ? found : undefined;
  const subresource = part === "scale" ? part : undefined;
  const single = VERBS[method];
  const verb = name === undefined && single === "get" ? "list" : single;
  if (
    kind === undefined ||
    verb === undefined ||
    (name === undefined && verb !== "list") ||
    (subresource === undefined ? verb === "patch" : verb === "delete" || !hasScale(kind))
  ) {
    throw new ApiError("the server could not find the requested resource", 404, "NotFound");
  }
  return { kind, namespace, name, subresource, verb };
}

async function patchOf(request: IncomingMessage): Promise<unknown> {
  const [type] = (request.headers["content-type"] ?? "").split(";");
  if (type !== MERGE_PATCH) {
    const text =
      "the body of the request was in an unknown format - accepted media types include: " +
      MERGE_PATCH;
    throw new ApiError(text, 415, "UnsupportedMediaType");
  }
  try {
    return await json(request);
  } catch (error) {
    throw new ApiError(`error decoding patch: ${(error as Error).message}`, 400, "BadRequest");
  }
}

/** Whose the fields of a patch are: as the client calls itself. */
function managerOf({ headers }: IncomingMessage, query: URLSearchParams): string {
  const unknown = [...query.keys()].find((key) => key !== "fieldManager");
  if (unknown !== undefined) {
    throw new ApiError(`the twin does not know ${unknown} of a patch`, 400, "BadRequest");
  }
  return query.get("fieldManager") ?? (headers["user-agent"] ?? "").split("/")[0]!;
}

/** As in the query of a delete; the server's own default for Jobs is to keep their pods. */
function propagationOf(query: URLSearchParams): Propagation {
  const policy = query.get("propagationPolicy") ?? "Background";
  if (policy !== "Background" && policy !== "Foreground") {
    throw new ApiError(`invalid DeleteOptions: propagationPolicy "${policy}"`, 400, "BadRequest");
  }
  return policy;
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
