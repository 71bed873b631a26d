import {
  judge,
  LEGACY,
  type Move,
  type Plan,
  planInWords,
  samePlan,
  slotOf,
} from "../../components/plan";
import {
  type Asked,
  type Calendar,
  choose,
  daysLeft,
  endsLive,
  hoursBetween,
  isHalfFinished,
} from "./choice";
import type { Records } from "./records";
import { readPlan, writePlan } from "./stackFile";

/** What a proposal is made from. */
export interface Request {
  readonly stack: string;
  readonly asked: Asked;
  readonly records: Records;
  /** Text of `stacks/Pulumi.<stack>.yaml` on the main branch. */
  readonly file: string;
  /** Branches of the repository. */
  readonly branches: readonly string[];
  readonly calendar: Calendar;
}

/** A pull request that makes one move. */
export interface Proposal {
  readonly move: Move;
  readonly plan: Plan;
  readonly branch: string;
  readonly title: string;
  readonly body: string;
  /** Text of the stack file with the plan in it. */
  readonly file: string;
}

/** A proposal, or why there is none: `settled` when all is as it should be, else `refused`. */
export type Outcome =
  { readonly proposal: Proposal } | { readonly settled: string } | { readonly refused: string };

interface Words {
  readonly title: (stack: string, from: Plan, to: Plan) => string;
  readonly effect: (from: Plan, to: Plan) => string;
}

const slot = (generation: number) =>
  generation === LEGACY ? "the legacy login" : `generation ${generation} (${slotOf(generation)})`;

const BACK: Words = {
  title: (stack, _from, to) => `${stack}: back to generation ${to.live}`,
  effect: (_from, to) =>
    `Production goes back to ${slot(to.live)}, whose credential is still valid. Then withdraw ` +
    `generation ${to.counter}, or fix the cause and promote it again.`,
};

/** The way back from an emergency, which only a person asks for. */
const BACK_FROM_EMERGENCY: Words = {
  title: (stack, _from, to) =>
    `${stack}: back to generation ${to.live}, which the emergency was going to disable`,
  effect: (_from, to) =>
    `Production goes back to ${slot(to.live)}, whose credential the emergency was going to ` +
    "disable: whoever has it can use it until a later move disables it. To finish the " +
    "emergency instead, close this, fix the cause and run `up` by hand.",
};

const WORDS: Readonly<Partial<Record<Move, Words>>> = {
  rotate: {
    title: (stack, from, to) => `${stack}: rotate ${from.counter} -> ${to.counter}`,
    effect: (from, to) =>
      `${capital(slot(to.counter))} gets a new credential and takes over from ` +
      `${slot(from.live)}, which is not touched and stays ready for rollback until it is retired.`,
  },
  stage: {
    title: (stack, _from, to) => `${stack}: stage generation ${to.counter}`,
    effect: (from, to) =>
      `${capital(slot(to.counter))} gets a new credential; production stays with ${slot(from.live)}.`,
  },
  promote: {
    title: (stack, _from, to) => `${stack}: promote generation ${to.live}`,
    effect: (from, to) => `Production moves from ${slot(from.live)} to ${slot(to.live)}.`,
  },
  retire: {
    title: (stack, _from, to) => `${stack}: retire generation ${to.retired}`,
    effect: (_from, to) =>
      `The login of ${slot(to.retired)} is disabled, and its password is verified to fail. ` +
      "This cannot be rolled back: the only way is forward.",
  },
  withdraw: {
    title: (stack, from) => `${stack}: withdraw generation ${from.counter}`,
    effect: (from, to) =>
      `${capital(slot(from.counter))} is discarded: its password is replaced and its login is ` +
      `disabled. Production stays with ${slot(to.live)}.`,
  },
  emergency: {
    title: (stack, _from, to) => `${stack}: emergency, to generation ${to.counter}`,
    effect: (from, to) =>
      `${capital(slot(to.counter))} takes over, and the login of ${slot(from.live)} is ` +
      "disabled in the same run: no soak time, no rollback.",
  },
  "roll back": BACK,
  "go back": BACK,
};

/**
 * Decides what a pull request for a stack is to say. Asked for the same again, with the branch of
 * the last proposal still there, it proposes nothing.
 */
export function propose(request: Request): Outcome {
  const { stack, asked, records, branches, calendar } = request;
  const isQuestion = asked === "due" || asked === "way-back";
  const none = (reason: string): Outcome =>
    isQuestion ? { settled: reason } : { refused: reason };

  // First of all: what Pulumi would not read must not look settled.
  const asks = readPlan(request.file, `stacks/Pulumi.${stack}.yaml`);
  const choice = choose(asked, records, calendar);
  if ("none" in choice) {
    return none(choice.none);
  }
  const { move, plan } = choice;
  if (samePlan(asks, plan)) {
    return { settled: `The stack file already asks for ${planInWords(plan)}: run \`up\`.` };
  }
  const { completed, started } = records;
  const isBack = move === "go back" || move === "roll back";
  if (!isHalfFinished(records) && !samePlan(asks, completed!.plan)) {
    return none(
      `The stack file asks for ${planInWords(asks)}, but the last completed plan is ` +
        `${planInWords(completed!.plan)}: run \`up\` before another move is proposed.`,
    );
  }
  // A stack may be called what no part of a branch's name may be (git-check-ref-format).
  const prefix = `rotation/${stack.replace(/^\.|\.(?=\.|$|lock$)/g, "_")}/`;
  const open = branches.find((each) => each.startsWith(prefix));
  const branch = `${prefix}${isBack ? "roll-back" : move}-${plan.counter}`;
  // The way back does not wait for whatever else was proposed.
  if (open !== undefined && (!isBack || branches.includes(branch))) {
    return { settled: `${open} is already proposed: merge it, or close it and delete the branch.` };
  }
  const { settings, template = "" } = completed!;
  // Whether a slot is whole only the cluster knows; the guard asks it. After an update that stopped it
  // may well not be.
  const whole = () => (isHalfFinished(records) ? template : undefined);
  const verdict = judge(completed, started, { plan, settings, template }, whole);
  if ("refusal" in verdict) {
    return none(`${verdict.refusal.reason}\n${verdict.refusal.help}`);
  }
  const { title, effect } = isBack && endsLive(records) ? BACK_FROM_EMERGENCY : WORDS[move]!;
  return {
    proposal: {
      move,
      plan,
      branch,
      title: title(stack, asks, plan),
      body: body(request, move, plan, effect(asks, plan)),
      file: writePlan(request.file, plan),
    },
  };
}

function body({ stack, records, file, calendar }: Request, move: Move, to: Plan, effect: string) {
  const from = readPlan(file);
  const shown = (key: keyof Plan, value: number) =>
    key === "retired" && value <= LEGACY ? "none" : String(value);
  return [
    effect,
    "",
    ...age(records, calendar.now),
    "| Key | Now | After |",
    "| --- | --- | --- |",
    ...(["counter", "live", "retired"] as const).map(
      (key) => `| \`rotation:${key}\` | ${shown(key, from[key])} | ${shown(key, to[key])} |`,
    ),
    "",
    `The move is: ${move}. Merging runs \`pulumi up\` on ${stack}, once it is approved.`,
    "The preview of this pull request shows what it will do: nothing to the live slot, and",
    "nothing to the platform. It refuses a plan that is not one move away.",
    "",
  ].join("\n");
}

function age({ live }: Records, now: Date): string[] {
  if (live === undefined) {
    return [];
  }
  const days = Math.floor(hoursBetween(new Date(live.created), now) / 24);
  const left = daysLeft(live.expires, now);
  const expires = live.expires.slice(0, 10);
  return [
    `The credential in service, ${slot(live.generation)}, is ${days} days old: created on ` +
      `${live.created.slice(0, 10)}, ${left < 0 ? "expired since" : "expires on"} ${expires} ` +
      `(${left < 0 ? `${-left} days ago` : `in ${left} days`}).`,
    "",
  ];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
