import * as queries from "../application/alertQueries";

/** 0 wakes people up, 4 is a note. */
export type Severity = 0 | 1 | 2 | 3 | 4;

interface Common {
  readonly severity: Severity;
  /** What has happened, in one sentence. */
  readonly description: string;
}

/** Fires when the query gives a row. */
export interface QueryAlert extends Common {
  readonly kind: "query";
  /** Kusto query for an application's logs. */
  readonly query: (application: string, readers: queries.Readers) => string;
  /** ISO 8601: how often it is asked, and over which time. A log alert sees two days at most. */
  readonly every: string;
  readonly window: string;
}

/** Fires when a metric of the gateway is above the threshold over the window. */
export interface MetricAlert extends Common {
  readonly kind: "metric";
  readonly metric: string;
  readonly aggregation: "Minimum" | "Total";
  readonly above: number;
  readonly dimensions: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly every: string;
  readonly window: string;
}

/** Fires when the vault says so of a slot's secret. */
export interface VaultAlert extends Common {
  readonly kind: "vault";
  readonly events: readonly string[];
}

export type Alert = QueryAlert | MetricAlert | VaultAlert;

/** Names of the vault's events ("Azure Key Vault as Event Grid source"). */
export const VAULT_EVENTS = {
  nearExpiry: "Microsoft.KeyVault.SecretNearExpiry",
  newVersion: "Microsoft.KeyVault.SecretNewVersionCreated",
  expired: "Microsoft.KeyVault.SecretExpired",
} as const;

/** Every alert of a platform. Each key is a heading of `docs/runbook.md`, which says what to do. */
export const ALERTS = {
  "credential-age": {
    kind: "vault",
    severity: 1,
    description: "A slot's credential expires in less than 30 days: nobody has rotated in time.",
    events: [VAULT_EVENTS.nearExpiry, VAULT_EVENTS.expired],
  },
  "rotation-not-completed": {
    kind: "query",
    severity: 1,
    description: "A rotation began more than an hour ago and production does not answer with it.",
    query: queries.rotationNotCompleted,
    every: "PT15M",
    window: "P2D",
  },
  "proof-failed": {
    kind: "query",
    severity: 1,
    description: "A proof of a rotation failed.",
    query: queries.proofFailed,
    every: "PT5M",
    window: "PT15M",
  },
  "login-refused": {
    kind: "query",
    severity: 1,
    description: "Somebody uses a credential that PostgreSQL no longer takes (28P01, 28000).",
    query: queries.loginRefused,
    every: "PT5M",
    window: "PT1H",
  },
  "retired-sessions": {
    kind: "query",
    severity: 1,
    description: "A retired role still has a session.",
    query: queries.retiredSessions,
    every: "PT15M",
    window: "P2D",
  },
  "vault-forbidden": {
    kind: "query",
    severity: 2,
    description: "The vault refused somebody (403).",
    query: queries.vaultForbidden,
    every: "PT5M",
    window: "PT15M",
  },
  "unexpected-reader": {
    kind: "query",
    severity: 1,
    description: "Somebody read a credential who is not the pod that it is for.",
    query: queries.unexpectedReader,
    every: "PT5M",
    window: "PT15M",
  },
  "mount-failed": {
    kind: "query",
    severity: 1,
    description: "A pod waits for its credential: the secrets store could not be mounted.",
    query: queries.mountFailed,
    every: "PT5M",
    window: "PT15M",
  },
  "gateway-errors": {
    kind: "metric",
    severity: 1,
    description: "The gateway answers with 5xx.",
    metric: "ResponseStatus",
    aggregation: "Total",
    above: 10,
    dimensions: [{ name: "HttpStatusGroup", values: ["5xx"] }],
    every: "PT1M",
    window: "PT5M",
  },
  "unhealthy-hosts": {
    kind: "metric",
    severity: 2,
    description: "A pool of the gateway has had an unhealthy member for 15 minutes.",
    metric: "UnhealthyHostCount",
    // A pod that starts or stops is unhealthy for a moment; only one that never recovers counts.
    aggregation: "Minimum",
    above: 0,
    dimensions: [],
    every: "PT5M",
    window: "PT15M",
  },
} as const satisfies Record<string, Alert>;

export type AlertKey = keyof typeof ALERTS;
