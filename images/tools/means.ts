import type { Settings } from "./settings.ts";

/**
 * By what an answer is known to be the right one: `credential`, it proves that who gave it holds the
 * slot's password; `description`, it says so, and anybody can say so; `status`, it has the right status,
 * and who gave it is known from elsewhere: the pods, the sessions of the role, the Ingress.
 */
export type Means = ByIdentity | ByStatus;

export type ByIdentity =
  | {
      readonly by: "credential";
      /** File with the slot's password. */
      readonly passwordFile: string;
    }
  | { readonly by: "description" };

export interface ByStatus {
  readonly by: "status";
  /** What is asked for; it has to need the database. */
  readonly path: string;
  /** Statuses of a right answer. */
  readonly statuses: readonly number[];
}

const IDENTITIES = ["credential", "description"] as const;

export function readMeans(settings: Settings): Means {
  const by = settings.choice("PROOF_BY", [...IDENTITIES, "status"]);
  return by === "status"
    ? { by, path: settings.path("PROOF_PATH"), statuses: settings.statuses("PROOF_STATUS") }
    : identityOf(settings, by);
}

/** For one pod, of which nothing else is known: that it answers, its readiness says. */
export function readIdentity(settings: Settings): ByIdentity {
  return identityOf(settings, settings.choice("PROOF_BY", IDENTITIES));
}

function identityOf(settings: Settings, by: (typeof IDENTITIES)[number]): ByIdentity {
  return by === "credential" ? { by, passwordFile: settings.file("PASSWORD_FILE") } : { by };
}
