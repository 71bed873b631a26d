import type { Plan, SlotName } from "../plan";
import type { Place } from "./facts";

/** What a user may accept for a run, as `rotation:accept` names it. */
export const ACCEPTABLE = [
  "password",
  "login",
  "role",
  "vault",
  "replicas",
  "image",
  "unseen",
  // Of an emergency only: that it changes settings, too.
  "settings",
] as const;

export type Acceptable = (typeof ACCEPTABLE)[number];

/** Something that is not as the last completed run left it. */
export interface HandChange {
  readonly what: Exclude<Acceptable, "settings"> | "traffic" | "missing";
  /** The slot that is changed, or what could not be seen. */
  readonly about: SlotName | Place;
  readonly found: string;
  readonly expected: string;
  /** Commands that put it right, or what to do. */
  readonly help: string;
}

/** What the last completed run left, as far as its plan does not say it. */
export interface Expectation {
  readonly application: string;
  readonly plan: Plan;
  readonly namespace: string;
  readonly vault: string;
  /** Version of the live slot's secret. */
  readonly secretVersion: string;
  /** Image of the application in both slots; undefined where no record has it. */
  readonly image?: string | undefined;
  /** Digest of what makes the pods; undefined where no record has it. */
  readonly template?: string | undefined;
  /** Pods of an active slot; with an autoscaler, what a run sends. */
  readonly replicas: number;
  /**
   * Pods to which an autoscaler may take the live slot.
   * @default 1
   */
  readonly minReplicas?: number | undefined;
  /** Undefined where there is no autoscaler. */
  readonly maxReplicas?: number | undefined;
  /** Connections that each slot's role may have. */
  readonly connections: number;
}

/** An active slot, and the version that its pods are pinned to. */
export interface ActiveSlot {
  readonly slot: SlotName;
  readonly kind: "live" | "standby";
  /** Undefined where nobody could see it. */
  readonly version: string | undefined;
}
