import {
  judge,
  LEGACY,
  type Refusal,
  type Run,
  samePlan,
  settingsDifference,
  type Target,
  transition,
} from "../plan";
import type { FactsBefore } from "./before";
import { changesByHand, legacyLogin, stopping, unseenChanges } from "./changesByHand";
import type { Facts } from "./facts";
import type { HandChange } from "./handChange";
import { scaledDown } from "./podChanges";
import { mixedText, wholeSlots } from "./whole";

/** A run that is about to start on top of a completed one. */
export interface Beginning {
  readonly completed: Run;
  /** The last started run: the completed one, or one that stopped halfway. */
  readonly started: Run;
  readonly target: Target;
}

/** What stops a run that is about to start; nothing, if all of it is empty. */
export interface Obstacles {
  /** Slots that must be whole but are not, with what to do about it. */
  readonly refusal?: Refusal;
  /** What is not as the last completed run left it. */
  readonly changes: readonly HandChange[];
  /** What had to be read but could not. */
  readonly unseen: readonly HandChange[];
}

/** Whether a run that the records accept depends on anything that only the facts tell. */
export function needsFacts(beginning: Beginning, { expected }: FactsBefore): boolean {
  return (
    comparesFacts(beginning) ||
    needsWhole(beginning) ||
    mayScaleDown(beginning, expected) ||
    needsLegacy(beginning)
  );
}

/** Compares what a run builds on with the facts. */
export function obstacles(
  beginning: Beginning,
  facts: Facts,
  { accepted, expected: left }: Pick<FactsBefore, "accepted" | "expected">,
): Obstacles {
  const { completed, started, target } = beginning;
  const expected = { ...left, plan: completed.plan };
  const isSeen = facts.unseen.every(({ place }) => place !== "cluster");
  const verdict = judge(
    completed,
    started,
    target,
    isSeen ? wholeSlots(facts) : anyTemplate(target),
  );
  if ("refusal" in verdict) {
    const { reason, help } = verdict.refusal;
    const seen = mixedText(facts, expected);
    return { refusal: { reason: `${reason}\n${seen}`, help }, changes: [], unseen: [] };
  }
  const run = transition(completed.plan, target.plan);
  // After an update that did not complete, the judge has checked the live slot's template.
  const isUpdating = settingsDifference(completed.settings, started.settings) !== undefined;
  const passed = isUpdating ? [...accepted, "image" as const] : accepted;
  const changes = comparesFacts(beginning)
    ? stopping(changesByHand(facts, expected), run, passed)
    : mayScaleDown(beginning, expected) && !accepted.includes("replicas")
      ? scaledDown(facts, expected)
      : [];
  // A run that stopped may have ended it, and from then on nothing leads back to it.
  const ended = needsLegacy(beginning)
    ? legacyLogin(facts, { legacy: expected.legacy, plan: target.plan })
    : [];
  const asksCluster = needsWhole(beginning) || mayScaleDown(beginning, expected);
  const unseen = unseenChanges(facts).filter(
    (change) =>
      !accepted.includes("unseen") &&
      ((asksCluster && change.about === "cluster") ||
        (needsLegacy(beginning) && change.about === "database") ||
        (comparesFacts(beginning) && stopping([change], run, accepted).length > 0)),
  );
  return { changes: [...changes, ...ended], unseen };
}

/** A move from a certain plan; otherwise the facts lie between two plans. */
function comparesFacts({ completed, started, target }: Beginning): boolean {
  return started.attempt === completed.attempt && !samePlan(completed.plan, target.plan);
}

function needsWhole({ completed, started, target }: Beginning): boolean {
  return "refusal" in judge(completed, started, target, () => undefined);
}

/** A run that goes on from one that stopped, and keeps the legacy login. */
function needsLegacy({ completed, started, target }: Beginning): boolean {
  return started.attempt !== completed.attempt && target.plan.retired < LEGACY;
}

/** An update where an autoscaler may have given the live slot more pods than it sends. */
function mayScaleDown(
  { completed, started, target }: Beginning,
  { maxReplicas }: FactsBefore["expected"],
): boolean {
  return (
    maxReplicas !== undefined &&
    started.attempt === completed.attempt &&
    samePlan(completed.plan, target.plan) &&
    [started, target].some(
      ({ settings }) => settingsDifference(completed.settings, settings) !== undefined,
    )
  );
}

const anyTemplate =
  ({ template = "" }: Target) =>
  () =>
    template;
