import type { Run } from "./moves";
import { LEGACY, type Plan } from "./rotationPlan";

/** Whether one pod with new settings is tried before the serving pods are replaced. */
export type Trial = "pod" | "none";

/** What a run registers only because the previous run left it in the state. */
export interface Kept {
  /** Undefined where no trial is registered. */
  readonly trial:
    | undefined
    | {
        /** What it tries, and its name. */
        readonly template: string;
        /** Whether it belongs to a completed run and must not be touched. */
        readonly isSettled: boolean;
      };
  /** Whether the new generation's slot is emptied before its role is re-keyed. */
  readonly vacates: boolean;
}

/**
 * What a new run keeps from the last completed one, so that neither a move nor an `up` without
 * changes operates on it.
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
  {
    plan,
    template,
    trial,
  }: { readonly plan: Plan; readonly template: string; readonly trial: Trial },
): Kept["trial"] {
  // While a legacy login serves, no slot's pods do.
  if (completed === undefined || trial === "none" || plan.live === LEGACY) {
    return undefined;
  }
  if (completed.template !== template) {
    return { template, isSettled: false };
  }
  return completed.tried ? { template, isSettled: true } : undefined;
}

/** A previous generation that was not retired still has pods when its slot is re-keyed. */
function vacates(completed: Run | undefined, { counter }: Plan): boolean {
  if (completed === undefined || counter < completed.plan.counter) {
    return false;
  }
  return counter === completed.plan.counter
    ? (completed.vacated ?? false)
    : completed.plan.retired < completed.plan.counter - 1;
}
