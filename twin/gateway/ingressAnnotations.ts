/** The annotations of an Ingress that the twin's AGIC knows, read as AGIC reads them. */
export interface IngressAnnotations {
  /** Name of a certificate of the gateway, an empty one included. */
  readonly certificate: string | undefined;
  readonly sslRedirect: boolean;
  readonly drainingSeconds: number | undefined;
  readonly requestTimeoutSeconds: number;
  readonly probeHost: string | undefined;
  readonly probePath: string | undefined;
  readonly probePort: number | undefined;
  readonly backendHost: string | undefined;
  readonly probeIntervalSeconds: number | undefined;
  readonly probeTimeoutSeconds: number | undefined;
  readonly probeUnhealthyThreshold: number | undefined;
  readonly probeStatusCodes: readonly string[];
}

const PREFIX = "appgw.ingress.kubernetes.io/";
const DEFAULT_SECONDS = 30;
const LAST_PORT = 65_535;
const DEFAULT_STATUS_CODES = ["200-399"];

/** The spellings of Go's `strconv.ParseBool`. */
const TRUE = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const FALSE = new Set(["0", "f", "F", "false", "FALSE", "False"]);

/**
 * Reads the annotations of one Ingress. A value that AGIC would ignore with a warning event, and an
 * annotation that the twin does not know, is passed to `refuse`.
 */
export function readAnnotations(
  annotations: Readonly<Record<string, string>>,
  refuse: (reason: string) => void,
): IngressAnnotations {
  const unread = new Map(
    Object.entries(annotations)
      .filter(([key]) => key.startsWith(PREFIX))
      .map(([key, value]) => [key.slice(PREFIX.length), value]),
  );
  const asWritten = (name: string): string | undefined => {
    const value = unread.get(name);
    unread.delete(name);
    return value;
  };
  const text = (name: string) => asWritten(name) || undefined;
  const parsed = <T>(name: string, parse: (value: string) => T | undefined): T | undefined => {
    const value = text(name);
    const result = value === undefined ? undefined : parse(value);
    if (value !== undefined && result === undefined) {
      refuse(`annotation ${PREFIX}${name} does not contain a valid value (${value})`);
    }
    return result;
  };
  const integer = (name: string) =>
    parsed(name, (value) => (/^[+-]?\d+$/.test(value) ? Number(value) : undefined));
  const boolean = (name: string) =>
    parsed(name, (value) => TRUE.has(value) || (FALSE.has(value) ? false : undefined));
  /** AGIC keeps the value of the pod's probe unless the annotation is above zero. */
  const positive = (name: string) => {
    const value = integer(name);
    return value !== undefined && value > 0 ? value : undefined;
  };

  const draining = boolean("connection-draining") ?? false;
  const port = positive("health-probe-port");
  const drainingTimeout = integer("connection-draining-timeout") ?? DEFAULT_SECONDS;
  const result = {
    certificate: asWritten("appgw-ssl-certificate"),
    sslRedirect: boolean("ssl-redirect") ?? false,
    drainingSeconds: draining ? drainingTimeout : undefined,
    requestTimeoutSeconds: integer("request-timeout") ?? DEFAULT_SECONDS,
    probeHost: text("health-probe-hostname"),
    probePath: text("health-probe-path"),
    probePort: port === undefined || port > LAST_PORT ? undefined : port,
    backendHost: asWritten("backend-hostname"),
    probeIntervalSeconds: positive("health-probe-interval"),
    probeTimeoutSeconds: positive("health-probe-timeout"),
    probeUnhealthyThreshold: positive("health-probe-unhealthy-threshold"),
    probeStatusCodes:
      text("health-probe-status-codes")
        ?.split(",")
        .map((code) => code.trim()) ?? DEFAULT_STATUS_CODES,
  };
  for (const name of unread.keys()) {
    refuse(`annotation ${PREFIX}${name} is not known to the twin and has no effect`);
  }
  return result;
}
