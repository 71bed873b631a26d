import type { ActAs, Strategy } from "../plan";

/** How pods get the credential: as a file that the vault's driver mounts, or from a Secret. */
export const DELIVERIES = ["file", "secret"] as const;
export type DeliveryKind = (typeof DELIVERIES)[number];

/** Who writes the Secret of `delivery: secret`: the program, or the vault's driver for a holder of its own. */
export const SECRET_SOURCES = ["program", "vault"] as const;
export type SecretSource = (typeof SECRET_SOURCES)[number];

/** Whether background work may run twice at once, in one slot each. */
export const TWICES = ["allowed", "forbidden"] as const;
export type Twice = (typeof TWICES)[number];

/** The Pod Security Standard that the namespace enforces. */
export const POD_SECURITIES = ["restricted", "baseline"] as const;
export type PodSecurity = (typeof POD_SECURITIES)[number];

/** What a stack's configuration says of its chart, by key; empty texts and 0 say nothing. */
export interface ChartKeys {
  readonly application: string;
  /** How production moves from one credential to the next. */
  readonly strategy: Strategy;
  readonly delivery: DeliveryKind;
  /** `NAME` or `NAME:PORT`, where `{release}` stands for the release's name. */
  readonly service: string;
  readonly probePath?: string | undefined;
  readonly probePort?: number | undefined;
  /** Connections that all pods of a slot together open at most. */
  readonly connections?: number | undefined;
  readonly actAs?: ActAs | undefined;
  readonly twice?: Twice | undefined;
  readonly podSecurity: PodSecurity;
  /** Name of the file with the password. */
  readonly fileName: string;
  /** Keys of the Secret, with the templates of their values. */
  readonly secretKeys: Readonly<Record<string, string>>;
  readonly secretFrom: SecretSource;
}

/** The keys that names of objects depend on. */
export type NamingKeys = Pick<ChartKeys, "application" | "strategy">;

const SERVICE = /^[a-z0-9{}-]+(:\d{1,5})?$/;

/** The problem with a Service as a configuration names it; it follows the key. */
export function serviceProblem(service: string): string | undefined {
  return SERVICE.test(service) ? undefined : `must be NAME or NAME:PORT, not "${service}".`;
}

/** The project's own chart. */
export const OWN_CHART = "charts/app";

/** What holds of a chart of which a configuration says nothing. */
export const CHART_DEFAULTS = {
  strategy: "blueGreen",
  delivery: "file",
  service: "{release}",
  actAs: "readwrite",
  podSecurity: "restricted",
  fileName: "password",
  secretKeys: { password: "${password}" },
  secretFrom: "program",
} as const satisfies Partial<ChartKeys>;

/**
 * The part of a configuration that the contract's verdict depends on, for `contractDigest`. Who writes a
 * Secret is not in it: the same Secret is there before the same pods.
 */
export function declaredKeys({
  strategy,
  delivery,
  service,
  probePath,
  probePort,
  connections,
  actAs,
  twice,
  podSecurity,
  fileName,
  secretKeys,
}: ChartKeys): Readonly<Record<string, unknown>> {
  const sorted = Object.entries(secretKeys).sort(([one], [other]) => (one < other ? -1 : 1));
  const declared = {
    // Contracts from before there was a choice do not say it.
    strategy: strategy !== CHART_DEFAULTS.strategy && strategy,
    delivery,
    service,
    probePath,
    probePort,
    // That both are said counts: stacks of one chart differ in them.
    connections: connections !== undefined && connections > 0,
    actAs: actAs !== undefined,
    twice,
    podSecurity,
    ...(delivery === "file" ? { fileName } : { secretKeys: sorted }),
  };
  return Object.fromEntries(Object.entries(declared).filter(([, value]) => Boolean(value)));
}
