import { type Move, movesFrom } from "./moves";
import { type Plan, type RotationPlan, slotOf } from "./rotationPlan";
import type { SettingsDifference } from "./settings";
import type { Transition } from "./transition";

/** Settings that reach the slots and nothing else. */
const OF_THE_SLOTS: readonly string[] = [
  "charts/app",
  ...["appImage", "poolSize", "preStopSeconds", "replicas", "rolloutSeconds"].map(
    (key) => `rotation:${key}`,
  ),
];

/**
 * What a run will do, for the people who read its preview: the move, what it touches and what not,
 * until when it can be taken back, and which moves come next.
 */
export function moveInWords(
  { from, to, move }: Transition,
  difference: SettingsDifference | undefined,
): string {
  const sentences = from === undefined ? deployed(to) : moved(from, to, move, difference);
  return [...sentences, next(to)].join("\n");
}

/** The configuration change of each move that a completed plan allows, in the order of use. */
export function nextMoves(plan: Plan): Record<string, string> {
  const moves = [...movesFrom(plan)].filter(([move]) => move !== "nothing");
  return Object.fromEntries(moves.map(([move, to]) => [move, changeTo(plan, to)]));
}

function deployed({ counter, liveSlot, standbySlot }: RotationPlan): string[] {
  const { generation, slot, state } = standbySlot;
  return [
    `First deployment, at counter ${counter}: ${liveSlot.slot} gets generation ${liveSlot.generation} ` +
      `and production's traffic. ${capital(slot)} is there, ` +
      (state === "retired" ? "retired, for the next one." : `with generation ${generation}.`),
  ];
}

function moved(
  from: Plan,
  to: Plan,
  move: Move | undefined,
  difference: SettingsDifference | undefined,
): string[] {
  const live = slotOf(to.live);
  const other = slotOf(to.live + 1);
  const untouched = "The platform is not touched.";
  const texts: Partial<Record<Move, string[]>> = {
    nothing: [`No move: generation ${to.live} (${live}) stays live.${changed(difference)}`],
    rotate: [
      `Rotate ${from.counter} -> ${to.counter}: ${live} gets a new credential and takes over from ` +
        `${other}, once it has proved itself.`,
      `${capital(other)} is not touched and stays ready for roll back until you set ` +
        `rotation:retired to ${from.counter}. ${untouched}`,
    ],
    stage: [
      `Stage ${to.counter}: ${other} gets a new credential and answers on its stage host only.`,
      `${capital(live)} stays live and is not touched. Withdraw takes it back. ${untouched}`,
    ],
    promote: [
      `Promote ${to.counter}: production's traffic moves from ${other} to ${live}. No slot is touched.`,
      `Roll back is possible until you set rotation:retired to ${to.counter - 1}. ${untouched}`,
    ],
    "roll back": [
      `Roll back ${from.live} -> ${to.live}: production's traffic moves from ${other} back to ` +
        `${live}. No slot is touched.`,
      `Promote moves it forward again. ${untouched}`,
    ],
    withdraw: [
      `Withdraw ${from.counter}: the credential of ${other} is replaced and can never log in again.`,
      `${capital(live)} stays live and is not touched. This cannot be taken back; the counter can ` +
        `be raised again. ${untouched}`,
    ],
    retire: [
      `Retire ${to.retired}: ${other} goes to no pods, its credential can log in no more, and that ` +
        "is proved.",
      `${capital(live)} stays live and is not touched. This cannot be taken back. ${untouched}`,
    ],
    emergency: [
      `Emergency ${from.counter} -> ${to.counter}: ${live} gets a new credential and takes over; ` +
        `then, in the same run, the credential of ${other} is ended, and that is proved.`,
      `Nothing of ${other} changes before production is answered by ${live}. There is no way back ` +
        `afterwards. ${untouched}`,
    ],
  };
  return (
    texts[move ?? "finish"] ?? [
      `The way on from a run that did not complete: generation ${to.live} (${live}) is live after it.`,
    ]
  );
}

/** What the settings do that changed. What the platform makes of its own, only the preview knows. */
function changed(difference: SettingsDifference | undefined): string {
  if (difference === undefined) {
    return "";
  }
  const { names } = difference;
  return names.length > 0 && names.every((name) => OF_THE_SLOTS.includes(name))
    ? ` Other settings (${names.join(", ")}) reach both slots as a rolling update.`
    : ` Other settings${names.length > 0 ? ` (${names.join(", ")})` : ""} changed: read below what they ` +
        "update, and what they replace.";
}

function next(plan: RotationPlan): string {
  const { standbySlot } = plan;
  const moves = Object.entries(nextMoves(plan)).map(([move, change]) => `${move} (${change})`);
  const state =
    standbySlot.state === "retired"
      ? "retired"
      : standbySlot.generation > plan.live
        ? "staged"
        : "ready for roll back";
  return (
    `Afterwards ${standbySlot.slot} is ${state}, and these moves are possible: ` +
    `${moves.join(", ")}.`
  );
}

/** Commands that turn one plan's configuration into another's. */
function changeTo(from: Plan, to: Plan): string {
  const set = (key: string, value: number) => `pulumi config set rotation:${key} -- ${value}`;
  const live = (plan: Plan) => (plan.live === plan.counter ? undefined : plan.live);
  return [
    ...(to.counter === from.counter ? [] : [set("counter", to.counter)]),
    ...(live(to) === live(from)
      ? []
      : [live(to) === undefined ? "pulumi config rm rotation:live" : set("live", to.live)]),
    ...(to.retired === from.retired ? [] : [set("retired", to.retired)]),
  ].join(" && ");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
