/** Takes the requests for one host on one port. */
export interface Listener {
  readonly name: string;
  /** Host name in lower case; empty for requests that no other listener of the port takes. */
  readonly host: string;
  readonly port: 80 | 443;
  /** Name of one of the gateway's certificates, on port 443. */
  readonly certificate: string | undefined;
}

/** Sends what a listener takes to one pool, with one set of HTTP settings, or redirects it. */
export type Rule = { readonly name: string; readonly listener: string } & (
  { readonly pool: string; readonly settings: string } | { readonly redirect: string }
);

/** A permanent redirect (301) to another listener, with path and query. */
export interface Redirect {
  readonly name: string;
  readonly target: string;
}

/** A member of a gateway's backend pool. */
export interface PoolMember {
  readonly address: string;
  readonly port: number;
}

export interface BackendPool {
  readonly name: string;
  readonly members: readonly PoolMember[];
}

export interface HttpSettings {
  readonly name: string;
  readonly probe: string;
  readonly requestTimeoutSeconds: number;
  /** How long requests of a removed member may take to finish; undefined when draining is off. */
  readonly drainingSeconds: number | undefined;
  /** What members see as the Host of a request; undefined for the client's. */
  readonly hostName?: string;
}

export interface HealthProbe {
  readonly name: string;
  readonly host: string;
  readonly path: string;
  /** Undefined for the port of the HTTP settings. */
  readonly port?: number;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly unhealthyThreshold: number;
  /** Single codes (`200`) and ranges (`200-399`). */
  readonly statusCodes: readonly string[];
}

/** What a PUT of an Application Gateway holds: everything, always. */
export interface GatewayConfiguration {
  readonly listeners: readonly Listener[];
  readonly rules: readonly Rule[];
  readonly redirects: readonly Redirect[];
  readonly pools: readonly BackendPool[];
  readonly settings: readonly HttpSettings[];
  readonly probes: readonly HealthProbe[];
}

export const EMPTY_CONFIGURATION: GatewayConfiguration = {
  listeners: [],
  rules: [],
  redirects: [],
  pools: [],
  settings: [],
  probes: [],
};

const MAXIMUM_NAME_LENGTH = 80;
const DAY_IN_SECONDS = 86_400;

/**
 * Everything for which Azure would refuse the whole PUT; empty when it would take it.
 *
 * @param certificates names of the gateway's certificates
 */
export function problemsOf(
  configuration: GatewayConfiguration,
  certificates: Iterable<string>,
): string[] {
  const { listeners, rules, redirects, pools, settings, probes } = configuration;
  const known = [...certificates].map((name) => ({ name }));
  return [
    ...repeated("host and port of a listener", listeners, ({ host, port }) => `${host}:${port}`),
    ...repeated("name of a listener", listeners, (listener) => listener.name),
    ...repeated("name of a rule", rules, (rule) => rule.name),
    ...repeated("listener of a rule", rules, (rule) => rule.listener),
    ...repeated("name of a redirect", redirects, (redirect) => redirect.name),
    ...repeated("name of a pool", pools, (pool) => pool.name),
    ...repeated("name of HTTP settings", settings, (item) => item.name),
    ...repeated("name of a probe", probes, (probe) => probe.name),
    ...[...listeners, ...rules, ...redirects, ...pools, ...settings, ...probes]
      .filter((item) => item.name.length > MAXIMUM_NAME_LENGTH)
      .map((item) => `the name ${item.name} is longer than ${MAXIMUM_NAME_LENGTH} characters`),
    ...listeners.flatMap(({ name, port, certificate }) =>
      certificate !== undefined
        ? missing(name, "certificate", certificate, known)
        : port === 443
          ? [`${name}: a listener on port 443 needs a certificate`]
          : [],
    ),
    ...rules.flatMap((rule) => [
      ...missing(rule.name, "listener", rule.listener, listeners),
      ...("redirect" in rule
        ? missing(rule.name, "redirect", rule.redirect, redirects)
        : [
            ...missing(rule.name, "pool", rule.pool, pools),
            ...missing(rule.name, "HTTP settings", rule.settings, settings),
          ]),
    ]),
    ...redirects.flatMap(({ name, target }) => missing(name, "listener", target, listeners)),
    ...settings.flatMap((item) => [
      ...missing(item.name, "probe", item.probe, probes),
      ...outside(item.name, "request timeout", item.requestTimeoutSeconds, 1, DAY_IN_SECONDS),
      ...outside(item.name, "draining timeout", item.drainingSeconds ?? 1, 1, 3600),
    ]),
    ...probes.flatMap((item) => [
      ...outside(item.name, "interval", item.intervalSeconds, 1, DAY_IN_SECONDS),
      ...outside(item.name, "timeout", item.timeoutSeconds, 1, DAY_IN_SECONDS),
      ...outside(item.name, "unhealthy threshold", item.unhealthyThreshold, 1, 20),
      ...(item.path.startsWith("/")
        ? []
        : [`${item.name}: the path ${item.path} needs a leading /`]),
      ...item.statusCodes
        .filter((code) => rangeOf(code) === undefined)
        .map((code) => `${item.name}: ${code} is neither a status code nor a range of them`),
    ]),
  ];
}

/** Whether a probe takes an answer with this status as healthy. */
export function accepts(probe: HealthProbe, status: number): boolean {
  return probe.statusCodes.some((code) => {
    const range = rangeOf(code);
    return range !== undefined && status >= range[0] && status <= range[1];
  });
}

function rangeOf(code: string): [number, number] | undefined {
  const match = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(code);
  return match ? [Number(match[1]), Number(match[2] ?? match[1])] : undefined;
}

function repeated<T>(what: string, items: readonly T[], key: (item: T) => string): string[] {
  const keys = items.map(key);
  return [...new Set(keys.filter((each, index) => keys.indexOf(each) !== index))].map(
    (each) => `the ${what} ${each} is used twice`,
  );
}

function missing(
  owner: string,
  what: string,
  name: string,
  items: readonly { name: string }[],
): string[] {
  return items.some((item) => item.name === name)
    ? []
    : [`${owner} refers to the ${what} ${name}, which the gateway does not have`];
}

function outside(
  owner: string,
  what: string,
  value: number,
  least: number,
  most: number,
): string[] {
  return Number.isInteger(value) && value >= least && value <= most
    ? []
    : [`${owner}: the ${what} is a whole number from ${least} to ${most}, not ${value}`];
}
