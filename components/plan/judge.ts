import {
  commandsFor,
  listWays,
  type Move,
  movesFrom,
  planInWords,
  reachableFrom,
  type Run,
  samePlan,
  waysOn,
} from "./moves";
import { LEGACY, type Plan, type Serving, servingAt, type SlotName } from "./rotationPlan";
import { type SettingsDifference, settingsDifference } from "./settings";

/** What the next `up` is asked for. */
export interface Target extends Pick<Run, "plan" | "settings" | "template" | "strategy"> {
  /** Whether an emergency may change settings, too. */
  readonly acceptsSettings?: boolean;
}

/**
 * The template that all of a slot's pods have, if every one is ready; `""` if its Deployment names
 * none (older versions). Undefined if pods are missing, not ready or of two templates, or if they
 * could not be read. Under `rolling` a slot's pods are those of the one release, if every one of them
 * holds this slot's credential; else it has none.
 */
export type Whole = (slot: SlotName) => string | undefined;

export interface Refusal {
  /** Why, in sentences that name keys and values. */
  readonly reason: string;
  /** What to do, with the commands. */
  readonly help: string;
}

export type Verdict = { readonly move: Move } | { readonly refusal: Refusal };

/**
 * Judges a target against the records, and against the pods where the records do not suffice:
 * after a run that did not complete, pods of two templates may serve.
 *
 * | from | accepted |
 * | --- | --- |
 * | a completed run | the same plan with any settings; a move with the settings of that run |
 * | a half-finished update: the plan stayed, settings did not | the same plan with any settings; withdraw and retire with any at which the live slot is whole; other moves with those of the completed run, if it is whole at them, for a roll back both slots |
 * | a half-finished move | the ways on with the settings it started with; withdraw if the slot that is live afterwards is whole |
 *
 * What differs under `rolling`, where both slots have one release:
 *
 * | from | accepted |
 * | --- | --- |
 * | a completed run | withdraw if the live slot is whole: what it ends may be what pods hold |
 * | a half-finished update | a roll back if the live slot is whole: the other one has no pods |
 * | a half-finished move | finish and go back with any settings; other ways on with those of either run |
 *
 * Where new pods of neither credential start any more, every way on waits for the release, and only
 * other settings lead out of that. No pod of it ends before its successor is ready.
 *
 * An emergency may be accepted with other settings: it cannot be undone anyway, and must not wait.
 *
 * @param completed the last run that completed; undefined before the first one
 * @param started the last run that started; undefined before the first one
 * @param whole what the cluster reports about the slots
 */
export function judge(
  completed: Run | undefined,
  started: Run | undefined,
  target: Target,
  whole: Whole,
): Verdict {
  if (completed === undefined) {
    if (started === undefined) {
      return { move: "deploy" };
    }
    return samePlan(started.plan, target.plan)
      ? { move: "finish" }
      : refuse(
          `The first deployment started with ${planInWords(started.plan)} and did not complete, ` +
            `but the configuration now says ${planInWords(target.plan)}.`,
          new Map([["finish", started.plan]]),
          target,
        );
  }
  if (started !== undefined && started.attempt !== completed.attempt) {
    return judgeFromMove(completed, started, target, whole);
  }
  const change = started && settingsDifference(completed.settings, started.settings);
  return started === undefined || change === undefined
    ? judgeFromCompleted(completed, target, whole)
    : judgeFromUpdate({ completed, started, change }, target, whole);
}

/** Refuses what no record of a started run could justify, before anything is registered. */
export function judgeBeforePlanning(
  completed: Run | undefined,
  target: Target,
): Refusal | undefined {
  if (completed === undefined) {
    return undefined;
  }
  const verdict = judgeFromCompleted(completed, target, () => target.template ?? "");
  const reachable = reachableFrom(completed.plan).some((plan) => samePlan(plan, target.plan));
  const isSettled = settingsDifference(completed.settings, target.settings) === undefined;
  // After an update that did not complete, the live slot may be whole with the new settings.
  const givesUp = GIVING_UP.includes(moveTo(target.plan, movesFrom(completed.plan)));
  // Any plan that is reached may be that of a run which stopped, and be finished.
  const mends = isRolling(completed) && isRolling(target);
  const justified = reachable && (isSettled || givesUp || mends || target.acceptsSettings === true);
  return "refusal" in verdict && !justified ? verdict.refusal : undefined;
}

/** Moves that need nothing from the standby slot. */
const GIVING_UP: readonly (Move | undefined)[] = ["withdraw", "retire"];

/** Ways on from a half-finished move that may have other settings under `rolling`. */
const MENDING: readonly Move[] = ["finish", "go back"];

function isRolling({ strategy }: Pick<Run, "strategy">): boolean {
  return strategy === "rolling";
}

function moveTo(target: Plan, ways: ReadonlyMap<Move, Plan>): Move | undefined {
  return [...ways].find(([, plan]) => samePlan(plan, target))?.[0];
}

function judgeFromCompleted(completed: Run, target: Target, whole: Whole): Verdict {
  const moves = movesFrom(completed.plan);
  const move = moveTo(target.plan, moves);
  if (move === undefined) {
    moves.delete("nothing");
    return refuse(
      `${whyNot(completed.plan, target.plan)} The last completed plan is ${planInWords(completed.plan)}.`,
      moves,
      target,
    );
  }
  const difference = settingsDifference(completed.settings, target.settings);
  if (move === "nothing") {
    return { move: difference === undefined ? "nothing" : "update" };
  }
  if (difference !== undefined && !(move === "emergency" && target.acceptsSettings)) {
    return mixed(move, difference, moves, target);
  }
  const live = servingAt(target.plan.live);
  if (move !== "withdraw" || !isRolling(target) || isWhole(live, target, whole)) {
    return { move };
  }
  moves.delete("withdraw");
  moves.delete("nothing");
  return refuse(
    `The last completed plan is ${planInWords(completed.plan)}, but ${lackingPods([live], target)}, so ` +
      "withdraw must wait.",
    new Map([["update", completed.plan], ...moves]),
    target,
  );
}

/** An update that did not complete: both the plan and the serving slot are certain. */
interface HalfUpdate {
  readonly completed: Run;
  readonly started: Run;
  readonly change: SettingsDifference;
}

function judgeFromUpdate(update: HalfUpdate, target: Target, whole: Whole): Verdict {
  const { completed, started } = update;
  const move = moveTo(target.plan, movesFrom(completed.plan));
  if (move === undefined) {
    const reason = `${whyNot(completed.plan, target.plan)} ${stoppedUpdate(update)}.`;
    return { refusal: { reason, help: waysFromUpdate(completed.plan) } };
  }
  const isSettled = settingsDifference(completed.settings, target.settings) === undefined;
  if (move === "nothing") {
    const isStarted = settingsDifference(started.settings, target.settings) === undefined;
    return { move: isStarted ? "finish" : isSettled ? "go back" : "mend" };
  }
  if (move === "emergency" && target.acceptsSettings) {
    return { move };
  }
  if (!isSettled && !GIVING_UP.includes(move)) {
    return hasToWait(move, update, target, whole, "");
  }
  const toStandby = move === "roll back" && !isRolling(target);
  const lives = [completed.plan.live, ...(toStandby ? [target.plan.live] : [])];
  const lacking = lives.map(servingAt).filter((slot) => !isWhole(slot, target, whole));
  return lacking.length === 0
    ? { move }
    : hasToWait(move, update, target, whole, `, and ${lackingPods(lacking, target)}`);
}

/** The pods that serve with a legacy login have no settings of ours. */
function isWhole(serving: Serving, { template }: Pick<Run, "template">, whole: Whole): boolean {
  return serving === "legacy" || whole(serving) === (template ?? "");
}

/** That slots are not whole, in words. */
function lackingPods(slots: readonly Serving[], target: Target): string {
  const names = slots.join(" and ");
  return isRolling(target)
    ? `not every pod is ready with ${names}'s credential and the configured settings`
    : `not every pod of ${names} is ready with the configured settings`;
}

/** What a move waits for after an update that did not complete, and what is possible meanwhile. */
function hasToWait(
  move: Move,
  update: HalfUpdate,
  target: Target,
  whole: Whole,
  why: string,
): Verdict {
  const { completed, started } = update;
  const live = servingAt(completed.plan.live);
  const wholeAt = GIVING_UP.includes(move)
    ? [started, completed].find((run) => isWhole(live, run, whole))
    : undefined;
  const which = wholeAt === started ? "of that `up`" : "of the last completed run";
  return {
    refusal: {
      reason: `${stoppedUpdate(update)}${why}, so ${move} must wait.`,
      help:
        waysFromUpdate(completed.plan) +
        (wholeAt === undefined
          ? ""
          : `\nOr ${move} with the settings ${which} (every pod of ${live} is ready with them):\n  ` +
            commandsFor(target.plan)) +
        (move === "emergency" ? atOnce(target.plan) : ""),
    },
  };
}

function stoppedUpdate({ change }: HalfUpdate): string {
  return `The last \`up\` changed settings${named(change)} and did not complete`;
}

/** All of them keep the plan. */
function waysFromUpdate(plan: Plan): string {
  return (
    "Finish it with the same settings, fix it with others, or go back by reverting what differs " +
    `(git log -p -- stacks charts):\n  ${commandsFor(plan)}`
  );
}

function judgeFromMove(completed: Run, started: Run, target: Target, whole: Whole): Verdict {
  const ways = waysOn(completed.plan, started.plan);
  const move = moveTo(target.plan, ways);
  const begun =
    `A run to ${planInWords(started.plan)} started but did not complete; the last completed plan is ` +
    planInWords(completed.plan);
  if (move === undefined) {
    return refuse(
      `${begun}. The configuration now says ${planInWords(target.plan)}. ` +
        (isRolling(target)
          ? "Its pods may have either credential, so only these moves are safe."
          : "It is not certain which slot receives traffic, so only these moves are safe."),
      ways,
      target,
    );
  }
  const difference = settingsDifference(started.settings, target.settings);
  const rolls = isRolling(started) && isRolling(target);
  // Only an emergency starts a new generation with other settings, and only under `rolling` a run goes
  // on with others; both may be left without them.
  const leavesSettings =
    (rolls || started.plan.counter > completed.plan.counter) &&
    settingsDifference(completed.settings, target.settings) === undefined;
  const isAccepted =
    (move === "emergency" && target.acceptsSettings === true) || (rolls && MENDING.includes(move));
  if (difference !== undefined && !leavesSettings && !isAccepted) {
    const mending = rolls ? MENDING.filter((each) => ways.has(each)) : [];
    return mixed(move, difference, ways, target, mending);
  }
  const live = servingAt(target.plan.live);
  if (move === "withdraw" && !isWhole(live, target, whole)) {
    ways.delete(move);
    return refuse(
      `${begun}, and ${lackingPods([live], target)}. ` +
        (isRolling(target)
          ? "Withdraw ends the other credential, so it must wait."
          : "Withdraw leaves no other slot to serve, so it must wait."),
      ways,
      target,
    );
  }
  return { move };
}

function mixed(
  move: Move,
  difference: SettingsDifference,
  ways: Map<Move, Plan>,
  target: Target,
  mending: readonly Move[] = [],
): Verdict {
  const moves = new Map(ways);
  moves.delete("nothing");
  const same = ways.get("nothing");
  const settingsFirst = same
    ? `To change the settings first:\n  ${commandsFor(same)}\n`
    : mending.length > 0
      ? `Only ${mending.join(" and ")} may change settings now.\n`
      : "";
  return {
    refusal: {
      reason:
        `This \`up\` would ${move} and change other settings${named(difference)} at the same time. ` +
        "A move must change nothing else, so that it can be undone.",
      help:
        `${settingsFirst}To move first, revert what differs (git log -p -- stacks charts), then:\n` +
        listWays(moves, target.strategy) +
        (move === "emergency" ? atOnce(target.plan) : ""),
    },
  };
}

/** An emergency cannot be undone anyway, and must not wait. */
function atOnce(emergency: Plan): string {
  return (
    "\nTo do both at once, in an emergency only:\n  pulumi config set rotation:accept settings && " +
    `${commandsFor(emergency)} && pulumi config rm rotation:accept`
  );
}

/** ` (rotation:appImage, rotation:replicas)`. */
function named({ names }: SettingsDifference): string {
  return names.length === 0
    ? " (which ones is unknown: the last run used a version that did not record them)"
    : ` (${names.join(", ")})`;
}

/** The first rule that a target breaks, for people. */
function whyNot(from: Plan, to: Plan): string {
  if (to.retired < from.retired) {
    return (
      `rotation:retired cannot go down from ${from.retired} to ${to.retired}: ` +
      "what is retired stays retired."
    );
  }
  if (to.counter > from.counter && from.retired < LEGACY && from.live > LEGACY) {
    return (
      `rotation:counter cannot rise from ${from.counter} to ${to.counter} before the legacy login is ` +
      "retired: nothing leads back past it."
    );
  }
  if (to.counter > from.counter && from.live !== from.counter) {
    return (
      `rotation:counter cannot rise from ${from.counter} to ${to.counter} while generation ` +
      `${from.live} is live: generation ${from.counter + 1} would overwrite the live slot.`
    );
  }
  if (to.counter > from.counter + 1) {
    return `rotation:counter may rise by one, from ${from.counter} to ${from.counter + 1}, not to ${to.counter}.`;
  }
  if (to.counter < from.counter) {
    return (
      `rotation:counter cannot go down from ${from.counter} to ${to.counter}: ` +
      "only a withdraw lowers it."
    );
  }
  return `${planInWords(to)} is not one move away.`;
}

function refuse(reason: string, ways: Map<Move, Plan>, { strategy }: Target): Verdict {
  return { refusal: { reason, help: `Choose one of:\n${listWays(ways, strategy)}` } };
}
