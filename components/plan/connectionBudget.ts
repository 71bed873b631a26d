/** The connections a slot needs at its peak, and what the server allows. */
export interface ConnectionDemand {
  /** Pods of a slot. */
  readonly replicas: number;
  /** The autoscaler's maximum; undefined without an autoscaler. */
  readonly maxReplicas?: number | undefined;
  /** Maximum connections in a pod's pool. */
  readonly poolSize: number;
  /**
   * Most connections that all workloads of a slot open together, with all of its pods.
   * @default those of the pools
   */
  readonly connections?: number | undefined;
  /** `max_connections` of the server, or this application's share of them. */
  readonly maxConnections: number;
}

/** The login of a pod's startup probe, outside its pool. */
const LOGINS_PER_POD = 1;
/** An update and its rollback, while the pods of both templates are still stopping. */
const ROLLOUTS = 3;
/** The trial, or the successor of an evicted pod. */
const SINGLE_PODS = 1;
/** Logins of a Job that proves a slot's credential; such Jobs run one after another. */
const SLOT_PROOFS = 2;
/** Connections of the rotator, the role as which proofs count and end sessions. */
export const PROOF_CONNECTIONS = 4;
/** Reserved for the platform and for operators; Azure itself reserves 15. */
export const RESERVED_CONNECTIONS = 20;

/**
 * Connection limit of a slot's role: half of what the server leaves. It depends on the server
 * alone. A limit that depended on the pods would fall with them while stopping pods still hold
 * their sessions, and the server would refuse every new login of the role.
 *
 * @param maxConnections of the server, or this application's share of them
 */
export function connectionLimit(maxConnections: number): number {
  return Math.floor((maxConnections - RESERVED_CONNECTIONS - PROOF_CONNECTIONS) / 2);
}

/**
 * The problem with a slot that needs more than its half of the server, as a sentence; else
 * undefined.
 */
export function connectionProblem({
  replicas,
  maxReplicas,
  poolSize,
  connections,
  maxConnections,
}: ConnectionDemand): string | undefined {
  const most = maxReplicas ?? replicas;
  const pods = ROLLOUTS * most + SINGLE_PODS;
  const pool = connections === undefined ? poolSize : Math.ceil(connections / most);
  const each = pool + LOGINS_PER_POD;
  const needed = pods * each + SLOT_PROOFS;
  const limit = connectionLimit(maxConnections);
  const key = maxReplicas === undefined ? "rotation:replicas" : "rotation:maxReplicas";
  return needed <= limit
    ? undefined
    : `A slot needs up to ${needed} connections (${each} for each of ${ROLLOUTS} x ${most} pods, for an ` +
        `update and its rollback while earlier pods still stop, and of ${SINGLE_PODS} trial pod; ` +
        `${SLOT_PROOFS} for proofs), but its half of the server's ${maxConnections} is ${limit}: lower ` +
        `${key} or rotation:${connections === undefined ? "poolSize" : "connections"}, or choose a larger rotation:databaseSize.`;
}
