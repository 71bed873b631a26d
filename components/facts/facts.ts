import type { SlotName } from "../plan";

/** One version of a slot's vault secret, without its value. */
export interface SecretFacts {
  readonly version: string;
  readonly enabled: boolean;
  /** ISO 8601. */
  readonly created?: string;
  /** ISO 8601. */
  readonly expires?: string;
  /** Tags that the rotation gave it; a version made by hand has none. */
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

/** What happened to a fresh login with the current version of a slot's secret. */
export interface LoginFacts {
  readonly version: string;
  /** SQLSTATE of the refusal; empty when it succeeded. */
  readonly sqlstate: string;
}

/** The release of a slot, as the cluster has it. */
export interface ReleaseFacts {
  /** Pods that it is to have. */
  readonly replicas: number;
  readonly ready: number;
  /** Image of the application in its pod template; undefined where it has no container. */
  readonly image?: string;
  /** Digest of what makes its pods; undefined where a version before trials sent it. */
  readonly template?: string;
  /** Pods of earlier templates, without those that are ending. */
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
  /** Kinds of its objects that are not there. */
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
  /** When its password ends, ISO 8601; undefined where it never does. */
  readonly validUntil?: string;
  /** Undefined where it may have any number of connections. */
  readonly connectionLimit?: number;
  /** That it has not the rights of the role that holds all grants. */
  readonly lacksRights?: true;
  /** Roles that it was made a member of by hand. */
  readonly granted?: readonly string[];
}

/** What is seen of one slot; undefined is what could not be seen, null what is not there. */
export interface SlotFacts {
  readonly role?: RoleFacts | null;
  /** Newest first; empty where there is no such secret. */
  readonly secrets?: readonly SecretFacts[];
  /** Undefined too when no version is enabled. */
  readonly login?: LoginFacts;
  readonly release?: ReleaseFacts | null;
}

/** Hosts of the gateway. */
export type HostName = "production" | SlotName;

/** What is so, whatever any record says. Never a secret. */
export interface Facts {
  readonly slots: Readonly<Record<SlotName, SlotFacts>>;
  /** Service that each host's requests go to, by the Ingress. */
  readonly routes?: Readonly<Partial<Record<HostName, string>>>;
  /** Who answers production. */
  readonly production?: AnswerFacts;
  /** What could not be asked, and why. */
  readonly unseen: readonly Unseen[];
}

/** Somewhere to look for facts. */
export type Place = "vault" | "database" | "cluster" | "gateway";

export interface Unseen {
  readonly place: Place;
  readonly why: string;
}
