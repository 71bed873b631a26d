import { namesOf, namespaceOf, type SlotName, SLOTS } from "../../components/plan";

/** What the rehearsal's stack file says. */

export const APPLICATION = "app";

export const PRODUCTION_HOST = "app.rehearsal.test";

/** The host that always leads to a slot. */
export function stageHost(slot: SlotName): string {
  return `${slot}.${PRODUCTION_HOST}`;
}

/** What the file says of two slots' pods, which one release does not have. */
export const OF_TWO_SLOTS = [
  "rotation:stageBlueHost",
  "rotation:stageGreenHost",
  "rotation:stageRanges",
] as const;

/** From where people look at the stage hosts; those answer the proofs, and nobody else. */
export const VISITOR = "127.0.0.53";

/** What its things are called. */
export const NAMES = namesOf(APPLICATION);
export const NAMESPACE = namespaceOf({ application: APPLICATION });

/** The login roles of the slots. */
export const ROLES = SLOTS.map((slot) => NAMES.slot(slot).role);
