import { once } from "node:events";
import * as http from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { GatewayHandle, IngressSource } from "./contracts";
import { answer, GatewayBackend } from "./gatewayBackend";
import { EMPTY_CONFIGURATION, problemsOf, type GatewayConfiguration } from "./gatewayConfiguration";
import { IngressController, type IngressControllerSettings } from "./ingressController";
import type { World } from "./world";

/** Application Gateway v2 keeps idle client connections this long. */
const CLIENT_KEEP_ALIVE_MS = 75_000;

export interface GatewaySettings {
  readonly name: string;
  /** Loopback address that stands for the public IP; the gateway listens on its port 80. */
  readonly address: string;
  /** How long one update of the configuration takes, in seconds. Default 3; Azure needs 10 to 40. */
  readonly updateSeconds?: number;
  /** When within an update the new configuration comes into force, from 0 to 1. Default: random. */
  readonly momentOfForce?: () => number;
  readonly controller?: IngressControllerSettings;
}

/** Starts a stand-in for an Application Gateway v2 that has no configuration yet. */
export async function startGateway(
  world: Pick<World, "journal">,
  settings: GatewaySettings,
): Promise<Gateway> {
  const gateway = new Gateway(world, settings);
  await gateway.listen();
  return gateway;
}

/**
 * Routes requests by host. The configuration changes only as a whole, by one slow PUT after the
 * other, and the traffic goes on with the old one until the new one is in force.
 */
export class Gateway implements GatewayHandle {
  /** Seconds that each update from now on takes. */
  updateSeconds: number;

  private readonly server = http.createServer((request, response) => this.route(request, response));
  private readonly stopped = new AbortController();
  private configuration = EMPTY_CONFIGURATION;
  private targets = new Map<string, Target>();
  private backends = new Map<string, GatewayBackend>();
  private readonly leaving = new Set<GatewayBackend>();
  private updates: Promise<unknown> = Promise.resolve();
  private failure: string | undefined;
  private controller: IngressController | undefined;

  constructor(
    private readonly world: Pick<World, "journal">,
    private readonly settings: GatewaySettings,
  ) {
    this.updateSeconds = settings.updateSeconds ?? 3;
    this.server.keepAliveTimeout = CLIENT_KEEP_ALIVE_MS;
  }

  async listen(): Promise<void> {
    this.server.listen(80, this.settings.address);
    try {
      await once(this.server, "listening");
    } catch (error) {
      throw new Error(
        `The gateway cannot listen on ${this.settings.address}:80 (${(error as Error).message}). ` +
          "Ports below 1024 need root or the sysctl net.ipv4.ip_unprivileged_port_start=0.",
        { cause: error },
      );
    }
    this.write("gateway started", { address: this.settings.address });
  }

  /** The configuration that requests are routed by at this moment. */
  get inForce(): GatewayConfiguration {
    return this.configuration;
  }

  attach(source: IngressSource): void {
    if (this.controller) {
      throw new Error(`The gateway ${this.settings.name} has an ingress controller already.`);
    }
    this.controller = new IngressController(
      source,
      this,
      this.world.journal,
      this.settings.controller,
    );
  }

  /** Makes the next update fail at its end, with the configuration unchanged. */
  failNextUpdate(reason: string): void {
    this.failure = reason;
  }

  /**
   * Replaces the whole configuration; resolves when the update is complete. Updates that come
   * meanwhile wait for it.
   */
  put(configuration: GatewayConfiguration): Promise<void> {
    const update = this.updates.then(() => this.update(configuration));
    this.updates = update.catch(() => undefined);
    return update;
  }

  reset(): Promise<void> {
    this.write("gateway replaced", {});
    return this.put(EMPTY_CONFIGURATION);
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    this.controller?.stop();
    await this.updates;
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await Promise.all([...this.backends.values(), ...this.leaving].map((each) => each.stop()));
    await closed;
    this.write("gateway stopped", {});
  }

  private async update(configuration: GatewayConfiguration): Promise<void> {
    const problems = problemsOf(configuration);
    if (problems.length > 0) {
      this.write("update refused", { problems });
      throw new Error(`The gateway refuses the configuration: ${problems.join("; ")}.`);
    }
    const failure = this.failure;
    this.failure = undefined;
    const { signal } = this.stopped;
    const milliseconds = this.updateSeconds * 1000;
    const untilForce = milliseconds * (this.settings.momentOfForce ?? Math.random)();
    this.write("update started", { seconds: this.updateSeconds });
    await delay(untilForce, undefined, { signal });
    if (failure === undefined) {
      this.enforce(configuration);
    }
    await delay(milliseconds - untilForce, undefined, { signal });
    if (failure !== undefined) {
      this.write("update failed", { reason: failure });
      throw new Error(failure);
    }
    this.write("update finished", {});
  }

  private enforce(configuration: GatewayConfiguration): void {
    const before = this.backends;
    this.backends = new Map();
    this.targets = new Map();
    for (const { host, pool, settings } of configuration.routes) {
      this.targets.set(host, new Target(this.backendsOf(configuration, pool, settings, before)));
    }
    this.configuration = configuration;
    this.write("configuration in force", {
      routes: configuration.routes.map(({ host, pool }) => `${host} -> ${pool}`),
    });
    for (const [key, backend] of before) {
      if (!this.backends.has(key)) {
        this.leaving.add(backend);
        void backend.remove().finally(() => this.leaving.delete(backend));
      }
    }
  }

  /** The members of a pool under certain settings: those known keep connections and health. */
  private backendsOf(
    configuration: GatewayConfiguration,
    poolName: string,
    settingsName: string,
    known: ReadonlyMap<string, GatewayBackend>,
  ): GatewayBackend[] {
    const pool = named(configuration.pools, poolName);
    const settings = named(configuration.settings, settingsName);
    const probe = named(configuration.probes, settings.probe);
    return pool.members.map((member) => {
      const key = JSON.stringify([poolName, settingsName, member.address, member.port]);
      const backend =
        this.backends.get(key) ??
        known.get(key) ??
        new GatewayBackend(poolName, member, settings, probe, this.world.journal);
      backend.configure(settings, probe);
      this.backends.set(key, backend);
      return backend;
    });
  }

  private route(request: http.IncomingMessage, response: http.ServerResponse): void {
    const host = (request.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
    const target = this.targets.get(host) ?? this.targets.get("");
    const backend = target?.next();
    if (backend) {
      void backend.forward(request, response);
    } else {
      const status = target ? 502 : 404;
      this.write("request failed", {
        status,
        host,
        reason: target ? "no healthy member" : "no route",
      });
      answer(response, status);
    }
  }

  private write(event: string, detail: Record<string, unknown>): void {
    this.world.journal.write("gateway", event, { gateway: this.settings.name, ...detail });
  }
}

/** What a route leads to: takes turns among the healthy members. */
class Target {
  private turn = 0;

  constructor(private readonly backends: readonly GatewayBackend[]) {}

  next(): GatewayBackend | undefined {
    for (let tries = 0; tries < this.backends.length; tries++) {
      const backend = this.backends[this.turn++ % this.backends.length];
      if (backend?.healthy) {
        return backend;
      }
    }
    return undefined;
  }
}

/** `problemsOf` has made sure that every reference leads somewhere. */
function named<T extends { readonly name: string }>(items: readonly T[], name: string): T {
  const found = items.find((item) => item.name === name);
  if (!found) {
    throw new Error(`No item ${name} in the gateway's configuration.`);
  }
  return found;
}
