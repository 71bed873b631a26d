import { type Move, movesFrom } from "./moves";
import { LEGACY, type Plan, type RotationPlan, slotOf } from "./rotationPlan";
import { HOLDERS, type Pods, rollingInWords, rolloutInWords } from "./rollingInWords";
import type { SettingsDifference } from "./settings";
import type { Strategy } from "./strategy";
import type { Transition } from "./transition";
import { capital, holderOf } from "./words";

/** Settings that affect only the slots. */
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

/** What a run changes besides the plan, as far as known before it starts. */
export interface Changes extends Pods {
  /** Settings that differ from the last completed run's; undefined if none do. */
  readonly difference?: SettingsDifference | undefined;
  /** Image of the application: in force, and asked for. */
  readonly images?: { readonly from: string | undefined; readonly to: string } | undefined;
  /** Whether one pod with the changed settings is tried first. */
  readonly tries: boolean;
  /** Whether a slot is emptied, or shown to be free, before its role is re-keyed. */
  readonly vacates: boolean;
  /** Seconds that a pod may take to stop. */
  readonly endingSeconds?: number | undefined;
  /**
   * How production moves from one credential to the next.
   * @default "blueGreen"
   */
  readonly strategy?: Strategy | undefined;
}

/**
 * What a run will do, for the reader of its preview: the move, what it touches and leaves alone,
 * how long it can be undone, and which moves come next.
 */
export function moveInWords({ from, to, move }: Transition, changes: Changes): string {
  const sentences =
    from === undefined
      ? deployed(to)
      : move === "nothing" && changes.difference !== undefined
        ? updated(to, { ...changes, difference: changes.difference })
        : [
            ...moved(from, to, move, changes),
            ...emptied(from, to, changes),
            ...takenAlong(changes),
          ];
  return [...sentences, next(to)].join("\n");
}

/** The configuration change for each move that a completed plan allows, in the usual order. */
export function nextMoves(plan: Plan): Record<string, string> {
  const moves = [...movesFrom(plan)].filter(([move]) => move !== "nothing");
  return Object.fromEntries(moves.map(([move, to]) => [move, changeTo(plan, to)]));
}

function deployed({ counter, liveSlot, standbySlot }: RotationPlan): string[] {
  if (liveSlot === undefined) {
    return [
      `Adoption, at counter ${counter}: production stays with the legacy login, of which nothing is ` +
        "touched. Blue and green are created retired, for the first generations.",
    ];
  }
  const { generation, slot, state } = standbySlot;
  return [
    `First deployment, at counter ${counter}: ${liveSlot.slot} gets generation ${liveSlot.generation} ` +
      `and production traffic. ${capital(slot)} is created ` +
      (state === "retired"
        ? "retired, for the next generation."
        : `with generation ${generation}.`),
  ];
}

function moved(from: Plan, to: Plan, move: Move | undefined, changes: Changes): string[] {
  const live = holderOf(to.live);
  const before = holderOf(from.live);
  const newest = holderOf(to.counter);
  const untouched = "The platform is not touched.";
  const neither =
    to.live === LEGACY || from.live === LEGACY
      ? "Neither of them is touched."
      : "Neither slot is touched.";
  const texts: Partial<Record<Move, string[]>> = {
    nothing: [
      to.live === LEGACY
        ? "No move: the legacy login stays live."
        : `No move: generation ${to.live} (${live}) stays live.`,
    ],
    rotate: [
      `Rotate ${from.counter} -> ${to.counter}: ${live} gets a new credential and takes over from ` +
        `${before} once it is verified.`,
      `${capital(before)} is not touched and stays ready for rollback until you set ` +
        `rotation:retired to ${from.counter}. ${untouched}`,
    ],
    stage: [
      `Stage ${to.counter}: ${newest} gets a new credential and answers only on its stage host.`,
      `${capital(live)} stays live and is not touched. Withdraw undoes this. ${untouched}`,
    ],
    promote: [
      `Promote ${to.counter}: production traffic moves from ${before} to ${live}. ${neither}`,
      `You can roll back until you set rotation:retired to ${to.counter - 1}. ${untouched}`,
    ],
    "roll back": [
      `Roll back ${from.live} -> ${to.live}: production traffic moves from ${before} back to ` +
        `${live}. ${neither}`,
      `Promote moves it forward again. ${untouched}`,
    ],
    withdraw: [
      `Withdraw ${from.counter}: ${holderOf(from.counter)}'s credential is replaced and its login is ` +
        "disabled.",
      `${capital(live)} stays live and is not touched. This cannot be undone; you can raise the ` +
        `counter again. ${untouched}`,
    ],
    retire:
      to.retired === LEGACY
        ? [
            "Retire the legacy login: it is disabled and gets a password of the program's, which is " +
              "verified to fail. It stays the owner of what it owns.",
            `${capital(live)} stays live and is not touched. This cannot be undone: nobody can log in ` +
              `as before. ${untouched}`,
          ]
        : [
            `Retire ${to.retired}: ${holderOf(to.retired)} is scaled to zero, its login is disabled, ` +
              "and the old password is verified to fail.",
            `${capital(live)} stays live and is not touched. This cannot be undone. ${untouched}`,
          ],
    emergency: [
      `Emergency ${from.counter} -> ${to.counter}: ${live} gets a new credential and takes over; ` +
        (before === "the legacy login"
          ? "then, in the same run, the legacy login is disabled, and verified to fail."
          : `then, in the same run, ${before}'s login is disabled and the old password is verified to fail.`),
      `Nothing of ${before} changes until ${live} serves production. After that, this cannot be ` +
        `undone. ${untouched}`,
    ],
  };
  const isRolling = changes.strategy === "rolling";
  const rolling = isRolling ? rollingInWords(from, to, changes) : {};
  return (
    { ...texts, ...rolling }[move ?? "finish"] ?? [
      `Resumes a run that did not complete: generation ${to.live} (${live}) is live afterwards.` +
        (isRolling && to.live !== LEGACY ? ` Every pod that does not have it yet gets it.` : ""),
    ]
  );
}

/** An update: the same plan with other settings. */
function updated(
  to: RotationPlan,
  {
    difference,
    images,
    pods,
    replacesPods,
    strategy,
    tries,
  }: Changes & { readonly difference: SettingsDifference },
): string[] {
  const { liveSlot, standbySlot } = to;
  const image = images?.from === undefined || images.from === images.to ? undefined : images;
  const others = difference.names.filter((name) => !(image && name === IMAGE));
  const gets = [
    ...(image ? [`${image.to} instead of ${image.from}`] : []),
    ...(others.length > 0 ? [`other settings (${others.join(", ")})`] : []),
    ...(difference.names.length === 0
      ? [
          "other settings (which ones is unknown: the last run used a version that did not record them)",
        ]
      : []),
  ];
  const live = liveSlot?.slot ?? "the legacy login";
  const isRolling = strategy === "rolling";
  const rest = isRolling
    ? `the release rolls: ${rolloutInWords({ pods })}, each replaced only once its successor is ready; ` +
      "then production is verified."
    : `${live}'s pods are replaced, each only once its successor is ready; then production is ` +
      `verified; then ${standbySlot.slot} (${stateOf(to)}) gets the same.`;
  return [
    liveSlot === undefined
      ? `Update, no move: the legacy login stays live and is not touched; ${standbySlot.slot} ` +
        `(${stateOf(to)}) gets ${gets.join(", and ")}.`
      : `Update, no move: ${live} (generation ${liveSlot.generation}, live) gets ${gets.join(", and ")}.`,
    liveSlot === undefined
      ? replacesPods && standbySlot.state === "active" && !isRolling
        ? `${capital(standbySlot.slot)}'s pods are replaced, without traffic.`
        : "No pod is replaced."
      : !replacesPods
        ? isRolling
          ? "No pod is replaced."
          : `No pod of ${live} or ${standbySlot.slot} is replaced.`
        : tries
          ? `First, one new pod is tried without traffic, with ${live}'s credential. Then ${rest}`
          : `No pod is tried first, because rotation:trial is none: ${rest}`,
    ...(difference.names.includes(CHART)
      ? [`The files of ${CHART} changed since the last run: git log -p -- charts.`]
      : []),
    ...elsewhere(difference),
    ...(image && !image.to.includes("@")
      ? [`The tag of ${image.to} can move after the trial; a digest (@sha256:...) cannot.`]
      : []),
    image && others.length === 0
      ? `To go back: pulumi config set ${IMAGE} ${image.from} && pulumi up.`
      : "To go back: revert what differs (git log -p -- stacks charts), then run pulumi up.",
  ];
}

const IMAGE = "rotation:appImage";
const CHART = "charts/app";

/**
 * Settings that change with a move: with an emergency, or after an update that did not complete.
 */
function takenAlong({ difference, replacesPods, strategy, tries }: Changes): string[] {
  return difference === undefined
    ? []
    : [
        `This also changes settings${named(difference)}` +
          (replacesPods && tries
            ? ": first, one new pod with them is tried without traffic."
            : ".") +
          (replacesPods && strategy === "rolling"
            ? " No pod of the release is replaced before one with them is ready."
            : ""),
        ...(strategy === "rolling" ? elsewhere(difference) : []),
      ];
}

/** What settings change that are not the slots' own. */
function elsewhere({ names }: SettingsDifference): string[] {
  return names.length > 0 && names.every((name) => OF_THE_SLOTS.includes(name))
    ? []
    : ["Check below what else these settings update or replace."];
}

function named({ names }: SettingsDifference): string {
  return names.length === 0 ? "" : ` (${names.join(", ")})`;
}

/** The pods of a previous generation that was not retired log in with what is about to change. */
function emptied(from: Plan, to: Plan, { endingSeconds, strategy, vacates }: Changes): string[] {
  if (!vacates || to.counter <= from.counter) {
    return [];
  }
  const generation = to.counter - 2;
  const slot = slotOf(generation);
  if (strategy === "rolling") {
    return from.retired >= generation
      ? []
      : [
          `Generation ${generation} was not retired, so ${slot}'s credential is replaced only once ` +
            `${HOLDERS} it.`,
        ];
  }
  const adds =
    endingSeconds === undefined ? "the time they take to stop" : `up to ${endingSeconds} s`;
  const isEmergency = to.retired === from.counter;
  return [
    `Generation ${generation} was not retired, so ${slot}'s pods are stopped before its ` +
      `credential is replaced. This adds ${adds}` +
      (isEmergency
        ? "."
        : `; to avoid that, retire first (pulumi config set rotation:retired -- ${generation}).`),
  ];
}

function next(plan: RotationPlan): string {
  const moves = Object.entries(nextMoves(plan)).map(([move, change]) => `${move} (${change})`);
  return (
    `Afterwards ${plan.standbySlot.slot} is ${stateOf(plan)}. Possible moves: ` +
    `${moves.join(", ")}.`
  );
}

/** The standby slot's state, in words. */
function stateOf({ live, standbySlot: { generation, state } }: RotationPlan): string {
  return state === "retired" ? state : generation > live ? "staged" : "ready for rollback";
}

/** Commands that change one plan's configuration to another's. */
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

/**
 * What to do after a failed trial.
 *
 * @param production image that production keeps running
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
    `The trial failed, so neither slot was touched: production still runs ${production}.\n` +
    `To see why: kubectl --namespace ${namespace} logs job/${job} --all-containers\n` +
    `If it never started: kubectl --namespace ${namespace} describe pods --selector job-name=${job}\n` +
    "Fix the cause and run pulumi up again. Or go back: revert what else differs " +
    `(git log -p -- stacks charts), then pulumi config set ${IMAGE} ${production} && pulumi up`
  );
}
