import type { GatewayCertificates, IngressSource } from "../world/contracts";
import type {
  BackendPool,
  GatewayConfiguration,
  HealthProbe,
  HttpSettings,
  Listener,
  Redirect,
  Rule,
} from "../world/gatewayConfiguration";
import { readAnnotations, type IngressAnnotations } from "./ingressAnnotations";
import {
  type BackendName,
  DEFAULT_POOL,
  listenerName,
  poolName,
  probeName,
  redirectName,
  ruleName,
  settingsName,
} from "./ingressNames";

/** The class of AGIC as a field of the spec, and as the older annotation, which wins over the field. */
const CLASS_NAME = "azure-application-gateway";
const CLASS_ANNOTATION = "kubernetes.io/ingress.class";
const CLASS_ANNOTATION_VALUE = "azure/application-gateway";

/** Defaults of AGIC where a pod has no HTTP probe. */
const DEFAULT_PROBE = { path: "/", periodSeconds: 30, timeoutSeconds: 30, failureThreshold: 3 };
/** Defaults of Kubernetes for what a pod's probe leaves out. */
const POD_PROBE_DEFAULTS = { timeoutSeconds: 1, failureThreshold: 3 };
/** Azure takes no higher threshold, so AGIC cuts a pod's down to this. */
const MAXIMUM_UNHEALTHY_THRESHOLD = 20;

/** The parts of an Ingress (`networking.k8s.io/v1`) that are looked at. */
interface Ingress {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly ingressClassName?: string;
    readonly defaultBackend?: unknown;
    readonly tls?: readonly unknown[];
    readonly rules?: readonly IngressRule[];
  };
}

interface IngressRule {
  readonly host?: string;
  readonly http?: {
    readonly paths?: readonly { readonly path?: string; readonly backend?: IngressBackend }[];
  };
}

interface IngressBackend {
  readonly service?: {
    readonly name: string;
    readonly port?: { readonly number?: number; readonly name?: string };
  };
}

export interface BuiltConfiguration {
  readonly configuration: GatewayConfiguration;
  /** What the Ingress objects ask for and do not get. */
  readonly refusals: readonly string[];
}

/**
 * Builds what AGIC would PUT for all Ingress objects of a cluster.
 *
 * @param certificates what the gateway has, by name
 */
export function buildConfiguration(
  source: IngressSource,
  certificates: GatewayCertificates,
): BuiltConfiguration {
  const builder = new Builder(source, certificates);
  const ingresses = (source.ingresses() as unknown as readonly Ingress[]).filter(isOfClass);
  for (const ingress of ingresses) {
    builder.add(ingress);
  }
  return builder.result();
}

function isOfClass({ metadata, spec }: Ingress): boolean {
  const annotation = metadata.annotations?.[CLASS_ANNOTATION];
  return annotation ? annotation === CLASS_ANNOTATION_VALUE : spec?.ingressClassName === CLASS_NAME;
}

class Builder {
  private readonly hosts = new Set<string>();
  private readonly listeners = new Map<string, Listener>();
  private readonly rules = new Map<string, Rule>();
  private readonly redirects = new Map<string, Redirect>();
  private readonly pools = new Map<string, BackendPool>();
  private readonly settings = new Map<string, HttpSettings>();
  private readonly probes = new Map<string, HealthProbe>();
  private readonly refusals: string[] = [];

  constructor(
    private readonly source: IngressSource,
    private readonly certificates: GatewayCertificates,
  ) {
    this.pools.set(DEFAULT_POOL, { name: DEFAULT_POOL, members: [] });
  }

  result(): BuiltConfiguration {
    return {
      configuration: {
        listeners: sorted(this.listeners),
        rules: sorted(this.rules),
        redirects: sorted(this.redirects),
        pools: sorted(this.pools),
        settings: sorted(this.settings),
        probes: sorted(this.probes),
      },
      refusals: this.refusals,
    };
  }

  add(ingress: Ingress): void {
    const namespace = ingress.metadata.namespace ?? "default";
    const refuse = (reason: string): void => {
      this.refusals.push(`Ingress ${namespace}/${ingress.metadata.name}: ${reason}`);
    };
    if (ingress.spec?.defaultBackend !== undefined) {
      refuse("a defaultBackend is not known to the twin");
    }
    if (ingress.spec?.tls?.length) {
      refuse("the twin knows no TLS with a certificate of the cluster");
    }
    const annotations = readAnnotations(ingress.metadata.annotations ?? {}, refuse);
    if (this.isPruned(annotations, refuse)) {
      return;
    }
    for (const rule of ingress.spec?.rules ?? []) {
      this.addRule(namespace, ingress.metadata.name, annotations, rule, refuse);
    }
  }

  /** Whether AGIC ignores the whole Ingress because of its certificate (`pkg/controller/prune.go`). */
  private isPruned(
    { certificate, sslRedirect }: IngressAnnotations,
    refuse: (reason: string) => void,
  ): boolean {
    if (sslRedirect && !certificate) {
      refuse("ignored, as ssl-redirect needs the annotation appgw-ssl-certificate");
      return true;
    }
    if (certificate !== undefined && !this.certificates.has(certificate)) {
      const names = [...this.certificates.keys()].join(", ") || "none";
      refuse(`ignored, as the gateway has no certificate '${certificate}' (it has: ${names})`);
      return true;
    }
    return false;
  }

  private addRule(
    namespace: string,
    ingress: string,
    annotations: IngressAnnotations,
    rule: IngressRule,
    refuse: (reason: string) => void,
  ): void {
    const host = (rule.host ?? "").toLowerCase();
    const shown = host || "(any host)";
    const [path, ...others] = rule.http?.paths ?? [];
    const service = path?.backend?.service;
    const port = service?.port?.name ?? service?.port?.number;
    if (path === undefined || service === undefined || port === undefined) {
      refuse(`${shown}: the rule has no path with a Service and its port`);
    } else if (others.length > 0 || !["", "/", "/*"].includes(path.path ?? "")) {
      refuse(`${shown}: the twin knows one path per host, which is /`);
    } else if (host.includes("*")) {
      refuse(`${shown}: the twin knows no wildcard hosts`);
    } else if (this.hosts.has(host)) {
      refuse(`${shown}: another rule has this host already`);
    } else {
      const name = { namespace, ingress, service: service.name, port: String(port) };
      this.addListeners(host, annotations, this.addBackend(name, host, port, annotations, refuse));
    }
  }

  /** With a certificate port 443 serves, and port 80 redirects to it or does not exist. */
  private addListeners(
    host: string,
    { certificate, sslRedirect }: IngressAnnotations,
    backend: { pool: string; settings: string },
  ): void {
    this.hosts.add(host);
    const add = (
      port: Listener["port"],
      to: { pool: string; settings: string } | { redirect: string },
    ): string => {
      const name = listenerName(port, host);
      const rule = ruleName(port, host);
      const own = port === 443 ? certificate : undefined;
      this.listeners.set(name, { name, host, port, certificate: own });
      this.rules.set(rule, { name: rule, listener: name, ...to });
      return name;
    };
    if (certificate === undefined) {
      add(80, backend);
      return;
    }
    const target = add(443, backend);
    if (sslRedirect) {
      const redirect = redirectName(target);
      this.redirects.set(redirect, { name: redirect, target });
      add(80, { redirect });
    }
  }

  private addBackend(
    name: BackendName,
    host: string,
    port: number | string,
    annotations: IngressAnnotations,
    refuse: (reason: string) => void,
  ): { pool: string; settings: string } {
    const members = this.source.members(name.namespace, name.service, port) ?? [];
    const [first] = members;
    const targetPort =
      this.source.targetPort(name.namespace, name.service, port) ??
      first?.port ??
      (typeof port === "number" ? port : 80);
    const pool = first ? poolName(name, targetPort) : DEFAULT_POOL;
    this.pools.set(pool, { name: pool, members: inOrder(members) });

    const probe = this.probeFor(name, host, annotations);
    const earlier = this.probes.get(probe.name);
    if (earlier !== undefined && earlier.host !== probe.host) {
      refuse(
        `the hosts ${earlier.host} and ${probe.host} share the probe ${probe.name}, and AGIC takes ` +
          "either name by chance; set the annotation appgw.ingress.kubernetes.io/health-probe-hostname",
      );
    }
    this.probes.set(probe.name, earlier ?? probe);

    const settings = settingsName(name, targetPort);
    const { backendHost: hostName, drainingSeconds, requestTimeoutSeconds } = annotations;
    this.settings.set(settings, {
      name: settings,
      probe: probe.name,
      requestTimeoutSeconds,
      drainingSeconds,
      ...(hostName !== undefined && { hostName }),
    });
    return { pool, settings };
  }

  private probeFor(name: BackendName, host: string, annotations: IngressAnnotations): HealthProbe {
    const podProbe = this.source.probe(name.namespace, name.service);
    const probe = podProbe ? { ...POD_PROBE_DEFAULTS, ...podProbe } : DEFAULT_PROBE;
    const port = annotations.probePort ?? podProbe?.port;
    return {
      name: probeName(name),
      host: annotations.probeHost ?? annotations.backendHost ?? (host || "localhost"),
      ...(port !== undefined && { port }),
      path: annotations.probePath ?? probe.path,
      intervalSeconds: annotations.probeIntervalSeconds ?? probe.periodSeconds,
      timeoutSeconds: annotations.probeTimeoutSeconds ?? probe.timeoutSeconds,
      unhealthyThreshold:
        annotations.probeUnhealthyThreshold ??
        Math.min(probe.failureThreshold, MAXIMUM_UNHEALTHY_THRESHOLD),
      statusCodes: annotations.probeStatusCodes,
    };
  }
}

function sorted<T extends { readonly name: string }>(items: ReadonlyMap<string, T>): T[] {
  return [...items.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The order in which a cluster lists members means nothing, so it must not look like a change. */
function inOrder<T extends { readonly address: string; readonly port: number }>(
  members: readonly T[],
): T[] {
  const key = ({ address, port }: T) => `${address}:${port}`;
  return [...members].sort((one, other) => (key(one) < key(other) ? -1 : 1));
}
