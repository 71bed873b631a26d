import {
  judge,
  type Refusal,
  type Run,
  samePlan,
  settingsDifference,
  type Target,
  transition,
} from "../plan";
import type { FactsBefore } from "./before";
import { changesByHand, stopping, unseenChanges } from "./changesByHand";
import type { Facts } from "./facts";
import type { HandChange } from "./handChange";
import { scaledDown } from "./podChanges";
import { mixedText, wholeSlots } from "./whole";

/** A run that is about to begin on top of one that completed. */
export interface Beginning {
  readonly completed: Run;
  /** The run that started last; the completed one, or one that stopped half way. */
  readonly started: Run;
  readonly target: Target;
}

/** What stops a run that is about to begin; nothing does when all of it is empty. */
export interface Obstacles {
  /** Slots that would have to be whole and are not, with what to do about it. */
  readonly refusal?: Refusal;
  /** What is not as the last completed run left it. */
  readonly changes: readonly HandChange[];
  /** What could not be seen, and would have to be. */
  readonly unseen: readonly HandChange[];
}

/** Whether a run that the records accept builds on anything that only the facts can tell. */
export function needsFacts(beginning: Beginning, { expected }: FactsBefore): boolean {
  return comparesFacts(beginning) || needsWhole(beginning) || mayScaleDown(beginning, expected);
}

/** Compares what a run builds on with what is there. */
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
  // After an update that did not complete the judge has asked which template the live slot has.
  const isUpdating = settingsDifference(completed.settings, started.settings) !== undefined;
  const passed = isUpdating ? [...accepted, "image" as const] : accepted;
  const changes = comparesFacts(beginning)
    ? stopping(changesByHand(facts, expected), run, passed)
    : mayScaleDown(beginning, expected) && !accepted.includes("replicas")
      ? scaledDown(facts, expected)
      : [];
  const asksCluster = needsWhole(beginning) || mayScaleDown(beginning, expected);
  const unseen = unseenChanges(facts).filter(
    (change) =>
      !accepted.includes("unseen") &&
      ((asksCluster && change.about === "cluster") ||
        (comparesFacts(beginning) && stopping([change], run, accepted).length > 0)),
  );
  return { changes, unseen };
}

/** A move from a plan that is certain; on other ways the facts are somewhere between two plans. */
function comparesFacts({ completed, started, target }: Beginning): boolean {
  return started.attempt === completed.attempt && !samePlan(completed.plan, target.plan);
}

function needsWhole({ completed, started, target }: Beginning): boolean {
  return "refusal" in judge(completed, started, target, () => undefined);
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
