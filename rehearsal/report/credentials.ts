import { slotOfUrn } from "../result/operations";
import type { RehearsalResult, RotationResult } from "../result/result";

/** From when until when the database let a credential in. */
export interface Validity {
  readonly slot: string;
  readonly generation: number;
  /** Seconds on the timeline. */
  readonly begin: number;
  readonly end: number;
  /** What ended it; undefined when it was still valid at the end. */
  readonly endedBy: string | undefined;
}

/**
 * When which credential was valid, from the operations on the roles: the role of the slot that takes
 * over lets its new credential in when its operation ended, the role of the slot that is retired
 * lets nobody in from then on.
 */
export function validities({ rotations, timeline }: RehearsalResult): Validity[] {
  const last = timeline?.load.failed.length ?? 0;
  const found: Validity[] = [];
  const [first] = rotations;
  let open = first && { slot: first.liveBefore, generation: first.from, begin: 0 };
  for (const rotation of rotations) {
    const taken = roleEnd(rotation, rotation.liveAfter);
    const retired = roleEnd(rotation, rotation.liveBefore);
    if (open !== undefined) {
      found.push({
        ...open,
        end: retired ?? last,
        endedBy: retired === undefined ? undefined : "its role can no longer log in",
      });
    }
    open =
      taken === undefined
        ? undefined
        : { slot: rotation.liveAfter, generation: rotation.to, begin: taken };
  }
  if (open !== undefined) {
    found.push({ ...open, end: last, endedBy: undefined });
  }
  return found;
}

function roleEnd({ operations }: RotationResult, slot: string): number | undefined {
  return operations.findLast(
    ({ urn, end }) => slotOfUrn(urn) === slot && urn.endsWith("-role") && end !== undefined,
  )?.end;
}
