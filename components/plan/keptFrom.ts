import { type Run, samePlan } from "./moves";
import { LEGACY, type Plan } from "./rotationPlan";
import type { Leaving, Strategy } from "./strategy";

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
  /** Whether the new generation's slot is emptied, or shown to be free, before its role is re-keyed. */
  readonly vacates: boolean;
  /** Whether who still holds a credential that ends, or is replaced, is cut off. */
  readonly cutsOff: boolean;
  /** Host that no longer leads to the application once the gateway has left the former strategy. */
  readonly gone?: string | undefined;
}

/** What a run is asked for. */
interface Asked {
  readonly plan: Plan;
  readonly template: string;
  readonly trial: Trial;
  /** @default "blueGreen" */
  readonly strategy?: Strategy | undefined;
  /**
   * Set while a strategy is left.
   * @default none is
   */
  readonly leaving?: Leaving | undefined;
  /** @default whoever still holds a credential is not cut off */
  readonly acceptsSessions?: boolean | undefined;
}

/**
 * What a new run keeps from the last completed one, so that neither a move nor an `up` without
 * changes operates on it.
 *
 * @param completed the last run that completed; undefined before the first one
 */
export function keptFrom(completed: Run | undefined, asked: Asked): Kept {
  return {
    trial: trialOf(completed, asked),
    vacates: vacates(completed, asked),
    cutsOff: cutsOff(completed, asked),
    gone: gone(completed, asked),
  };
}

function trialOf(
  completed: Run | undefined,
  { leaving, plan, template, trial }: Asked,
): Kept["trial"] {
  // Pods of a strategy that is entered prove themselves without traffic as it is.
  if (leaving !== undefined || completed?.leaving !== undefined) {
    return undefined;
  }
  // While a legacy login serves, no slot's pods do.
  if (completed === undefined || trial === "none" || plan.live === LEGACY) {
    return undefined;
  }
  if (completed.template !== template) {
    return { template, isSettled: false };
  }
  return completed.tried ? { template, isSettled: true } : undefined;
}

/**
 * A previous generation that was not retired still has pods when its slot is re-keyed. Where both slots
 * have one release, that of a retired one is looked for as well: what holds it is production.
 */
function vacates(
  completed: Run | undefined,
  { plan: { counter }, strategy = "blueGreen" }: Asked,
): boolean {
  if (completed === undefined || counter < completed.plan.counter) {
    return false;
  }
  // What another strategy looked at is another Job.
  const { strategy: before = "blueGreen" } = completed;
  return counter === completed.plan.counter
    ? strategy === before && (completed.vacated ?? false)
    : strategy !== "blueGreen" || completed.plan.retired < completed.plan.counter - 1;
}

/** A run that leaves no strategy any more, and those of the same plan after it. */
function gone(completed: Run | undefined, { leaving, plan }: Asked): string | undefined {
  return completed !== undefined && leaving === undefined && samePlan(completed.plan, plan)
    ? (completed.marker ?? completed.gone)
    : undefined;
}

/**
 * An emergency cuts off whom it finds, also when it is finished later; another run only if that is accepted.
 * Pods without traffic are stopped in any case.
 */
function cutsOff(
  completed: Run | undefined,
  { plan, acceptsSessions = false, strategy = "blueGreen" }: Asked,
): boolean {
  if (strategy === "blueGreen") {
    return false;
  }
  if (completed === undefined || samePlan(completed.plan, plan)) {
    return completed?.cutsOff ?? false;
  }
  const isEmergency = completed.plan.counter < plan.counter && plan.retired === plan.counter - 1;
  return isEmergency || acceptsSessions;
}
