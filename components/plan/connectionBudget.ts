/** What may be connected to the server at the worst moment of a rotation. */
export interface ConnectionDemand {
  /** Pods of a slot at full size. */
  readonly replicas: number;
  /** Pods that a rolling update adds. */
  readonly surge: number;
  /** Connections that a pod's pool opens at most. */
  readonly poolSize: number;
  /** `max_connections` of the server. */
  readonly maxConnections: number;
}

/** Pods that a rolling update adds; the chart's `maxSurge`. */
export const SURGE = 1;
/** Each readiness probe and each proof logs in afresh beside the pool. */
const PROBES_PER_POD = 1;
/** Connections of the proofs: the Jobs of a rotation run one after another, two logins each. */
export const PROOF_CONNECTIONS = 4;
/** Kept for the platform and for people: Azure reserves 15 of them itself. */
export const RESERVED_CONNECTIONS = 20;

/** Connections that one slot's role may have. */
export function connectionLimit({
  replicas,
  surge,
  poolSize,
}: Omit<ConnectionDemand, "maxConnections">): number {
  return (replicas + surge) * (poolSize + PROBES_PER_POD) + PROOF_CONNECTIONS;
}

/**
 * The problem with a demand that does not fit, in a sentence; undefined when it fits. Both slots
 * are at full size while traffic moves, so each counts whole.
 */
export function connectionProblem(demand: ConnectionDemand): string | undefined {
  const slot = connectionLimit(demand);
  const needed = 2 * slot + PROOF_CONNECTIONS + RESERVED_CONNECTIONS;
  return needed <= demand.maxConnections
    ? undefined
    : `Both slots together need ${needed} connections (2 x ${slot} for the slots, ` +
        `${PROOF_CONNECTIONS} for proofs, ${RESERVED_CONNECTIONS} in reserve), but the server ` +
        `allows ${demand.maxConnections}: lower rotation:replicas or rotation:poolSize, or choose a ` +
        "larger rotation:databaseSize.";
}
