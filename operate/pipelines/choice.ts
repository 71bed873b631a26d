import { LEGACY, type Move, movesFrom, type Plan, servingAt, waysOn } from "../../components/plan";
import type { Records } from "./records";

/** Moves that somebody can ask for, as a command line writes them. */
export const MOVES = [
  "rotate",
  "retire",
  "roll-back",
  "stage",
  "promote",
  "withdraw",
  "emergency",
] as const;

/**
 * Questions instead of a move. `due`: what the calendar asks for. `way-back`: the way back, where
 * an `up` moved the traffic and its proof after promotion did not pass.
 */
export const QUESTIONS = ["due", "way-back"] as const;

export type Asked = (typeof MOVES)[number] | (typeof QUESTIONS)[number];

/** When something is due. */
export interface Calendar {
  readonly now: Date;
  /** Hours that a promoted credential serves before the previous one is retired. */
  readonly soakHours: number;
  /** Days before its expiry at which a credential is replaced. */
  readonly leadDays: number;
}

/** A move with the plan it leads to, or why there is none. */
export type Choice = { readonly move: Move; readonly plan: Plan } | { readonly none: string };

/** What there is to do, by itself; a person decides by merging. */
export function choose(asked: Asked, records: Records, calendar: Calendar): Choice {
  const { completed } = records;
  if (completed === undefined) {
    return { none: "No deployment has completed yet: run the first `up` first." };
  }
  if (asked === "due") {
    return due(records, completed.plan, calendar);
  }
  if (asked === "way-back") {
    return wayBack(records, completed.plan);
  }
  const ways = isHalfFinished(records)
    ? waysOn(completed.plan, records.started.plan)
    : movesFrom(completed.plan);
  const wanted: Move[] = asked === "roll-back" ? ["roll back", "go back"] : [asked];
  const found = [...ways].find(([move]) => wanted.includes(move));
  if (found === undefined) {
    const others = [...ways.keys()].filter((each) => each !== "nothing").join(", ");
    return { none: `${asked} is not possible now. Possible: ${others}.` };
  }
  const [move, plan] = found;
  return { move, plan };
}

/** Whether the last run that started did not complete. */
export function isHalfFinished(
  records: Records,
): records is Records & Required<Pick<Records, "completed" | "started">> {
  const { completed, started } = records;
  return completed !== undefined && started !== undefined && started.attempt !== completed.attempt;
}

function due(records: Records, plan: Plan, { now, soakHours, leadDays }: Calendar): Choice {
  const { live } = records;
  if (isHalfFinished(records)) {
    return { none: "An `up` is running or stopped halfway: it must be finished first." };
  }
  if (plan.retired < LEGACY) {
    return {
      none:
        "The legacy login is not retired: a person must end the adoption before anything is due " +
        "(docs/adopt.md).",
    };
  }
  if (plan.live !== plan.counter || live === undefined) {
    return {
      none:
        `Generation ${plan.counter} is waiting beside the live generation ${plan.live}: a ` +
        "person must promote or withdraw it before anything else is due.",
    };
  }
  const moves = movesFrom(plan);
  const retire = moves.get("retire");
  const rotate = moves.get("rotate");
  const soaked = hoursBetween(new Date(live.started), now);
  if (retire !== undefined && soaked < soakHours) {
    return {
      none:
        `Generation ${live.generation} has been live for ${Math.floor(soaked)} hours; ` +
        `the previous one can be retired after ${soakHours}.`,
    };
  }
  if (retire !== undefined) {
    return { move: "retire", plan: retire };
  }
  const days = daysLeft(live.expires, now);
  if (rotate === undefined || days > leadDays) {
    return {
      none: `The credential expires in ${days} days; it is replaced ${leadDays} days before.`,
    };
  }
  return { move: "rotate", plan: rotate };
}

function wayBack(records: Records, completed: Plan): Choice {
  if (records.trafficPending) {
    return {
      none:
        "It is not certain which slot receives traffic: the engine was killed while it " +
        "switched. First run `npm run recover`, where `up` runs, and then `up` by hand.",
    };
  }
  if (!isHalfFinished(records)) {
    return { none: "No move stopped halfway: there is nothing to go back from." };
  }
  const started = records.started.plan;
  const back = waysOn(completed, started).get("go back");
  if (back === undefined || started.live === completed.live) {
    return {
      none:
        `The run that stopped was not going to move traffic from generation ${completed.live}: ` +
        "run `up` again.",
    };
  }
  if (endsLive(records)) {
    return {
      none:
        "The run that stopped was going to disable the credential of generation " +
        `${completed.live} at once, and going back leads to that one. Fix the cause and run ` +
        "`up` by hand, which finishes the emergency. To go back nevertheless, propose " +
        "roll-back by hand.",
    };
  }
  if (records.trafficTo !== servingAt(started.live)) {
    return {
      none:
        "As far as the state knows, the run stopped before it moved traffic, and production is " +
        "unchanged. Fix the cause and run `up` again; or propose roll-back, and then withdraw.",
    };
  }
  if (records.promoted) {
    return {
      none:
        `The run stopped after the proof that generation ${started.live} serves production: ` +
        "there is no reason to go back. Fix the cause and run `up` by hand.",
    };
  }
  return { move: "go back", plan: back };
}

/** Whether the run that stopped was to end the credential that was live before it: an emergency. */
export function endsLive(records: Records): boolean {
  return isHalfFinished(records) && records.started.plan.retired >= records.completed.plan.live;
}

/** Whole days until a time in seconds since 1970; negative when it is over. */
export function daysLeft(expires: string, now: Date): number {
  return Math.floor(hoursBetween(now, new Date(expires)) / 24);
}

/** Hours from one time to another. */
export function hoursBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 3_600_000;
}
