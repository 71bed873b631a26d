import { type Move, movesFrom, samePlan } from "./moves";
import {
  type Plan,
  rotationPlan,
  type RotationPlan,
  type SlotName,
  slotOf,
  SLOTS,
} from "./rotationPlan";

/** What a run does, worked out once from the plan in force and the plan asked for. */
export interface Transition {
  /** The plan in force; undefined before the first run that completed. */
  readonly from: Plan | undefined;
  readonly to: RotationPlan;
  /** Undefined for the way on from a run that stopped, when that is no single move. */
  readonly move: Move | undefined;
  /** Whether no run has completed yet, so that there is no traffic to protect. */
  readonly first: boolean;
  /**
   * Whether the live generation was live before. Then nothing is promoted: no proof may end its
   * sessions or stand in the way of the switch.
   */
  readonly serves: boolean;
  /**
   * The slots whose generation or state changes. No traffic is with such a slot while its role is
   * changed: a new generation's role comes before its release, a retired one's after its last pod.
   */
  readonly moved: readonly SlotName[];
  /**
   * Where the proof of the newest generation stands. In the first run it comes after the switch,
   * because there is no stage host before it.
   */
  readonly proof: "before the switch" | "after the switch" | "on stage";
  /** Whether traffic moves between generations that are there, and nothing else happens. */
  readonly switchesOnly: boolean;
  /** The slot that must be as it was left; undefined when the run needs nothing of either. */
  readonly buildsOn: SlotName | undefined;
}

/**
 * @param from the plan in force; undefined before the first run that completed
 * @param plan the plan asked for
 */
export function transition(from: Plan | undefined, plan: Plan): Transition {
  const to = rotationPlan(plan);
  const before = from && rotationPlan(from).slots;
  const first = from === undefined;
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
    proof: to.live === to.counter ? provesPromoted : "on stage",
    switchesOnly,
    buildsOn: keepsLive ? slotOf(switchesOnly ? to.live : from.live) : undefined,
  };
}
