import { LEGACY, type Plan, planProblems } from "./rotationPlan";
import type { SettingsRecord } from "./settings";
import type { Strategy } from "./strategy";

/**
 * What an `up` does to the plan. `deploy` is a stack's first; `update` keeps the plan and changes
 * settings; `mend` does so again after an update that did not complete.
 */
export type Move =
  | "deploy"
  | "nothing"
  | "update"
  | "rotate"
  | "stage"
  | "promote"
  | "roll back"
  | "withdraw"
  | "retire"
  | "emergency"
  | "finish"
  | "go back"
  | "mend";

/** A plan as a run started or completed it. */
export interface Run {
  readonly plan: Plan;
  /** Everything configured besides the plan. */
  readonly settings: SettingsRecord;
  /** Changes whenever another plan is started; a completed run has that of its start. */
  readonly attempt: string;
  /** Digest of everything that defines a slot's pods, 12 hex digits; absent in older records. */
  readonly template?: string;
  /** Whether the trial of that template is in the state. */
  readonly tried?: boolean;
  /** Whether the Job that emptied a slot before its role was re-keyed is in the state. */
  readonly vacated?: boolean;
  /** How production moves; absent for `blueGreen`. */
  readonly strategy?: Strategy;
  /** The strategy that production still has while that one is entered. */
  readonly leaving?: Strategy;
  /** The host that leads to pods of the strategy that is entered, and to nobody afterwards. */
  readonly marker?: string;
  /** The marker of a strategy that was left: by it the last run saw that the gateway had followed. */
  readonly gone?: string;
  /** Whether it cut off who still held a credential; absent where nobody was. */
  readonly cutsOff?: boolean;
}

const MEANINGS: Readonly<Partial<Record<Move, string>>> = {
  nothing: "keep the plan",
  update: "keep the plan and change settings",
  rotate: "create a new credential and move traffic to it",
  stage: "create a new credential and check it on its stage host first",
  promote: "move traffic to the staged credential",
  "roll back": "move traffic back to the previous credential",
  withdraw: "discard the newest credential",
  retire: "disable the previous credential",
  emergency: "rotate and disable the old credential in the same run",
  finish: "run the same plan again",
  "go back": "return production to the last generation known to serve it",
};

/** Where these mean something else with one release that rolls. */
const ROLLING: typeof MEANINGS = {
  rotate: "create a new credential and roll the release to it",
  stage: "create a new credential and verify it, with no pod that has it",
  promote: "roll the release to the staged credential",
  "roll back": "roll the release back to the previous credential",
};

/**
 * The moves from a completed plan, in the usual order. While a legacy login is not retired the counter
 * does not rise above 0, because a withdraw from there would end that login by the way; and an
 * emergency ends it only when it serves, not two credentials at once.
 */
export function movesFrom({ counter: R, live: L, retired: T }: Plan): Map<Move, Plan> {
  const moves = new Map<Move, Plan>([["nothing", { counter: R, live: L, retired: T }]]);
  if (L === R) {
    moves.set("rotate", { counter: R + 1, live: R + 1, retired: T });
    moves.set("stage", { counter: R + 1, live: R, retired: T });
    if (T < R - 1) {
      moves.set("roll back", { counter: R, live: R - 1, retired: T });
      moves.set("retire", { counter: R, live: R, retired: R - 1 });
    }
    if (T >= LEGACY || L === LEGACY) {
      moves.set("emergency", { counter: R + 1, live: R + 1, retired: R });
    }
  } else {
    moves.set("promote", { counter: R, live: R, retired: T });
    moves.set("withdraw", { counter: R - 1, live: L, retired: R - 2 });
  }
  return plansOf(moves);
}

/** Those that lead to a plan. */
function plansOf(ways: Map<Move, Plan>): Map<Move, Plan> {
  return new Map([...ways].filter(([, plan]) => planProblems(plan).length === 0));
}

/**
 * The ways on from a run that started but did not complete: finish it, go back to the completed
 * plan's live generation, or withdraw the newest generation. And, when going back is impossible because
 * that generation no longer starts, two ways to disable it: from a rotation an emergency, otherwise a
 * retirement.
 *
 * Under `blueGreen` a withdraw needs no new pod. Under `rolling` no way is without one, if the release
 * has stopped between two credentials; where none starts, `judge` accepts other settings.
 */
export function waysOn(completed: Plan, started: Plan): Map<Move, Plan> {
  const ways = new Map<Move, Plan>([["finish", started]]);
  const back = { counter: started.counter, live: completed.live, retired: completed.retired };
  // A started withdraw has lowered the counter and may have re-keyed the slot it discards.
  if (started.counter >= completed.counter) {
    ways.set("go back", back);
  }
  if (started.live === started.counter - 1) {
    ways.set("withdraw", {
      counter: started.counter - 1,
      live: started.live,
      retired: started.counter - 2,
    });
  } else if (samePlan(started, completed) && started.retired < started.counter - 1) {
    ways.set("retire", { ...started, retired: started.counter - 1 });
  }
  if (started.counter > completed.counter && started.live === completed.live) {
    const { counter } = started;
    ways.set("emergency", { counter, live: counter, retired: counter - 1 });
  }
  return plansOf(ways);
}

/** Every plan that a half-finished run on top of `completed` could lead to. */
export function reachableFrom(completed: Plan): Plan[] {
  const reached = [...movesFrom(completed).values()];
  for (const started of reached) {
    for (const next of waysOn(completed, started).values()) {
      if (!reached.some((plan) => samePlan(plan, next))) {
        reached.push(next);
      }
    }
  }
  return reached;
}

/** One line for each move: its name, what it means, and its commands. */
export function listWays(ways: Map<Move, Plan>, strategy: Strategy = "blueGreen"): string {
  const meanings = strategy === "rolling" ? { ...MEANINGS, ...ROLLING } : MEANINGS;
  return [...ways]
    .map(([move, plan]) => {
      const meaning = meanings[move];
      return `  ${move}${meaning ? ` (${meaning})` : ""}: ${commandsFor(plan)}`;
    })
    .join("\n");
}

/** The commands that configure a plan, as one line. */
export function commandsFor({ counter, live, retired }: Plan): string {
  const set = (key: string, value: number) => `pulumi config set rotation:${key} -- ${value}`;
  return [
    set("counter", counter),
    live === counter ? "pulumi config rm rotation:live" : set("live", live),
    retired === -1 ? "pulumi config rm rotation:retired" : set("retired", retired),
    "pulumi up",
  ].join(" && ");
}

/** `counter 8, live 7, retired 6`; an adoption begins with `counter -1, live -1, retired -2`. */
export function planInWords({ counter, live, retired }: Plan): string {
  return `counter ${counter}, live ${live}, retired ${retired === LEGACY ? "none" : retired}`;
}

export function samePlan(a: Plan, b: Plan): boolean {
  return a.counter === b.counter && a.live === b.live && a.retired === b.retired;
}
