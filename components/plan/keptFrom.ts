import type { Run } from "./moves";
import type { Plan } from "./rotationPlan";

/** Whether one pod of new settings has to prove itself before the pods that serve are replaced. */
export type Trial = "pod" | "none";

/** What a run registers only because of what the run before it left in the state. */
export interface Kept {
  /** Undefined where no trial is registered. */
  readonly trial:
    | undefined
    | {
        /** What it tries, and its name. */
        readonly template: string;
        /** Whether it belongs to a run that completed: then nothing may be done to it. */
        readonly isSettled: boolean;
      };
  /** Whether the slot that a new generation takes over is emptied before its role is re-keyed. */
  readonly vacates: boolean;
}

/**
 * What of the run that completed last a new one keeps, so that a move and an `up` without changes
 * have no operation on it.
 *
 * @param completed the last run that completed; undefined before the first one
 */
export function keptFrom(
  completed: Run | undefined,
  asked: { readonly plan: Plan; readonly template: string; readonly trial: Trial },
): Kept {
  return { trial: trialOf(completed, asked), vacates: vacates(completed, asked.plan) };
}

function trialOf(
  completed: Run | undefined,
  { template, trial }: { readonly template: string; readonly trial: Trial },
): Kept["trial"] {
  if (completed === undefined || trial === "none") {
    return undefined;
  }
  if (completed.template !== template) {
    return { template, isSettled: false };
  }
  return completed.tried ? { template, isSettled: true } : undefined;
}

/** A previous generation that nobody retired still has its pods when its slot is re-keyed. */
function vacates(completed: Run | undefined, { counter }: Plan): boolean {
  if (completed === undefined || counter < completed.plan.counter) {
    return false;
  }
  return counter === completed.plan.counter
    ? (completed.vacated ?? false)
    : completed.plan.retired < completed.plan.counter - 1;
}
