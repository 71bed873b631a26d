import type { SlotName } from "../plan";

/** One version of a slot's vault secret, without its value. */
export interface SecretFacts {
  readonly version: string;
  readonly enabled: boolean;
  /** ISO 8601. */
  readonly created?: string;
  /** ISO 8601. */
  readonly expires?: string;
  /** Tags that the rotation set; a version created by hand has none. */
  readonly generation?: number;
  readonly slot?: string;
}

/**
 * The newest enabled version of a secret, of those not older than the newest one that a run made:
 * credentials of earlier generations stay in the vault, enabled, and open nothing.
 *
 * @param secrets newest first
 */
export function currentSecret(secrets: readonly SecretFacts[]): SecretFacts | undefined {
  const newest = secrets.findIndex(({ generation }) => generation !== undefined);
  return secrets.slice(0, newest + 1 || secrets.length).find(({ enabled }) => enabled);
}

/** The outcome of a fresh login with the current version of a slot's secret. */
export interface LoginFacts {
  readonly version: string;
  /** SQLSTATE of the refusal; empty on success. */
  readonly sqlstate: string;
}

/** A slot's release, as found in the cluster. */
export interface ReleaseFacts {
  /** Desired number of pods. */
  readonly replicas: number;
  readonly ready: number;
  /** Image of the application in its pod template; undefined where it has no container. */
  readonly image?: string;
  /** Digest of what defines its pods; undefined if a version before trials deployed it. */
  readonly template?: string;
  /** Pods of earlier templates, without terminating ones. */
  readonly earlier: number;
  /**
   * Whether it has all of its pods, at least one, each of them ready and of the newest template, and
   * no others but ending ones.
   */
  readonly isWhole: boolean;
  /** From the pod template; undefined where that is not the chart's. */
  readonly generation?: number;
  /** Secret version that the release is pinned to; empty in a retired slot. */
  readonly pinned: string;
  /** Secret versions that its pods have mounted, each once. */
  readonly mounted: readonly string[];
  /** Kinds of its objects that are missing. */
  readonly gone?: readonly string[];
}

/**
 * Who answered on a host; only the status when it was not the application, or one that says nothing
 * of itself to everybody.
 */
export interface AnswerFacts {
  readonly status: number;
  readonly slot?: string;
  readonly generation?: number;
  readonly secretVersion?: string;
}

/** What a session sees of a role. */
export interface RoleFacts {
  readonly canLogin: boolean;
  readonly sessions: number;
  /** When its password expires, ISO 8601; undefined if never. */
  readonly validUntil?: string;
  /** Undefined without a limit. */
  readonly connectionLimit?: number;
  /** Set if it lacks the privileges of the role that holds all grants. */
  readonly lacksRights?: true;
  /** Roles of which it is a member, besides that one. */
  readonly granted?: readonly string[];
  /** The role that its sessions act as from their first statement on; undefined for itself. */
  readonly actsAs?: string;
}

/** What was read of one slot: undefined if it could not be read, null if it does not exist. */
export interface SlotFacts {
  readonly role?: RoleFacts | null;
  /** Newest first; empty if there is no such secret. */
  readonly secrets?: readonly SecretFacts[];
  /** Undefined too when no version is enabled. */
  readonly login?: LoginFacts;
  /** Undefined too where both slots have one release, and its pods are to hold the other's credential. */
  readonly release?: ReleaseFacts | null;
  /** Where both slots have one release: how many pods hold this credential, those that end included. */
  readonly holders?: number;
}

/** Hosts of the gateway. */
export type HostName = "production" | SlotName;

/** The facts, whatever any record says. Never a secret. */
export interface Facts {
  readonly slots: Readonly<Record<SlotName, SlotFacts>>;
  /** The role of an adopted application's legacy login; absent where there is none or it was not seen. */
  readonly legacy?: RoleFacts | null;
  /** Service that each host routes to, according to the Ingress. */
  readonly routes?: Readonly<Partial<Record<HostName, string>>>;
  /** Who answers production. */
  readonly production?: AnswerFacts;
  /** What could not be read, and why. */
  readonly unseen: readonly Unseen[];
}

/** A source of facts. */
export type Place = "vault" | "database" | "cluster" | "gateway";

export interface Unseen {
  readonly place: Place;
  readonly why: string;
}
