import { type Plan, planProblems } from "./rotationPlan";
import { type SettingsDifference, settingsDifference, type SettingsRecord } from "./settings";

/** What an `up` does to the plan. `deploy` is the first one of a stack. */
export type Move =
  | "deploy"
  | "nothing"
  | "rotate"
  | "stage"
  | "promote"
  | "roll back"
  | "withdraw"
  | "retire"
  | "emergency"
  | "finish"
  | "go back";

/** A plan as a run started or completed it. */
export interface Run {
  readonly plan: Plan;
  /** Everything configured that is not the plan. */
  readonly settings: SettingsRecord;
  /** Changes whenever another plan is started; a completed run carries that of its start. */
  readonly attempt: string;
  /** Digest of everything that makes a slot's pods, 12 hex digits; older records have none. */
  readonly template?: string;
  /** Whether the trial of that template is in the state. */
  readonly tried?: boolean;
  /** Whether the Job that emptied a slot before its role was re-keyed is in the state. */
  readonly vacated?: boolean;
}

/** What the next `up` is asked for. */
export interface Target extends Pick<Run, "plan" | "settings"> {
  /** Whether an emergency may change settings, too. */
  readonly acceptsSettings?: boolean;
}

export interface Refusal {
  /** Why, in sentences that name keys and values. */
  readonly reason: string;
  /** What to do, with the commands. */
  readonly help: string;
}

export type Verdict = { readonly move: Move } | { readonly refusal: Refusal };

const MEANINGS: Readonly<Partial<Record<Move, string>>> = {
  nothing: "keep the plan",
  rotate: "make a new credential and move traffic to it",
  stage: "make a new credential and look at it on its stage host first",
  promote: "move traffic to the staged credential",
  "roll back": "move traffic back to the previous credential",
  withdraw: "give up the newest credential",
  retire: "end the previous credential",
  emergency: "rotate and end the old credential at once",
  finish: "run the same plan again",
  "go back": "give production back to the generation that last had it for certain",
};

/** The moves from a completed plan, in the order in which people use them. */
export function movesFrom({ counter: R, live: L, retired: T }: Plan): Map<Move, Plan> {
  const moves = new Map<Move, Plan>([["nothing", { counter: R, live: L, retired: T }]]);
  if (L === R) {
    moves.set("rotate", { counter: R + 1, live: R + 1, retired: T });
    moves.set("stage", { counter: R + 1, live: R, retired: T });
    if (T < R - 1) {
      moves.set("roll back", { counter: R, live: R - 1, retired: T });
      moves.set("retire", { counter: R, live: R, retired: R - 1 });
    }
    moves.set("emergency", { counter: R + 1, live: R + 1, retired: R });
  } else {
    moves.set("promote", { counter: R, live: R, retired: T });
    moves.set("withdraw", { counter: R - 1, live: L, retired: R - 2 });
  }
  return moves;
}

/**
 * The ways on from a run that started but did not complete: finish it, go back to the live
 * generation of the completed plan, or withdraw the newest generation, which needs no new pod. And
 * two for a way back that cannot be gone, because the generation it leads to comes up no more:
 * ending that one, from a rotation as an emergency, else as a retirement.
 */
export function waysOn(completed: Plan, started: Plan): Map<Move, Plan> {
  const ways = new Map<Move, Plan>([["finish", started]]);
  const back = { counter: started.counter, live: completed.live, retired: completed.retired };
  // A started withdraw has counted down and may have re-keyed the slot it gives up.
  if (started.counter >= completed.counter && planProblems(back).length === 0) {
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
  return ways;
}

/** Every plan that some half-finished run on top of `completed` could lead to. */
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

/**
 * Judges a target against what is recorded.
 *
 * @param completed the last run that completed; undefined before the first one
 * @param started the last run that started; undefined before the first one
 */
export function judge(
  completed: Run | undefined,
  started: Run | undefined,
  target: Target,
): Verdict {
  if (completed === undefined) {
    if (started === undefined) {
      return { move: "deploy" };
    }
    return samePlan(started.plan, target.plan)
      ? { move: "finish" }
      : refuse(
          `The first deployment started with ${planInWords(started.plan)} and did not complete; ` +
            `the configuration now says ${planInWords(target.plan)}.`,
          new Map([["finish", started.plan]]),
        );
  }
  if (started === undefined || started.attempt === completed.attempt) {
    return judgeFromCompleted(completed, started?.settings ?? completed.settings, target);
  }
  return judgeHalfFinished(completed, started, target);
}

/** Refuses what no record of a started run could justify; used before anything is registered. */
export function judgeBeforePlanning(
  completed: Run | undefined,
  target: Target,
): Refusal | undefined {
  if (completed === undefined) {
    return undefined;
  }
  const verdict = judgeFromCompleted(completed, completed.settings, target);
  const reachable = reachableFrom(completed.plan).some((plan) => samePlan(plan, target.plan));
  const settled = settingsDifference(completed.settings, target.settings) === undefined;
  const justified = reachable && (settled || target.acceptsSettings === true);
  return "refusal" in verdict && !justified ? verdict.refusal : undefined;
}

function judgeFromCompleted(completed: Run, startedSettings: string, target: Target): Verdict {
  const from = completed.plan;
  const moves = movesFrom(from);
  const found = [...moves].find(([, plan]) => samePlan(plan, target.plan));
  if (found === undefined) {
    moves.delete("nothing");
    return refuse(`${whyNot(from, target.plan)} Completed is ${planInWords(from)}.`, moves);
  }
  const [move] = found;
  if (move === "nothing" || (move === "emergency" && target.acceptsSettings)) {
    return { move };
  }
  const halfChanged = settingsDifference(completed.settings, startedSettings);
  if (halfChanged !== undefined) {
    return refuse(
      `The last \`up\` changed settings${named(halfChanged)} and did not complete, so ${move} has to wait.`,
      new Map([["nothing", from]]),
      move === "emergency" ? atOnce(target.plan) : "",
    );
  }
  const difference = settingsDifference(completed.settings, target.settings);
  return difference === undefined ? { move } : mixed(move, difference, moves, target.plan);
}

function judgeHalfFinished(completed: Run, started: Run, target: Target): Verdict {
  const ways = waysOn(completed.plan, started.plan);
  const found = [...ways].find(([, plan]) => samePlan(plan, target.plan));
  if (found === undefined) {
    return refuse(
      `A run to ${planInWords(started.plan)} started and did not complete; completed is ` +
        `${planInWords(completed.plan)}, and the configuration now says ${planInWords(target.plan)}. ` +
        "Which slot has the traffic is not certain, so only these ways on are safe.",
      ways,
    );
  }
  const [move] = found;
  const difference = settingsDifference(completed.settings, target.settings);
  // An emergency that was to change settings, too, has begun with them.
  const isStarted = settingsDifference(started.settings, target.settings) === undefined;
  return difference === undefined || isStarted || (move === "emergency" && target.acceptsSettings)
    ? { move }
    : mixed(move, difference, ways, target.plan);
}

function mixed(
  move: Move,
  difference: SettingsDifference,
  ways: Map<Move, Plan>,
  target: Plan,
): Verdict {
  const moves = new Map(ways);
  moves.delete("nothing");
  const same = ways.get("nothing");
  const settingsFirst = same ? `To change the settings first:\n  ${commandsFor(same)}\n` : "";
  return {
    refusal: {
      reason:
        `This \`up\` would ${move} and change other settings${named(difference)} at the same time. ` +
        "A move changes nothing else, so that it can be undone.",
      help:
        `${settingsFirst}To move first, set back what differs (git log -p -- stacks charts), then:\n` +
        listWays(moves) +
        (move === "emergency" ? atOnce(target) : ""),
    },
  };
}

/** An emergency cannot be undone anyhow, and must not wait. */
function atOnce(emergency: Plan): string {
  return (
    "\nTo do both at once, in an emergency only:\n  pulumi config set rotation:accept settings && " +
    `${commandsFor(emergency)} && pulumi config rm rotation:accept`
  );
}

/** ` (rotation:appImage, rotation:replicas)`. */
function named({ names }: SettingsDifference): string {
  return names.length === 0
    ? " (the last run was of a version that did not record which)"
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
  if (to.counter > from.counter && from.live !== from.counter) {
    return (
      `rotation:counter cannot rise from ${from.counter} to ${to.counter} while generation ` +
      `${from.live} is live: generation ${from.counter + 1} would take the slot that serves.`
    );
  }
  if (to.counter > from.counter + 1) {
    return `rotation:counter may rise by one, from ${from.counter} to ${from.counter + 1}, not to ${to.counter}.`;
  }
  if (to.counter < from.counter) {
    return (
      `rotation:counter cannot go down from ${from.counter} to ${to.counter}: ` +
      "counting down is only part of a withdraw."
    );
  }
  return `${planInWords(to)} is not one move away.`;
}

function refuse(reason: string, ways: Map<Move, Plan>, more = ""): Verdict {
  return { refusal: { reason, help: `Choose one of:\n${listWays(ways)}${more}` } };
}

/** One line each: the name of the move, what it means, and its commands. */
export function listWays(ways: Map<Move, Plan>): string {
  return [...ways]
    .map(([move, plan]) => {
      const meaning = MEANINGS[move];
      return `  ${move}${meaning ? ` (${meaning})` : ""}: ${commandsFor(plan)}`;
    })
    .join("\n");
}

/** The commands that configure a plan, on one line. */
export function commandsFor({ counter, live, retired }: Plan): string {
  const set = (key: string, value: number) => `pulumi config set rotation:${key} -- ${value}`;
  return [
    set("counter", counter),
    live === counter ? "pulumi config rm rotation:live" : set("live", live),
    retired === -1 ? "pulumi config rm rotation:retired" : set("retired", retired),
    "pulumi up",
  ].join(" && ");
}

/** `counter 8, live 7, retired 6`. */
export function planInWords({ counter, live, retired }: Plan): string {
  return `counter ${counter}, live ${live}, retired ${retired === -1 ? "none" : retired}`;
}

export function samePlan(a: Plan, b: Plan): boolean {
  return a.counter === b.counter && a.live === b.live && a.retired === b.retired;
}
