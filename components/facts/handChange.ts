import { ownSlotShapes, type SlotShapes } from "../chart";
import type { ActAs, AdoptedRights, Hosts, Plan, Serving, SlotName } from "../plan";
import type { Place } from "./facts";

/** What a user may accept for a run, by its name in `rotation:accept`. */
export const ACCEPTABLE = [
  "password",
  "login",
  "role",
  "vault",
  "replicas",
  "image",
  "unseen",
  // For an emergency only: that it also changes settings.
  "settings",
  // For an update only: that sessions act as somebody else.
  "actAs",
  // For the retirement of a legacy login only: that its last sessions are ended.
  "legacy",
  // Where one release holds both credentials: that whoever still holds one that ends is cut off.
  "sessions",
] as const;

export type Acceptable = (typeof ACCEPTABLE)[number];

/** Something that is not as the last completed run left it. */
export interface HandChange {
  readonly what:
    Exclude<Acceptable, "settings" | "actAs" | "legacy" | "sessions"> | "traffic" | "missing";
  /** The slot that changed, the legacy login, or what could not be read. */
  readonly about: Serving | Place;
  readonly found: string;
  readonly expected: string;
  /** Commands that fix it, or what to do. */
  readonly help: string;
}

/** What an adopted application logged in as before, the Service that served it, and what its slots take over. */
export interface Legacy extends AdoptedRights {
  readonly role: string;
  readonly service: string;
}

/** What the last completed run left, beyond its plan. */
export interface Expectation {
  readonly application: string;
  /**
   * As whom the slots' sessions act.
   * @default "readwrite"
   */
  readonly actAs?: ActAs | undefined;
  readonly plan: Plan;
  readonly namespace: string;
  /**
   * Name of an Ingress that was taken over.
   * @default that of the application
   */
  readonly ingress?: string | undefined;
  /**
   * What the Ingress leads somewhere.
   * @default production and both stage hosts
   */
  readonly hosts?: Hosts | undefined;
  readonly vault: string;
  /** Version of the live slot's secret. */
  readonly secretVersion: string;
  /** Image of the application in both slots; undefined where no record has it. */
  readonly image?: string | undefined;
  /** Digest of what defines the pods; undefined if no record has it. */
  readonly template?: string | undefined;
  /** Pods of an active slot; with an autoscaler, the number that a run sends. */
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
  /**
   * What an adopted application logged in as before, and the Service that served it.
   * @default it had none
   */
  readonly legacy?: Legacy | undefined;
  /**
   * The objects of both slots' releases.
   * @default those of charts/app
   */
  readonly objects?: SlotShapes | undefined;
}

export function objectsOf({
  application,
  objects = ownSlotShapes(application),
}: Pick<Expectation, "application" | "objects">): SlotShapes {
  return objects;
}

/** An active slot, and the version that its pods are pinned to. */
export interface ActiveSlot {
  readonly slot: SlotName;
  readonly kind: "live" | "standby";
  /** Undefined if it could not be read. */
  readonly version: string | undefined;
}
