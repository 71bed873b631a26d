import type { PoolMember } from "./contracts";

/** Sends requests for one host to one pool, with one set of HTTP settings. */
export interface Route {
  /** Host name in lower case; empty for requests that no other route takes. */
  readonly host: string;
  readonly pool: string;
  readonly settings: string;
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
}

export interface HealthProbe {
  readonly name: string;
  readonly host: string;
  readonly path: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly unhealthyThreshold: number;
  /** Single codes (`200`) and ranges (`200-399`). */
  readonly statusCodes: readonly string[];
}

/** What a PUT of an Application Gateway holds: everything, always. */
export interface GatewayConfiguration {
  readonly routes: readonly Route[];
  readonly pools: readonly BackendPool[];
  readonly settings: readonly HttpSettings[];
  readonly probes: readonly HealthProbe[];
}

export const EMPTY_CONFIGURATION: GatewayConfiguration = {
  routes: [],
  pools: [],
  settings: [],
  probes: [],
};

const MAXIMUM_NAME_LENGTH = 80;
const DAY_IN_SECONDS = 86_400;

/** Everything for which Azure would refuse the whole PUT; empty when it would take it. */
export function problemsOf(configuration: GatewayConfiguration): string[] {
  const { routes, pools, settings, probes } = configuration;
  return [
    ...repeated("host of a listener", routes, (route) => route.host),
    ...repeated("name of a pool", pools, (pool) => pool.name),
    ...repeated("name of HTTP settings", settings, (item) => item.name),
    ...repeated("name of a probe", probes, (probe) => probe.name),
    ...[...pools, ...settings, ...probes]
      .filter((item) => item.name.length > MAXIMUM_NAME_LENGTH)
      .map((item) => `the name ${item.name} is longer than ${MAXIMUM_NAME_LENGTH} characters`),
    ...routes.flatMap((route) => [
      ...missing(`route ${route.host}`, "pool", route.pool, pools),
      ...missing(`route ${route.host}`, "HTTP settings", route.settings, settings),
    ]),
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
    : [`${owner} refers to the ${what} ${name}, which is not in the configuration`];
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
