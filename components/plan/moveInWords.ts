import { type Move, movesFrom } from "./moves";
import { type Plan, type RotationPlan, slotOf } from "./rotationPlan";
import type { SettingsDifference } from "./settings";
import type { Transition } from "./transition";

/** Settings that reach the slots and nothing else. */
const OF_THE_SLOTS: readonly string[] = [
  "charts/app",
  ...[
    "appImage",
    "maxReplicas",
    "minReadySeconds",
    "minReplicas",
    "poolSize",
    "preStopSeconds",
    "replicas",
    "rolloutSeconds",
    "trial",
  ].map((key) => `rotation:${key}`),
];

/** What a run changes beside the plan, as far as that is known before it begins. */
export interface Changes {
  /** Settings that are not those of the run that completed last; undefined where they are the same. */
  readonly difference?: SettingsDifference | undefined;
  /** Image of the application: in force, and asked for. */
  readonly images?: { readonly from: string | undefined; readonly to: string } | undefined;
  /** Whether other settings make other pods. */
  readonly replacesPods: boolean;
  /** Whether one pod of other settings has to prove itself first. */
  readonly tries: boolean;
  /** Whether a slot is emptied before its role is re-keyed. */
  readonly vacates: boolean;
  /** Seconds that a pod may take to end. */
  readonly endingSeconds?: number | undefined;
}

/**
 * What a run will do, for the people who read its preview: the move, what it touches and what not,
 * until when it can be taken back, and which moves come next.
 */
export function moveInWords({ from, to, move }: Transition, changes: Changes): string {
  const sentences =
    from === undefined
      ? deployed(to)
      : move === "nothing" && changes.difference !== undefined
        ? updated(to, { ...changes, difference: changes.difference })
        : [...moved(from, to, move), ...emptied(from, to, changes), ...takenAlong(changes)];
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

function moved(from: Plan, to: Plan, move: Move | undefined): string[] {
  const live = slotOf(to.live);
  const other = slotOf(to.live + 1);
  const untouched = "The platform is not touched.";
  const texts: Partial<Record<Move, string[]>> = {
    nothing: [`No move: generation ${to.live} (${live}) stays live.`],
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
      `Retire ${to.retired}: ${other} goes to no pods, its credential can no longer log in, and that ` +
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

/** An update: the same plan with other settings. */
function updated(
  to: RotationPlan,
  {
    difference,
    images,
    replacesPods,
    tries,
  }: Changes & { readonly difference: SettingsDifference },
): string[] {
  const { liveSlot, standbySlot } = to;
  const live = liveSlot.slot;
  const image = images?.from === undefined || images.from === images.to ? undefined : images;
  const others = difference.names.filter((name) => !(image && name === IMAGE));
  const gets = [
    ...(image ? [`${image.to} instead of ${image.from}`] : []),
    ...(others.length > 0 ? [`other settings (${others.join(", ")})`] : []),
    ...(difference.names.length === 0
      ? ["other settings (the last run was of a version that did not record which)"]
      : []),
  ];
  const rest =
    `${live}'s pods are replaced, each only when its successor is ready; then production is asked; ` +
    `then ${standbySlot.slot} (${stateOf(to)}) gets the same.`;
  const onlySlots =
    difference.names.length > 0 && difference.names.every((name) => OF_THE_SLOTS.includes(name));
  return [
    `Update, no move: ${live} (generation ${liveSlot.generation}, live) gets ${gets.join(", and ")}.`,
    !replacesPods
      ? `No pod is replaced for that, of ${live} or of ${standbySlot.slot}.`
      : tries
        ? `First, one new pod without traffic has to prove itself with ${live}'s credential. Then ${rest}`
        : `No pod is tried first, because rotation:trial is none: ${rest}`,
    ...(difference.names.includes(CHART)
      ? [`The files of ${CHART} are not those of the last run: git log -p -- charts.`]
      : []),
    ...(onlySlots ? [] : ["Read below what else these settings update, and what they replace."]),
    ...(image && !image.to.includes("@")
      ? [`The tag of ${image.to} can be moved after the trial; a digest (@sha256:...) cannot.`]
      : []),
    image && others.length === 0
      ? `To go back: pulumi config set ${IMAGE} ${image.from} && pulumi up.`
      : "To go back: set back what differs (git log -p -- stacks charts), then pulumi up.",
  ];
}

const IMAGE = "rotation:appImage";
const CHART = "charts/app";

/** Settings that a move takes along: an emergency, or one after an update that did not complete. */
function takenAlong({ difference, replacesPods, tries }: Changes): string[] {
  return difference === undefined
    ? []
    : [
        `Other settings come along${named(difference)}` +
          (replacesPods && tries
            ? ": first, one new pod of them, without traffic, has to prove itself."
            : "."),
      ];
}

function named({ names }: SettingsDifference): string {
  return names.length === 0 ? "" : ` (${names.join(", ")})`;
}

/** A previous generation that nobody retired has pods that log in with what is about to change. */
function emptied(from: Plan, to: Plan, { endingSeconds, vacates }: Changes): string[] {
  if (!vacates || to.counter <= from.counter) {
    return [];
  }
  const generation = to.counter - 2;
  const slot = slotOf(generation);
  const adds = endingSeconds === undefined ? "the time that they take" : `up to ${endingSeconds} s`;
  const isEmergency = to.retired === from.counter;
  return [
    `Generation ${generation} was not retired, so the pods of ${slot} are ended before its ` +
      `credential is replaced. That adds ${adds}` +
      (isEmergency
        ? "."
        : `; to avoid it, retire first (pulumi config set rotation:retired -- ${generation}).`),
  ];
}

function next(plan: RotationPlan): string {
  const moves = Object.entries(nextMoves(plan)).map(([move, change]) => `${move} (${change})`);
  return (
    `Afterwards ${plan.standbySlot.slot} is ${stateOf(plan)}, and these moves are possible: ` +
    `${moves.join(", ")}.`
  );
}

/** What the slot that does not serve is to people. */
function stateOf({ live, standbySlot: { generation, state } }: RotationPlan): string {
  return state === "retired" ? state : generation > live ? "staged" : "ready for roll back";
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

/**
 * What to do after a trial that failed, for people.
 *
 * @param production image that production goes on running
 * @param job name of the trial's Job in the cluster, such as `app-trial-1a2b3c4d`
 */
export function failedTrialText({
  production,
  job,
  namespace,
}: {
  readonly production: string;
  readonly job: string;
  readonly namespace: string;
}): string {
  return (
    `The trial failed, so no slot was touched: production still runs ${production}.\n` +
    `Why: kubectl --namespace ${namespace} logs job/${job} --all-containers\n` +
    `Why, if it never started: kubectl --namespace ${namespace} describe pods --selector job-name=${job}\n` +
    "Mend it and run pulumi up again. Or go back, with whatever else differs set back too " +
    `(git log -p -- stacks charts): pulumi config set ${IMAGE} ${production} && pulumi up`
  );
}
