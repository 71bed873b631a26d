import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { VaultError, type SecretStore, type SecretVersion } from "./secretStore";
import type { Entra } from "../world/entra";
import { answerSecretRequest, type Collection } from "./routes";
import { closeServer } from "../world/servers";
import type { World } from "../world/world";

const AUDIENCE = "https://vault.azure.net";
const API_VERSIONS = new Set(["7.4", "7.5", "7.6", "2025-07-01", "2026-04-01"]);

/** Who is asked: the vault itself, as pods do, or Azure Resource Manager, as the program does. */
export type VaultPlane = "data" | "management";

export interface VaultSettings {
  /** ARM id. */
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly secrets: SecretStore;
  readonly entra: Entra;
  /** Whether a principal may do something to the vault or to one of its secrets. */
  readonly isAllowed: (principalId: string, dataAction: string, resource: string) => boolean;
}

/** The data plane of a key vault over HTTPS, with its own address and access by role assignment. */
export class Vault {
  private failures: { readonly status: number; readonly plane: VaultPlane | undefined }[] = [];
  private server: Server | undefined;

  private constructor(
    private readonly world: World,
    private readonly settings: VaultSettings,
    private readonly address: string,
  ) {}

  static async start(world: World, settings: VaultSettings): Promise<Vault> {
    const vault = new Vault(world, settings, world.addresses.allocate());
    await vault.listen();
    return vault;
  }

  /** `vaultUri` of the vault, with a slash at the end. */
  get uri(): string {
    return `https://${this.address}/`;
  }

  get secrets(): SecretStore {
    return this.settings.secrets;
  }

  /**
   * Answers the next `count` requests with an error: 429 throttled, 403 refused, 5xx broken.
   *
   * @param plane the requests that it is about; all when not given
   */
  fail(status: number, count: number, plane?: VaultPlane): void {
    this.failures.push(...Array.from({ length: count }, () => ({ status, plane })));
  }

  /** Answers all requests again. */
  mend(): void {
    this.failures = [];
  }

  /** Throws if this request is one of those that are to fail. */
  takeFailure(plane: VaultPlane): void {
    const index = this.failures.findIndex((each) => (each.plane ?? plane) === plane);
    const [found] = index < 0 ? [] : this.failures.splice(index, 1);
    if (found !== undefined) {
      const { status } = found;
      this.world.journal.write("vault", "request failed", {
        vault: this.settings.name,
        plane,
        status,
      });
      throw failure(status);
    }
  }

  /** Starts or goes on answering. */
  async listen(): Promise<void> {
    const { key, certificate } = await this.world.authority.issue([this.address]);
    this.server = createServer({ key, cert: certificate }, (request, response) => {
      void this.answer(request, response);
    });
    this.server.listen(443, this.address);
    await once(this.server, "listening");
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    await closeServer(server);
  }

  /** Reads a secret's value on behalf of a principal. */
  read(principalId: string, name: string, version: string): SecretVersion {
    this.takeFailure("data");
    this.require(principalId, "getSecret/action", name);
    return this.secrets.get(name, version);
  }

  /** Refuses unless a role assignment allows the operation on what is named, or on all of it. */
  require(
    principalId: string,
    operation: string,
    named?: string,
    collection: Collection = "secrets",
  ): void {
    const { id, name, location } = this.settings;
    const action = `Microsoft.KeyVault/vaults/${collection}/${operation}`;
    const resource = named === undefined ? id : `${id}/${collection}/${named}`;
    if (!this.settings.isAllowed(principalId, action, resource)) {
      throw new VaultError(
        403,
        "Forbidden",
        "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny " +
          "assignments or role definitions were changed recently, please observe propagation time." +
          `\r\nCaller: oid=${principalId}\r\nAction: '${action}'\r\nResource: '${resource}'\r\n` +
          `Assignment: (not found)\r\nDecisionReason: null \r\nVault: ${name};location=${location}`,
        "ForbiddenByRbac",
      );
    }
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const principalId = this.settings.entra.verify(
        request.headers.authorization?.replace(/^Bearer /i, "") ?? "",
        AUDIENCE,
      );
      if (principalId === undefined) {
        throw new VaultError(401, "Unauthorized", "AKV10000: Request is missing a Bearer token.");
      }
      this.takeFailure("data");
      const url = new URL(request.url ?? "/", this.uri);
      requireApiVersion(url);
      const body = Buffer.concat(await request.toArray()).toString();
      const answer = answerSecretRequest(this, principalId, {
        method: request.method ?? "GET",
        url,
        body: body === "" ? {} : (JSON.parse(body) as object),
      });
      this.world.journal.write("vault", "request", {
        vault: this.settings.name,
        method: request.method,
        path: url.pathname,
      });
      send(response, answer === undefined ? 204 : 200, answer);
    } catch (error) {
      const refusal = error instanceof VaultError ? error : failure(500);
      if (refusal.status === 401) {
        response.setHeader(
          "www-authenticate",
          `Bearer authorization="${this.settings.entra.authority}", resource="${AUDIENCE}"`,
        );
      }
      if (refusal.status === 429 || refusal.status === 503) {
        response.setHeader("retry-after", "1");
      }
      send(response, refusal.status, refusal.body);
    }
  }
}

function requireApiVersion(url: URL): void {
  const version = url.searchParams.get("api-version");
  if (version === null || !API_VERSIONS.has(version)) {
    throw new VaultError(
      400,
      "BadParameter",
      version === null
        ? "api-version must be specified"
        : `The specified version (${version}) is not recognized. Consider using the latest supported version.`,
    );
  }
}

function failure(status: number): VaultError {
  switch (status) {
    case 403:
      return new VaultError(
        403,
        "Forbidden",
        "Client address is not authorized and caller is not a trusted service.",
        "ForbiddenByFirewall",
      );
    case 429:
      return new VaultError(
        429,
        "Throttled",
        "Request was not processed because too many requests were received.",
      );
    default:
      return new VaultError(status, "InternalServerError", "An internal error occurred.");
  }
}

function send(response: ServerResponse, status: number, body: object | undefined): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
  response.end(body && JSON.stringify(body));
}
