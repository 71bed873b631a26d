import type { SlotShapes } from "../../components/chart";
import type { Facts, HandChange, Legacy } from "../../components/facts";
import type { ActAs, Hosts, Run } from "../../components/plan";

/** What the state of the stack says; empty when there is none. */
export interface Records {
  readonly completed?: Run;
  readonly started?: Run;
  /** Version of the live slot's secret, as recorded. */
  readonly secretVersion?: string;
  /** Image of the application in both slots, as recorded. */
  readonly image?: string;
  /** Connections that each slot's role was given. */
  readonly connections?: number;
  /** As whom it was told to act. */
  readonly actAs?: ActAs;
}

/** What a diagnosis starts from. */
export interface Evidence {
  readonly application: string;
  readonly namespace: string;
  /** Name of an Ingress that was taken over; that of the application where undefined. */
  readonly ingress?: string | undefined;
  /** What leads to it; production and both stage hosts where undefined. */
  readonly hosts?: Hosts | undefined;
  /** Name of the vault; empty when unknown. */
  readonly vault: string;
  /** Pods of an active slot, as configured. */
  readonly replicas: number;
  /** Bounds of an autoscaler; there is none without the second one. */
  readonly minReplicas?: number | undefined;
  readonly maxReplicas?: number | undefined;
  /** The objects of both slots' releases; those of charts/app where no output names them. */
  readonly objects?: SlotShapes | undefined;
  /** What an adopted application logged in as before, and the Service that served it. */
  readonly legacy?: Legacy | undefined;
  readonly facts: Facts;
  readonly records: Records;
  /** The current time, to tell what has expired. */
  readonly now: Date;
}

/** Two facts that cannot both be true. */
export type Disagreement = Pick<HandChange, "found" | "expected" | "help">;
