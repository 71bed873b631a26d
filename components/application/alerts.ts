import type { QueryAlert, VaultAlert } from "../platform/alerts";
import * as queries from "./alertQueries";

/** Names of the vault's events ("Azure Key Vault as Event Grid source"). */
export const VAULT_EVENTS = {
  nearExpiry: "Microsoft.KeyVault.SecretNearExpiry",
  newVersion: "Microsoft.KeyVault.SecretNewVersionCreated",
  expired: "Microsoft.KeyVault.SecretExpired",
} as const;

/** The alerts of an application. Each key is a heading of `docs/runbook.md`, which says what to do. */
export const APPLICATION_ALERTS = {
  "credential-age": {
    kind: "vault",
    severity: 1,
    description: "A slot's credential expires in less than 30 days: no rotation happened in time.",
    events: [VAULT_EVENTS.nearExpiry, VAULT_EVENTS.expired],
  },
  "rotation-not-completed": {
    kind: "query",
    severity: 1,
    description: "A rotation began over an hour ago, but production does not serve its credential.",
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
    description: "A client uses a credential that PostgreSQL refuses (28P01, 28000).",
    query: queries.loginRefused,
    every: "PT5M",
    window: "PT1H",
  },
  "retired-sessions": {
    kind: "query",
    severity: 1,
    description: "A retired role still has open sessions.",
    query: queries.retiredSessions,
    every: "PT15M",
    window: "P2D",
  },
  "vault-forbidden": {
    kind: "query",
    severity: 2,
    description: "The vault refused a request (403).",
    query: queries.vaultForbidden,
    every: "PT5M",
    window: "PT15M",
  },
  "unexpected-reader": {
    kind: "query",
    severity: 1,
    description: "A credential was read by an identity other than its pod's.",
    query: queries.unexpectedReader,
    every: "PT5M",
    window: "PT3H",
  },
  "mount-failed": {
    kind: "query",
    severity: 1,
    description:
      "A pod is waiting for its credential: its volume could not be mounted, or its Secret is missing.",
    query: queries.mountFailed,
    every: "PT5M",
    window: "PT15M",
  },
  "gateway-errors": {
    kind: "query",
    severity: 1,
    description: "The gateway returns 5xx to the application's clients.",
    query: queries.gatewayErrors,
    every: "PT5M",
    // Longer than its interval: the log may be minutes late.
    window: "PT10M",
  },
} as const satisfies Record<string, QueryAlert | VaultAlert>;
