import type * as pulumi from "@pulumi/pulumi";
import type { Plan, RotationPlan, SlotName } from "../plan/rotationPlan";
import { rotationPlan, SLOTS } from "../plan/rotationPlan";

/**
 * Makes a role anew whose last change failed, and does nothing otherwise.
 *
 * The provider records a change that failed as done (pulumi/pulumi#21458), so the next run would
 * send nothing, while the database may have the old password, the new one, or either of two answers
 * to whether the role may log in. The engine keeps the failure beside the record, under the name
 * below, and that it can replace upon. A replacement sends everything.
 *
 * Not for a role that may be serving: its sessions lose their rights when it is dropped.
 */
export const ANEW_WHEN_IN_DOUBT: pulumi.CustomResourceOptions = {
  replaceOnChanges: ["#initerror"],
  // There cannot be two roles of one name.
  deleteBeforeReplace: true,
};

/**
 * The slots that a run changes. No traffic is with such a slot while its role is changed: a new
 * generation's role comes before its release, a retired one's after its last pod.
 *
 * @param completed the plan of the last run that completed; undefined before the first one
 */
export function movedSlots(completed: Plan | undefined, plan: RotationPlan): SlotName[] {
  if (completed === undefined) {
    return [...SLOTS];
  }
  const before = rotationPlan(completed.counter, completed.live, completed.retired).slots;
  return SLOTS.filter(
    (slot) =>
      before[slot].generation !== plan.slots[slot].generation ||
      before[slot].state !== plan.slots[slot].state,
  );
}
