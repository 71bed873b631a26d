/** What a slot may have connected to the server at its worst moment, and what the server allows. */
export interface ConnectionDemand {
  /** Pods of a slot. */
  readonly replicas: number;
  /** Pods that an autoscaler gives it at most; undefined where there is no autoscaler. */
  readonly maxReplicas?: number | undefined;
  /** Connections that a pod's pool opens at most. */
  readonly poolSize: number;
  /** `max_connections` of the server, or this application's share of them. */
  readonly maxConnections: number;
}

/** A pod's own login at its start, beside its pool. */
const LOGINS_PER_POD = 1;
/** One update, and the way back while the pods of both templates are still ending. */
const ROLLOUTS = 3;
/** The trial, or the successor of an evicted pod. */
const SINGLE_PODS = 1;
/** Logins of a Job that proves a slot's credential; such Jobs run one after another. */
const SLOT_PROOFS = 2;
/** Connections of the rotator: the proofs count and end sessions as that role. */
export const PROOF_CONNECTIONS = 4;
/** Kept for the platform and for people: Azure reserves 15 of them itself. */
export const RESERVED_CONNECTIONS = 20;

/**
 * Connections that one slot's role may have: its half of what the server leaves. It follows from the
 * server alone. A limit that follows the pods falls together with them, while the sessions of those
 * that are ending are still open, and then the server refuses every new login of the role.
 *
 * @param maxConnections of the server, or this application's share of them
 */
export function connectionLimit(maxConnections: number): number {
  return Math.floor((maxConnections - RESERVED_CONNECTIONS - PROOF_CONNECTIONS) / 2);
}

/** The problem with a slot that its half of the server does not hold, in a sentence; else undefined. */
export function connectionProblem({
  replicas,
  maxReplicas,
  poolSize,
  maxConnections,
}: ConnectionDemand): string | undefined {
  const most = maxReplicas ?? replicas;
  const pods = ROLLOUTS * most + SINGLE_PODS;
  const each = poolSize + LOGINS_PER_POD;
  const needed = pods * each + SLOT_PROOFS;
  const limit = connectionLimit(maxConnections);
  const key = maxReplicas === undefined ? "rotation:replicas" : "rotation:maxReplicas";
  return needed <= limit
    ? undefined
    : `A slot needs up to ${needed} connections (${each} for each of ${ROLLOUTS} x ${most} pods, for an ` +
        `update and its rollback while earlier pods still stop, and of ${SINGLE_PODS} trial pod; ` +
        `${SLOT_PROOFS} for proofs), but its half of the server's ${maxConnections} is ${limit}: lower ` +
        `${key} or rotation:poolSize, or choose a larger rotation:databaseSize.`;
}
