import { setTimeout as delay } from "node:timers/promises";
import type {
  FirewallRule,
  GatewayCertificates,
  GatewayHandle,
  GatewaySettings,
  IngressSource,
} from "../world/contracts";
import { firewall } from "./firewall";
import { answer, authorityOf, GatewayBackend } from "./backend";
import {
  EMPTY_CONFIGURATION,
  type GatewayConfiguration,
  type Listener,
  problemsOf,
} from "../world/gatewayConfiguration";
import { type ClientRequest, type ClientResponse, GatewayFrontend } from "./frontend";
import { IngressController, type IngressControllerSettings } from "./ingressController";
import type { World } from "../world/world";
import { updateSeconds, type UpdateTimes } from "./updateTimes";

export interface GatewayTwinSettings extends GatewaySettings {
  /** How long an update of the configuration takes, in seconds. Default 3; Azure needs 10 to 40. */
  readonly updateSeconds?: number | UpdateTimes;
  /** When within an update the new configuration comes into force, from 0 to 1. Default: random. */
  readonly momentOfForce?: () => number;
  readonly controller?: IngressControllerSettings;
}

/** Answers the requests of one listener. */
type Handler = (request: ClientRequest, response: ClientResponse) => void;

/** Starts a stand-in for an Application Gateway v2 that has no configuration yet. */
export async function startGateway(
  world: Pick<World, "journal">,
  settings: GatewayTwinSettings,
): Promise<Gateway> {
  const gateway = new Gateway(world, settings);
  await gateway.listen();
  return gateway;
}

/**
 * Routes requests by port and host. The configuration changes only as a whole, by one slow PUT after the
 * other, and the traffic goes on with the old one until the new one is in force.
 */
export class Gateway implements GatewayHandle {
  /** Seconds that each update from now on takes. */
  updateSeconds: number | UpdateTimes;

  private readonly frontend: GatewayFrontend;
  private readonly stopped = new AbortController();
  private held: GatewayCertificates;
  private configuration = EMPTY_CONFIGURATION;
  private handlers = new Map<string, Handler>();
  private backends = new Map<string, GatewayBackend>();
  private readonly leaving = new Set<GatewayBackend>();
  private updates: Promise<unknown> = Promise.resolve();
  private failures = { left: 0, reason: "" };
  private controller: IngressController | undefined;
  private rules: readonly FirewallRule[] = [];
  private blocks = firewall(this.rules);

  constructor(
    private readonly world: Pick<World, "journal">,
    private readonly settings: GatewayTwinSettings,
  ) {
    this.updateSeconds = settings.updateSeconds ?? 3;
    this.held = settings.certificates;
    this.frontend = new GatewayFrontend(settings.address, {
      request: (port, request, response) => this.route(port, request, response),
      handshakeFailed: (reason) => this.write("handshake failed", { reason }),
    });
  }

  async listen(): Promise<void> {
    await this.frontend.listen();
    this.write("gateway started", { address: this.settings.address });
  }

  get certificates(): GatewayCertificates {
    return this.held;
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

  /** Makes the next updates fail at their end, with the configuration unchanged. */
  failUpdates(reason: string, updates = Infinity): void {
    this.failures = { left: updates, reason };
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

  reset(certificates: GatewayCertificates): Promise<void> {
    this.write("gateway replaced", { certificates: [...certificates.keys()] });
    this.held = certificates;
    return this.put(EMPTY_CONFIGURATION);
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    this.controller?.stop();
    await this.updates;
    const closed = this.frontend.close();
    await Promise.all([...this.backends.values(), ...this.leaving].map((each) => each.stop()));
    await closed;
    this.write("gateway stopped", {});
  }

  private async update(configuration: GatewayConfiguration): Promise<void> {
    const problems = problemsOf(configuration, this.held.keys());
    if (problems.length > 0) {
      this.write("update refused", { problems });
      throw new Error(`The gateway refuses the configuration: ${problems.join("; ")}.`);
    }
    const failure = this.failures.left > 0 ? this.failures.reason : undefined;
    this.failures.left--;
    const { signal } = this.stopped;
    const seconds = updateSeconds(this.updateSeconds, isSwitch(this.configuration, configuration));
    const milliseconds = seconds * 1000;
    const untilForce = milliseconds * (this.settings.momentOfForce ?? Math.random)();
    this.write("update started", { seconds });
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
    this.handlers = new Map();
    const presented: Parameters<GatewayFrontend["present"]>[0][number][] = [];
    for (const rule of configuration.rules) {
      const { host, port, certificate } = named(configuration.listeners, rule.listener);
      const own = certificate === undefined ? undefined : this.held.get(certificate);
      if (own) {
        presented.push({ host, certificate: own });
      }
      const handler =
        "redirect" in rule
          ? redirectTo(targetOf(configuration, rule.redirect))
          : this.balance(this.backendsOf(configuration, rule.pool, rule.settings, before));
      this.handlers.set(keyOf(port, host), handler);
    }
    this.frontend.present(presented);
    this.configuration = configuration;
    this.write("configuration in force", routing(configuration));
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

  private route(port: number, request: ClientRequest, response: ClientResponse): void {
    const host = hostOf(request);
    const handler = this.handlers.get(keyOf(port, host)) ?? this.handlers.get(keyOf(port, ""));
    if (handler) {
      handler(request, response);
    } else {
      this.fail(response, 404, { host, port, reason: "no listener" });
    }
  }

  /** Takes turns among the healthy members, for whom the firewall lets pass: redirects are past it. */
  private balance(backends: readonly GatewayBackend[]): Handler {
    let turn = 0;
    return (request, response) => {
      const rule = this.blockedBy(request);
      if (rule !== undefined) {
        return this.fail(response, 403, { host: hostOf(request), reason: `firewall: ${rule}` });
      }
      for (let tries = 0; tries < backends.length; tries++) {
        const backend = backends[turn++ % backends.length];
        if (backend?.healthy) {
          void backend.forward(request, response);
          return;
        }
      }
      this.fail(response, 502, { host: hostOf(request), reason: "no healthy member" });
    };
  }

  private blockedBy(request: ClientRequest): string | undefined {
    const rules = this.settings.firewallRules?.() ?? this.rules;
    if (rules !== this.rules) {
      this.rules = rules;
      this.blocks = firewall(rules);
    }
    return this.blocks({
      host: authorityOf(request),
      from: request.socket.remoteAddress ?? "",
    });
  }

  private fail(response: ClientResponse, status: number, detail: Record<string, unknown>): void {
    this.write("request failed", { status, ...detail });
    answer(response, status);
  }

  private write(event: string, detail: Record<string, unknown>): void {
    this.world.journal.write("gateway", event, { gateway: this.settings.name, ...detail });
  }
}

function hostOf(request: ClientRequest): string {
  return authorityOf(request).replace(/:\d+$/, "").toLowerCase();
}

function keyOf(port: number, host: string): string {
  return `${port} ${host}`;
}

function targetOf(configuration: GatewayConfiguration, redirect: string): Listener {
  return named(configuration.listeners, named(configuration.redirects, redirect).target);
}

function redirectTo({ host }: Listener): Handler {
  return (request, response) => {
    const location = `https://${host || hostOf(request)}${request.url ?? "/"}`;
    answer(response, 301, { location });
  };
}

/** Whether a listener that is there already leads to another pool afterwards. */
function isSwitch(before: GatewayConfiguration, after: GatewayConfiguration): boolean {
  return after.rules.some((rule) => {
    const old = before.rules.find(({ listener }) => listener === rule.listener);
    return old !== undefined && "pool" in old && "pool" in rule && old.pool !== rule.pool;
  });
}

/** For the journal: which pool each host leads to, and which hosts are redirected. */
function routing({ listeners, rules }: GatewayConfiguration): Record<string, string[]> {
  const routes: string[] = [];
  const redirects: string[] = [];
  for (const rule of rules) {
    const { host } = named(listeners, rule.listener);
    if ("redirect" in rule) {
      redirects.push(host);
    } else {
      routes.push(`${host} -> ${rule.pool}`);
    }
  }
  return { routes, redirects };
}

/** `problemsOf` has made sure that every reference leads somewhere. */
function named<T extends { readonly name: string }>(items: readonly T[], name: string): T {
  const found = items.find((item) => item.name === name);
  if (!found) {
    throw new Error(`No item ${name} in the gateway's configuration.`);
  }
  return found;
}
