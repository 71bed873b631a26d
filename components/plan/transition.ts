import { type Move, movesFrom, samePlan } from "./moves";
import {
  LEGACY,
  type Plan,
  rotationPlan,
  type RotationPlan,
  type Serving,
  servingAt,
  type SlotName,
  SLOTS,
} from "./rotationPlan";

/** What a run does, derived once from the plan in force and the requested plan. */
export interface Transition {
  /** The plan in force; undefined before the first run that completed. */
  readonly from: Plan | undefined;
  readonly to: RotationPlan;
  /** Undefined when resuming a stopped run takes more than a single move. */
  readonly move: Move | undefined;
  /**
   * Whether no run has completed yet, so that there is no traffic to protect. Never in an adoption: a
   * legacy login serves from before the first run on.
   */
  readonly first: boolean;
  /**
   * Whether the live generation was already live. Then nothing is promoted: no proof may end its
   * sessions or block the switch.
   */
  readonly serves: boolean;
  /**
   * The slots whose generation or state changes. Such a slot has no traffic while its role changes:
   * a new generation's role precedes its release, a retired one's follows its last pod.
   */
  readonly moved: readonly SlotName[];
  /**
   * When the newest generation is proved. In the first run that is after the switch, because no
   * stage host exists before it. None while there is no generation but the legacy login's.
   */
  readonly proof: "before the switch" | "after the switch" | "on stage" | "none";
  /** Whether traffic only moves between existing generations. */
  readonly switchesOnly: boolean;
  /** Who must be as the last run left it; undefined if the run needs nobody. */
  readonly buildsOn: Serving | undefined;
}

/**
 * @param from the plan in force; undefined before the first run that completed
 * @param plan the plan asked for
 */
export function transition(from: Plan | undefined, plan: Plan): Transition {
  const to = rotationPlan(plan);
  const before = from && rotationPlan(from).slots;
  const first = from === undefined && to.retired >= LEGACY;
  const serves = from?.live === to.live;
  const switchesOnly = from !== undefined && from.counter === to.counter && !serves;
  const keepsLive = from !== undefined && from.live > to.retired && from.live <= to.counter;
  const provesPromoted = first || serves ? "after the switch" : "before the switch";
  return {
    from,
    to,
    move: from ? [...movesFrom(from)].find(([, next]) => samePlan(next, to))?.[0] : "deploy",
    first,
    serves,
    moved: SLOTS.filter(
      (slot) =>
        before?.[slot].generation !== to.slots[slot].generation ||
        before[slot].state !== to.slots[slot].state,
    ),
    proof: to.live !== to.counter ? "on stage" : to.live === LEGACY ? "none" : provesPromoted,
    switchesOnly,
    buildsOn: keepsLive ? servingAt(switchesOnly ? to.live : from.live) : undefined,
  };
}
