import type { Aggregation } from "../../azure";
import * as queries from "./alertQueries";

/**
 * Client ids of the identities that may read an application's secrets, by whose pods they are, and
 * the object id of whoever runs `pulumi up`, which tries the credentials before a move: the client
 * id of a person would be that of the Azure CLI.
 */
export type Readers = Readonly<Record<"blue" | "green" | "proofs" | "retired", string>> &
  queries.Runners;

/** What an application's queries are asked with, besides its name. */
export interface Watched {
  readonly readers: Readers;
  /** Host name of the application. */
  readonly productionHost: string;
  /** Namespace of its pods and of the proofs. */
  readonly namespace: string;
}

/** 0 wakes people up, 4 is a note. */
export type Severity = 0 | 1 | 2 | 3 | 4;

interface Common {
  readonly severity: Severity;
  /** What has happened, in one sentence. */
  readonly description: string;
}

/** A query, without what it asks. */
export interface Asked extends Common {
  readonly kind: "query";
  /** ISO 8601: how often it is asked, and over which time. A log alert sees two days at most. */
  readonly every: string;
  readonly window: string;
}

/** Fires when the query gives a row. */
export interface QueryAlert extends Asked {
  /** Kusto query for an application's logs. */
  readonly query: (application: string, watched: Watched) => string;
}

/** The same of what applications share. */
export interface PlatformQueryAlert extends Asked {
  readonly query: (watched: queries.PlatformWatched) => string;
}

/** Fires when a metric of the gateway reaches the threshold over the window. */
export interface MetricAlert extends Common {
  readonly kind: "metric";
  readonly metric: string;
  /** One that Azure has for the metric ("Supported metrics": each has its own). */
  readonly aggregation: Aggregation;
  readonly atLeast: number;
  readonly dimensions: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly every: string;
  readonly window: string;
}

/** Fires when the vault says so of a slot's secret. */
export interface VaultAlert extends Common {
  readonly kind: "vault";
  readonly events: readonly string[];
}

/** What people are told, and where they find what to do. */
export function alertText(key: string, { description }: Common): string {
  return `${description} What to do: docs/runbook.md#${key}`;
}

/** The alerts on what applications share. Each key is a heading of `docs/runbook.md`. */
export const PLATFORM_ALERTS = {
  "unhealthy-hosts": {
    kind: "metric",
    severity: 2,
    description: "A gateway pool has had an unhealthy member for 15 minutes.",
    metric: "UnhealthyHostCount",
    // A pod that starts or stops is unhealthy for a moment, which an average over the window hides;
    // a least count is not to be had for this metric.
    aggregation: "Average",
    atLeast: 1,
    dimensions: [],
    every: "PT5M",
    window: "PT15M",
  },
  "administrator-login": {
    kind: "query",
    severity: 1,
    description: "The database administrator logged in outside of any run.",
    query: queries.administratorLogin,
    ...queries.RUN_TIMES,
  },
  "role-changed": {
    kind: "query",
    severity: 1,
    description: "A database role was changed by somebody other than the administrator.",
    query: queries.roleChanged,
    ...queries.RUN_TIMES,
  },
  "state-key": {
    kind: "query",
    severity: 1,
    description: "A vault key was used to unwrap by an identity that does not run `pulumi up`.",
    query: queries.stateKey,
    every: "PT5M",
    window: "PT15M",
  },
} as const satisfies Record<string, MetricAlert | PlatformQueryAlert>;
