import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { closeServer } from "../../world/servers";
import { isUnreadable } from "../arm/access";
import { ArmError, unauthorized } from "../arm/armError";
import type { PlainObject } from "../arm/plain";
import type { Cloud, ResourceType } from "../arm/resourceType";
import { roleAllows } from "../arm/roles";
import { type Answer, AUDIENCES, type Plane, principalOf } from "./answer";
import { DeploymentError, deploymentRoutes } from "./deployments";
import { directoryAnswer } from "./directoryPlane";
import { nameRoutes } from "./names";
import { offerRoutes } from "./offers";
import { openAnswer } from "./openPlane";
import { registryAnswer } from "./registryPlane";
import { resourceRoutes } from "./resources";
import type { Route } from "./route";
import { errorBody, goodSituation, type Situation } from "../arm/situation";
import { subscriptionRoutes } from "./subscriptionReads";

/** Names that the one server answers to, besides its address. */
const NAMES = ["management.azure.com", "graph.microsoft.com", "*.azurecr.io"];

export interface ReadsSettings {
  /** Every type of the table, for what providers offer. */
  readonly types: readonly ResourceType[];
  /** More host names to answer to, as that of an endpoint of events. */
  readonly hosts?: readonly string[];
}

/**
 * What Azure Resource Manager, the directory and registries answer to somebody who only asks, over
 * HTTPS; and an endpoint of events, which Event Grid asks. Everything but the resources themselves is
 * in the cloud's `situation`, to be changed.
 */
export class Reads implements Plane {
  private server: Server | undefined;
  /** Answers that take their time, by where they are to be had. */
  private readonly pending = new Map<string, PlainObject>();
  private readonly routes: readonly Route[];

  private constructor(
    readonly cloud: Cloud,
    /** Where it answers. */
    readonly address: string,
    { types }: ReadsSettings,
  ) {
    this.routes = [
      ...subscriptionRoutes(types),
      ...offerRoutes,
      ...nameRoutes,
      ...deploymentRoutes,
      ...resourceRoutes,
    ];
  }

  static async start(cloud: Cloud, settings: ReadsSettings): Promise<Reads> {
    const { world } = cloud;
    const reads = new Reads(cloud, world.addresses.allocate(), settings);
    const names = [reads.address, ...NAMES, ...(settings.hosts ?? [])];
    const { key, certificate } = await world.authority.issue(names);
    reads.server = createServer({ key, cert: certificate }, (request, response) => {
      void reads.respond(request, response);
    });
    reads.server.listen(443, reads.address);
    await once(reads.server, "listening");
    return reads;
  }

  get situation(): Situation {
    return this.cloud.situation;
  }

  /** All is well again, but for resources. */
  mend(): void {
    this.cloud.situation = goodSituation(this.cloud.subscriptionId);
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    await closeServer(server);
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = Buffer.concat(await request.toArray()).toString();
    const { status, headers, body } = this.answer(request, text);
    response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
    response.end(body && JSON.stringify(body));
  }

  private answer(request: IncomingMessage, text: string): Answer {
    const { method = "GET", headers, url: path = "/" } = request;
    const url = new URL(path, `https://${headers.host}`);
    const { authorization = "" } = headers;
    try {
      return (
        openAnswer(this, method, url) ??
        registryAnswer(this, { method, url, authorization, form: new URLSearchParams(text) }) ??
        directoryAnswer(this, { method, url, authorization }) ??
        this.resourceManager(method, url, authorization, text)
      );
    } catch (error) {
      if (error instanceof ArmError) {
        const { status, armCode } = error;
        const details = error instanceof DeploymentError ? error.details : undefined;
        return { status, body: errorBody(armCode, error.armMessage, details) };
      }
      return { status: 500, body: errorBody("InternalServerError", String(error)) };
    }
  }

  private resourceManager(method: string, url: URL, authorization: string, text: string): Answer {
    const principalId = principalOf(this, authorization, AUDIENCES.resourceManager);
    if (principalId === undefined) {
      const message = "Authentication failed. The 'Authorization' header is missing or invalid.";
      return { status: 401, body: errorBody("AuthenticationFailed", message) };
    }
    const ready = this.pending.get(url.pathname);
    if (ready !== undefined) {
      this.pending.delete(url.pathname);
      return { status: 200, body: ready };
    }
    requireApiVersion(url);
    const { cloud, situation } = this;
    for (const route of this.routes) {
      const found = route.method === method ? route.path.exec(url.pathname) : null;
      if (found === null) {
        continue;
      }
      const parts = { ...found.groups };
      this.requireSubscription(parts["subscriptionId"]);
      this.requireRight(
        principalId,
        typeof route.action === "string" ? route.action : route.action(parts),
        url.pathname,
      );
      const subscription = `/subscriptions/${cloud.subscriptionId}`;
      const body = (text === "" ? {} : JSON.parse(text)) as PlainObject;
      const answer = route.answer({ cloud, situation, url, subscription, parts, body });
      return /\/whatIf$/i.test(url.pathname) ? this.later(answer) : { status: 200, body: answer };
    }
    const message = `The twin has no ${method} ${url.pathname} for Resource Manager.`;
    return { status: 400, body: errorBody("NotInTwin", message) };
  }

  /** An answer that has to be fetched. */
  private later(body: PlainObject): Answer {
    const path = `/operationresults/${this.pending.size + 1}`;
    this.pending.set(path, body);
    const location = `https://${this.address}${path}`;
    return { status: 202, headers: { location, "retry-after": "0" } };
  }

  private requireSubscription(id: string | undefined): void {
    if (id !== undefined && id !== this.cloud.subscriptionId) {
      throw new ArmError(
        404,
        "SubscriptionNotFound",
        `The subscription '${id}' could not be found.`,
      );
    }
  }

  private requireRight(principalId: string, action: string, path: string): void {
    const isDeployer = principalId === this.cloud.deployer.objectId;
    const isAllowed =
      !isUnreadable(this.situation, action, path) &&
      this.situation.roles.some(
        ({ role, scope }) =>
          `${path}/`.toLowerCase().startsWith(`${scope}/`.toLowerCase()) &&
          roleAllows(role, "action", action),
      );
    // Definitions of roles belong to no scope, and everybody may see them.
    if (!(isDeployer && isAllowed) && path.startsWith("/subscriptions/")) {
      throw new ArmError(403, "AuthorizationFailed", unauthorized(principalId, action, path));
    }
  }
}

function requireApiVersion(url: URL): void {
  if (!/^\d{4}-\d\d-\d\d(-preview)?$/.test(url.searchParams.get("api-version") ?? "")) {
    throw new ArmError(
      400,
      "MissingApiVersionParameter",
      "The api-version query parameter (?api-version=) is required for all requests.",
    );
  }
}
