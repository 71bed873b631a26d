import type { Facts, HandChange } from "../../components/facts";
import type { Run } from "../../components/plan";

/** What the state of the stack says; empty when there is none. */
export interface Records {
  readonly completed?: Run;
  readonly started?: Run;
  /** Version of the live slot's secret, as recorded. */
  readonly secretVersion?: string;
}

/** What a diagnosis starts from. */
export interface Evidence {
  readonly application: string;
  readonly namespace: string;
  /** Name of the vault; empty when unknown. */
  readonly vault: string;
  /** Pods of an active slot, as configured. */
  readonly replicas: number;
  /** Connections that each slot's role may have. */
  readonly connections: number;
  readonly facts: Facts;
  readonly records: Records;
  /** Now, for what has expired. */
  readonly now: Date;
}

/** Two things that cannot both be so. */
export type Disagreement = Pick<HandChange, "found" | "expected" | "help">;
