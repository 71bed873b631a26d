import { changesByHand, type Facts, type HandChange, wholeSlots } from "../../components/facts";
import {
  commandsFor,
  planInWords,
  judge,
  type Move,
  movesFrom,
  otherSlot,
  type Plan,
  rotationPlan,
  samePlan,
  settingsDifference,
  type SlotName,
  SLOTS,
  type Target,
  waysOn,
} from "../../components/plan";
import { contradictions } from "./contradictions";
import type { Disagreement, Evidence } from "./evidence";
import { generationOf, planThatFits } from "./reconstruction";

export type SlotState = "live" | "staged" | "previous" | "retired" | "unclear";

export interface Diagnosis {
  /**
   * `completed`: a run completed and none began since. `half-finished`: one did and stopped, the
   * first one too, and one that was to change settings only. `unknown`: no plan fits.
   */
  readonly state: "completed" | "half-finished" | "reconstructed" | "unknown";
  /** In words, one sentence each. */
  readonly summary: readonly string[];
  /** The plan in force; of a half-finished run the one that was completed last, if any. */
  readonly plan?: Plan;
  /** The plan that a half-finished run was started with. */
  readonly started?: Plan;
  readonly slots: Readonly<
    Record<SlotName, { readonly generation?: number; readonly state: SlotState }>
  >;
  readonly disagreements: readonly Disagreement[];
  /** What the next `up` may do, with the commands. */
  readonly moves: readonly {
    readonly move: Move;
    readonly plan: Plan;
    readonly commands: string;
  }[];
  /** Without a state: the commands that configure the matching plan. */
  readonly configuration?: string;
}

/** Determines a stack's state, what does not agree, and what may be done next. */
export function diagnose(evidence: Evidence): Diagnosis {
  const { completed, started } = evidence.records;
  if (started !== undefined && started.attempt !== completed?.attempt) {
    return halfFinished(evidence, completed?.plan, started.plan);
  }
  return completed === undefined ? fromFacts(evidence) : fromCompleted(evidence, completed.plan);
}

function fromCompleted(evidence: Evidence, plan: Plan): Diagnosis {
  const { facts, records } = evidence;
  const { completed, started } = records;
  const moves = accepted(evidence, movesFrom(plan));
  if (completed && started && settingsDifference(completed.settings, started.settings)) {
    return halfUpdated(evidence, plan, moves);
  }
  moves.delete("nothing");
  return {
    state: "completed",
    summary: [`The last run completed: ${planInWords(plan)}.`, ...answered(facts, plan.live)],
    plan,
    slots: slotsOf(plan),
    disagreements: [...byHand(evidence, plan), ...contradictions(evidence, plan)],
    moves: listed(moves),
  };
}

function halfUpdated(evidence: Evidence, plan: Plan, moves: Map<Move, Plan>): Diagnosis {
  // Different pods, or fewer than configured, are what the run has not reached yet.
  const changes = byHand(evidence, plan).filter(
    ({ what }) => !["image", "replicas"].includes(what),
  );
  return {
    state: "half-finished",
    summary: [
      "The last `up` changed settings and did not complete. Until an `up` without a move " +
        "completes, only the moves below are possible with its settings. The plan is still " +
        `${planInWords(plan)}.`,
      ...answered(evidence.facts, plan.live),
    ],
    plan,
    started: plan,
    slots: slotsOf(plan),
    disagreements: [...changes, ...contradictions(evidence, plan)],
    moves: listed(moves),
  };
}

function byHand(evidence: Evidence, plan: Plan): HandChange[] {
  const { actAs, completed, connections = 0, image, secretVersion = "" } = evidence.records;
  const left = { plan, actAs, image, template: completed?.template, secretVersion, connections };
  return changesByHand(evidence.facts, { ...evidence, ...left });
}

function halfFinished(evidence: Evidence, completed: Plan | undefined, started: Plan): Diagnosis {
  const fits = planThatFits(evidence.facts, evidence);
  return {
    state: "half-finished",
    summary: [
      completed === undefined
        ? `The first deployment, ${planInWords(started)}, started but did not complete.`
        : `A run to ${planInWords(started)} started but did not complete; the last completed ` +
          `plan is ${planInWords(completed)}.`,
      ...(fits && samePlan(fits, started) ? ["The facts match the plan that was started."] : []),
      ...answered(evidence.facts, undefined),
    ],
    ...(completed && { plan: completed }),
    started,
    slots: seenSlots(evidence.facts),
    disagreements: contradictions(evidence, undefined),
    moves: listed(accepted(evidence, waysOn(completed ?? started, started))),
  };
}

function fromFacts(evidence: Evidence): Diagnosis {
  const { facts } = evidence;
  const plan = planThatFits(facts, evidence);
  const lost = "There is no record of a completed run; this is derived from the facts alone.";
  if (plan === undefined) {
    return {
      state: "unknown",
      summary: [
        lost,
        "No plan matches them: a run stopped halfway, or something was changed by hand.",
        ...answered(facts, undefined),
      ],
      slots: seenSlots(facts),
      disagreements: contradictions(evidence, undefined),
      moves: [],
    };
  }
  const moves = movesFrom(plan);
  moves.delete("nothing");
  return {
    state: "reconstructed",
    summary: [
      lost,
      `They match ${planInWords(plan)}.` + looseEnd(plan),
      "Restore the state before the next `pulumi up`: without it, everything would be created " +
        "anew.",
      ...answered(facts, plan.live),
    ],
    plan,
    slots: slotsOf(plan),
    disagreements: contradictions(evidence, plan),
    moves: listed(moves),
    configuration: commandsFor(plan).replace(/ && pulumi up$/, ""),
  };
}

/** Of a pair of active slots nobody can see how far below them the retired generations end. */
function looseEnd({ counter, retired }: Plan): string {
  return retired === counter - 2 && retired > -1
    ? " A lower rotation:retired matches as well: nothing is left of what preceded both slots."
    : "";
}

function slotsOf(plan: Plan): Diagnosis["slots"] {
  const { counter, live, slots } = rotationPlan(plan);
  const of = (slot: SlotName) => {
    const { generation, state } = slots[slot];
    const standby = generation === counter ? "staged" : "previous";
    const active = generation === live ? "live" : standby;
    return { generation, state: state === "retired" ? state : active } as const;
  };
  return { blue: of("blue"), green: of("green") };
}

/**
 * What is certain about the slots while no plan applies: which one answers, and which is disabled.
 */
function seenSlots(facts: Facts): Diagnosis["slots"] {
  const of = (slot: SlotName) => {
    const generation = generationOf(facts.slots[slot]);
    const live = facts.production?.slot === slot;
    const retired = facts.slots[slot].role?.canLogin === false;
    const state: SlotState = live ? "live" : retired ? "retired" : "unclear";
    return { ...(generation !== undefined && { generation }), state };
  };
  return { blue: of("blue"), green: of("green") };
}

function answered({ production }: Facts, live: number | undefined): string[] {
  if (production === undefined) {
    return ["It is unknown who answers production."];
  }
  const { generation, slot, status } = production;
  if (generation === undefined) {
    return status === 200
      ? ["Production answers, but does not tell everybody which slot it is."]
      : [`Production returns status ${status}, not an answer of the application.`];
  }
  return [
    `Production is answered by ${slot ?? "?"}, generation ${generation}` +
      (live === undefined || live === generation ? "." : `, but generation ${live} is live.`),
  ];
}

/** Of these ways those that the guard accepts with the settings of the last run, by its names. */
function accepted({ facts, records }: Evidence, ways: Map<Move, Plan>): Map<Move, Plan> {
  const { completed, started } = records;
  const last: Omit<Target, "plan"> = started ?? completed ?? { settings: "" };
  return new Map(
    [...ways.values()].flatMap((plan) => {
      const verdict = judge(completed, started, { ...last, plan }, wholeSlots(facts));
      return "move" in verdict ? [[verdict.move, plan]] : [];
    }),
  );
}

function listed(moves: Map<Move, Plan>): Diagnosis["moves"] {
  return [...moves].map(([move, plan]) => ({ move, plan, commands: commandsFor(plan) }));
}

/** Both slots, the one that answers production first. */
export function inOrder(diagnosis: Diagnosis): SlotName[] {
  const first = SLOTS.find((slot) => diagnosis.slots[slot].state === "live") ?? "blue";
  return [first, otherSlot(first)];
}
