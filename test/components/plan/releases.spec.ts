import assert from "node:assert";
import { type Expectation, type Facts, needsFacts, obstacles } from "../../../components/facts";
import {
  judge,
  judgeBeforePlanning,
  type Move,
  movesFrom,
  otherSlot,
  type Plan,
  planProblems,
  rotationPlan,
  type Run,
  samePlan,
  type SlotName,
  slotOf,
  SLOTS,
  type Target,
  waysOn,
} from "../../../components/plan";

/** Settings: `a` served first, `b` is new, `c` is a good third one. */
type Settings = "a" | "b" | "c";

/** What pods of settings do; of those that are gone, running pods go on and no new one starts. */
type Health = "good" | "never ready" | "answers wrongly" | "gone";

interface Case {
  readonly b: Health;
  readonly letters?: readonly Settings[];
  /** Whether the image of `a` may disappear from the registry. */
  readonly aGoes?: true;
  /** Whether a generation without traffic may become one of which no new pod starts. */
  readonly breaks?: true;
}

const CASES: Readonly<Record<string, Case>> = {
  "b is good": { b: "good" },
  "b never gets ready": { b: "never ready" },
  "b answers wrongly": { b: "answers wrongly" },
  "a goes": { b: "good", aGoes: true },
  "the standby breaks": { b: "good", breaks: true },
  "everything at once": {
    letters: ["a", "b", "c"],
    b: "never ready",
    aGoes: true,
    breaks: true,
  },
};

/** Pods of an active slot. */
const PODS = 2;
/** Counters up to this one; with 2 there are more states and nothing else is found. */
const HIGHEST = 1;

interface Slot {
  generation: number;
  canLogin: boolean;
  /** Settings of its Deployment. */
  spec: Settings;
  wanted: number;
  /** Settings of its pods, all of them ready. */
  pods: Settings[];
}

interface World {
  readonly slots: Record<SlotName, Slot>;
  traffic: SlotName;
  /** Settings of which a pod has proved itself. */
  tried: Settings[];
  isAGone: boolean;
  /** Generation of which no new pod starts. */
  broken: number | null;
}

/** What an `up` is asked for. */
interface Asked {
  readonly plan: Plan;
  readonly settings: Settings;
}

interface State {
  completed: Asked;
  started: Asked;
  isFinished: boolean;
  /** Whether another plan was started since the last run that completed: its attempt differs. */
  hasMoved: boolean;
  /** An `up` under way: what it was asked for, and the next of its operations. */
  up: { readonly to: Asked; next: number } | null;
  readonly world: World;
}

/** One operation of an `up`; it waits until it can be done, and may be killed before. */
interface Operation {
  readonly name: string;
  readonly can?: (world: World) => boolean;
  readonly run: (world: World) => string | void;
}

interface Variant {
  /** Whether one pod of other settings has to prove itself first. */
  readonly tries: boolean;
  /** Whether a slot gets settings with a new generation only, instead of in an update. */
  readonly withGeneration?: true;
  /** What the guard accepts. */
  readonly accepts: Accepts;
  /** Whether an update that returns to the completed plan forgets that another one was started. */
  readonly forgetsAttempt?: true;
}

const healthOf = (settings: Settings, { isAGone }: World, { b }: Case): Health =>
  settings === "b" ? b : settings === "a" && isAGone ? "gone" : "good";

const hasRolled = ({ pods, spec, wanted }: Slot) =>
  pods.length === wanted && pods.every((pod) => pod === spec);

/** Operations of an `up`, in their order. */
function operations(variant: Variant, of: Case, completed: Asked, to: Asked): Operation[] {
  const { liveSlot, standbySlot: standby, counter } = rotationPlan(to.plan);
  const live = liveSlot!;
  const proves = (world: World, settings: Settings) => {
    world.tried = [...new Set([...world.tried, settings])].sort();
  };
  const key = (slot: SlotName, generation: number, canLogin: boolean): Operation => ({
    name: `role of ${slot}`,
    run({ slots, traffic }) {
      const before = slots[slot];
      const isAltered = before.generation !== generation || (before.canLogin && !canLogin);
      Object.assign(before, { generation, canLogin });
      return traffic === slot && isAltered ? "the credential that serves is altered" : undefined;
    },
  });
  const settingsOf = (slot: SlotName, generation: number, { slots }: World): Settings =>
    variant.withGeneration && slots[slot].generation === generation && slots[slot].wanted > 0
      ? slots[slot].spec
      : to.settings;
  const rolled = (slot: SlotName): Operation => ({
    name: `${slot} has rolled`,
    can: ({ slots }) => hasRolled(slots[slot]),
    run: () => undefined,
  });
  const send = (slot: SlotName, generation: number, wanted: number): Operation => ({
    name: `release of ${slot}`,
    run(world) {
      const spec = settingsOf(slot, generation, world);
      Object.assign(world.slots[slot], { wanted, spec }, wanted === 0 && { pods: [] });
    },
  });
  const answersRightly = (slot: SlotName) => (world: World) => {
    const { pods } = world.slots[slot];
    return pods.length > 0 && pods.every((pod) => healthOf(pod, world, of) !== "answers wrongly");
  };
  const trial: Operation = {
    name: `trial of ${to.settings}`,
    can: (world) =>
      world.tried.includes(to.settings) || healthOf(to.settings, world, of) === "good",
    run: (world) => proves(world, to.settings),
  };
  const keyLive = key(live.slot, live.generation, true);
  const sendLive = send(live.slot, live.generation, PODS);
  return [
    // With a generation, what a slot had is looked up before its role is another one.
    ...(variant.withGeneration ? [sendLive, keyLive] : [keyLive]),
    ...(variant.tries && to.settings !== completed.settings ? [trial] : []),
    ...(variant.withGeneration ? [] : [sendLive]),
    rolled(live.slot),
    ...(live.generation === counter && completed.plan.live !== live.generation
      ? [
          {
            name: "proof before promotion",
            can: answersRightly(live.slot),
            run: (world: World) => proves(world, world.slots[live.slot].spec),
          },
        ]
      : []),
    { name: `traffic to ${live.slot}`, run: (world) => void (world.traffic = live.slot) },
    { name: "proof after promotion", can: answersRightly(live.slot), run: () => undefined },
    ...(standby.state === "active"
      ? [
          ...(variant.withGeneration ? [] : [key(standby.slot, standby.generation, true)]),
          send(standby.slot, standby.generation, PODS),
          rolled(standby.slot),
        ]
      : [send(standby.slot, standby.generation, 0), key(standby.slot, standby.generation, false)]),
    ...(standby.state === "active" && standby.generation === counter
      ? [{ name: "proof of staged", can: answersRightly(standby.slot), run: () => undefined }]
      : []),
  ];
}

/** Every plan that some way leads to, with all settings. */
function everything({ completed, started }: State, letters: readonly Settings[]): Asked[] {
  const plans = [
    ...movesFrom(completed.plan).values(),
    ...waysOn(completed.plan, started.plan).values(),
  ];
  return plans
    .filter((plan, index) => plans.findIndex((other) => samePlan(other, plan)) === index)
    .flatMap((plan) => letters.map((settings) => ({ plan, settings })));
}

const recordOf = ({ plan, settings }: Asked, attempt: string): Run => ({
  plan,
  settings,
  attempt,
  template: settings,
});

const EXPECTED: Omit<Expectation, "plan"> = {
  application: "app",
  namespace: "app",
  vault: "kv",
  secretVersion: "",
  connections: 1,
  replicas: PODS,
};

function factsOf({ slots }: World): Facts {
  const of = (slot: Slot) => ({
    release: {
      replicas: slot.wanted,
      ready: slot.pods.length,
      image: slot.spec,
      template: slot.spec,
      earlier: slot.pods.filter((pod) => pod !== slot.spec).length,
      isWhole: slot.wanted > 0 && hasRolled(slot),
      pinned: "",
      mounted: [],
    },
  });
  return { slots: { blue: of(slots.blue), green: of(slots.green) }, unseen: [] };
}

type Accepts = (state: State, letters: readonly Settings[]) => Asked[];

/** What somebody who asks the guard has accepted, and what it sees. */
interface Guard {
  readonly acceptsSettings?: boolean;
  readonly looks?: typeof obstacles;
}

/** The guard as it is: before planning, by the records, and by what is seen of the cluster. */
function guard({ acceptsSettings = false, looks = obstacles }: Guard = {}): Accepts {
  return (state, letters) => {
    const completed = recordOf(state.completed, "first");
    const started = recordOf(state.started, state.hasMoved ? "second" : "first");
    const facts = factsOf(state.world);
    const before = {
      accepted: [],
      image: "",
      look: () => Promise.resolve(facts),
      expected: { ...EXPECTED, image: completed.settings, template: completed.template },
    };
    return everything(state, letters).filter((asked) => {
      const target: Target = { ...recordOf(asked, ""), acceptsSettings };
      const beginning = { completed, started, target };
      if (
        judgeBeforePlanning(completed, target) !== undefined ||
        "refusal" in judge(completed, started, target, () => asked.settings)
      ) {
        return false;
      }
      if (!needsFacts(beginning, before)) {
        return true;
      }
      const { changes, refusal } = looks(beginning, facts, before);
      return refusal === undefined && changes.length === 0;
    });
  };
}

/** A guard that looks at records only: a rule says which settings each way may have. */
function byRecords(
  rule: (move: Move, state: State, letters: readonly Settings[]) => readonly Settings[],
): Accepts {
  return (state, letters) => {
    const { completed, hasMoved, started } = state;
    const ways = hasMoved ? waysOn(completed.plan, started.plan) : movesFrom(completed.plan);
    return [...ways].flatMap(([move, plan]) =>
      rule(move, state, letters).map((settings) => ({ plan, settings })),
    );
  };
}

/** Before there were trials: an update must complete before any move, whatever serves. */
const updateFirst = byRecords((move, { completed, hasMoved, started }, letters) =>
  move === "nothing"
    ? letters
    : hasMoved || started.settings === completed.settings
      ? [completed.settings]
      : [],
);

/** Settings reach a slot with a new generation, and stay with it. */
const byGeneration = byRecords((move, { completed, hasMoved, isFinished, started }, letters) => {
  const both = [...new Set([completed.settings, started.settings])];
  if (isFinished) {
    return move === "rotate" || move === "stage" ? letters : [completed.settings];
  }
  if (hasMoved) {
    return move === "finish" ? letters : both;
  }
  return move === "withdraw" || move === "retire" ? both : [completed.settings];
});

const built = guard();

/** As built, but an emergency and a roll back do not ask what the live slot has. */
const eager: Accepts = (state, letters) => {
  const { completed, hasMoved, world } = state;
  const { plan, settings } = completed;
  const moves = movesFrom(plan);
  const emergency = moves.get("emergency");
  const rollBack = moves.get("roll back");
  const standby = world.slots[slotOf(plan.live - 1)];
  const canRollBack = standby.spec === settings && hasRolled(standby);
  return [
    ...built(state, letters),
    ...(emergency && !hasMoved ? [{ plan: emergency, settings }] : []),
    ...(rollBack && !hasMoved && canRollBack ? [{ plan: rollBack, settings }] : []),
  ];
};

interface Finding {
  readonly count: number;
  /** How it came about, with what stopped on the way. */
  readonly trail: string;
}

interface Walk {
  readonly states: number;
  readonly found: ReadonlyMap<string, Finding>;
}

/** Walks every state that ways, kills and events lead to, and names what must never be. */
function walk(variant: Variant, of: Case): Walk {
  const slot = (generation: number, canLogin: boolean): Slot => ({
    generation,
    canLogin,
    spec: "a",
    wanted: canLogin ? PODS : 0,
    pods: canLogin ? Array<Settings>(PODS).fill("a") : [],
  });
  const first: Asked = { plan: { counter: 0, live: 0, retired: -1 }, settings: "a" };
  interface Seen {
    readonly state: State;
    readonly next: string[];
    readonly how: string;
    readonly before: string | undefined;
  }
  const seen = new Map<string, Seen>();
  const found = new Map<string, Finding>();
  const trailOf = (key: string): string => {
    const trail: string[] = [];
    for (let at: string | undefined = key; at !== undefined; at = seen.get(at)!.before) {
      trail.unshift(seen.get(at)!.how);
    }
    return trail.join(" | ");
  };
  const note = (what: string, key: string) => {
    const known = found.get(what);
    found.set(what, { count: (known?.count ?? 0) + 1, trail: known?.trail ?? trailOf(key) });
  };
  const add = (state: State, how: string, before?: string) => {
    const key = JSON.stringify(state);
    if (!seen.has(key)) {
      seen.set(key, { state, next: [], how, before });
    }
    if (before !== undefined) {
      seen.get(before)!.next.push(key);
    }
  };
  add(
    {
      completed: first,
      started: first,
      isFinished: true,
      hasMoved: false,
      up: null,
      world: {
        slots: { blue: slot(0, true), green: slot(-1, false) },
        traffic: "blue",
        tried: ["a"],
        isAGone: false,
        broken: null,
      },
    },
    "deployed",
  );
  const letters = of.letters ?? ["a", "b"];
  // A Map hands out what is added meanwhile as well.
  for (const [key, { state }] of seen) {
    inspect(state, of).forEach((what) => note(what, key));
    for (const [how, change] of steps(state, variant, of, letters)) {
      const next = structuredCloneOf(state);
      const broken = change(next);
      if (typeof broken === "string") {
        note(broken, key);
      }
      add(next, how, key);
    }
  }
  deadEnds(seen, of).forEach(([what, key]) => note(what, key));
  return { states: seen.size, found };
}

const structuredCloneOf = (state: State) => JSON.parse(JSON.stringify(state)) as State;

/** What is broken in a state, whatever comes next. */
function inspect({ world }: State, { b }: Case): string[] {
  const { pods } = world.slots[world.traffic];
  return [
    ...(pods.some((pod) => !world.tried.includes(pod)) ? [UNPROVED] : []),
    ...(pods.includes("b") && b === "answers wrongly" ? [WRONG] : []),
    ...(pods.length === 0 ? ["production has no pod"] : []),
  ];
}

const UNPROVED = "production has pods of settings that nothing has proved";
const WRONG = "production is answered wrongly";
const DEAD_END = "a dead end: no run that is accepted can complete";
const FORCED = "production has to go back to the old settings before anything is accepted";

type Step = readonly [how: string, change: (state: State) => string | void];

function steps(state: State, variant: Variant, of: Case, letters: readonly Settings[]): Step[] {
  return [...clusterSteps(state, of), ...runSteps(state, variant, of, letters)];
}

/** What happens by itself: a pod starts or is replaced, or something breaks. */
function clusterSteps({ world }: State, of: Case): Step[] {
  const { broken, isAGone, slots, traffic } = world;
  const starts = (settings: Settings, generation: number) =>
    !["never ready", "gone"].includes(healthOf(settings, world, of)) && broken !== generation;
  const pods = SLOTS.flatMap((name): Step[] => {
    const { generation, pods: running, spec, wanted } = slots[name];
    const old = running.findIndex((pod) => pod !== spec);
    const isMissing = running.length < wanted;
    return starts(spec, generation) && wanted > 0 && (isMissing || old >= 0)
      ? [
          [
            `pod of ${name}`,
            ({ world: { slots: after } }) => {
              after[name].pods.splice(isMissing ? running.length : old, 1, spec);
              after[name].pods.sort();
            },
          ],
        ]
      : [];
  });
  const standby = otherSlot(traffic);
  const { generation, wanted } = slots[standby];
  return [
    ...pods,
    ...(of.aGoes && !isAGone
      ? [["a goes", ({ world: after }: State) => void (after.isAGone = true)] as const]
      : []),
    ...(of.breaks && broken === null && wanted > 0
      ? [
          [
            `generation ${generation} breaks`,
            ({ world: after }: State) => void (after.broken = generation),
          ] as const,
        ]
      : []),
  ];
}

/** What people and the engine do: an `up` begins, goes on, stops or completes. */
function runSteps(state: State, variant: Variant, of: Case, letters: readonly Settings[]): Step[] {
  const { completed, isFinished, up, world } = state;
  if (up === null) {
    return variant
      .accepts(state, letters)
      .filter(
        ({ plan, settings }) =>
          planProblems(plan).length === 0 &&
          plan.counter <= HIGHEST &&
          !(isFinished && samePlan(plan, completed.plan) && settings === completed.settings),
      )
      .map((to) => [
        `up to ${to.plan.counter}/${to.plan.live}/${to.plan.retired} with ${to.settings}`,
        (after) => {
          const isOther = !samePlan(to.plan, completed.plan);
          after.hasMoved = isOther || (!variant.forgetsAttempt && state.hasMoved);
          after.started = to;
          after.isFinished = false;
          after.up = { to, next: 0 };
        },
      ]);
  }
  const operation = operations(variant, of, completed, up.to)[up.next];
  const stop: Step = [
    `stopped before ${operation?.name ?? "the record"}`,
    (after) => void (after.up = null),
  ];
  if (operation === undefined) {
    return [
      stop,
      [
        "completed",
        (after) => {
          Object.assign(after, { completed: up.to, isFinished: true, hasMoved: false, up: null });
        },
      ],
    ];
  }
  return operation.can === undefined || operation.can(world)
    ? [
        stop,
        [
          operation.name,
          (after) => {
            after.up!.next++;
            return operation.run(after.world);
          },
        ],
      ]
    : [stop];
}

type Graph = ReadonlyMap<string, { readonly state: State; readonly next: readonly string[] }>;

/** States from which no run can complete any more, or only by what must not be asked of anybody. */
function deadEnds(seen: Graph, { b }: Case): (readonly [what: string, key: string])[] {
  const before = new Map<string, string[]>();
  for (const [key, { next }] of seen) {
    next.forEach((each) => before.set(each, [...(before.get(each) ?? []), key]));
  }
  const leadingTo = (ends: readonly string[], passes: (state: State) => boolean) => {
    const reached = new Set(ends);
    for (const key of reached) {
      (before.get(key) ?? [])
        .filter((each) => passes(seen.get(each)!.state))
        .forEach((each) => reached.add(each));
    }
    return reached;
  };
  const keys = (holds: (state: State) => boolean) =>
    [...seen].filter(([, { state }]) => holds(state)).map(([key]) => key);
  const isDone = ({ completed, isFinished, up, world: { slots, traffic } }: State) =>
    isFinished &&
    up === null &&
    traffic === slotOf(completed.plan.live) &&
    slots[traffic].pods.length === PODS;
  const hasNoA = ({ world: { slots, traffic } }: State) => !slots[traffic].pods.includes("a");
  const completing = leadingTo(keys(isDone), () => true);
  const withoutA = leadingTo(
    keys((state) => isDone(state) && hasNoA(state)),
    hasNoA,
  );
  /** An update to `b` that stopped, with nothing but good pods of `b` in production. */
  const isNew = ({ completed, hasMoved, isFinished, started, up, world }: State) =>
    b === "good" &&
    up === null &&
    !isFinished &&
    !hasMoved &&
    started.settings === "b" &&
    completed.settings === "a" &&
    world.slots[world.traffic].pods.every((pod) => pod === "b");
  return [
    ...keys((state) => state.up === null)
      .filter((key) => !completing.has(key))
      .map((key) => [DEAD_END, key] as const),
    ...keys(isNew)
      .filter((key) => completing.has(key) && !withoutA.has(key))
      .map((key) => [FORCED, key] as const),
  ];
}

const BUILT: Variant = { tries: true, accepts: built };

interface Wrong {
  readonly title: string;
  readonly variant: Variant;
  /** What is found in which case. */
  readonly finds: readonly (readonly [title: string, what: string])[];
}

/** What was weighed and not chosen, and faults; the letters are those of the decision. */
const WRONG_WAYS: readonly Wrong[] = [
  {
    title: "T: both slots updated in place, without a trial",
    variant: { tries: false, accepts: updateFirst },
    finds: [
      ["b is good", UNPROVED],
      ["b answers wrongly", WRONG],
      ["the standby breaks", FORCED],
      ["the standby breaks", DEAD_END],
    ],
  },
  {
    title: "B: settings that reach a slot with a new generation",
    variant: { tries: false, accepts: byGeneration, withGeneration: true },
    finds: [
      ["b answers wrongly", UNPROVED],
      ["b never gets ready", DEAD_END],
    ],
  },
  {
    title: "D0: a trial, with every move waiting for the update",
    variant: { tries: true, accepts: updateFirst },
    finds: [
      ["a goes", DEAD_END],
      ["the standby breaks", FORCED],
    ],
  },
  {
    title: "D5: an emergency and a roll back while the live slot has pods of two templates",
    variant: { tries: true, accepts: eager },
    finds: [
      ["a goes", DEAD_END],
      ["the standby breaks", DEAD_END],
    ],
  },
  {
    title: "an attempt that is forgotten by the way back to the completed plan",
    variant: { ...BUILT, forgetsAttempt: true },
    finds: [["the standby breaks", DEAD_END]],
  },
  {
    title: "records alone, for which an update that was set back and stopped is complete",
    variant: {
      ...BUILT,
      accepts: guard({ looks: (...args) => ({ ...obstacles(...args), changes: [] }) }),
    },
    finds: [["a goes", DEAD_END]],
  },
];

describe("an update, walked with everything that may happen until it is in force", () => {
  for (const [title, of] of Object.entries(CASES)) {
    it(`breaks nothing, and never ends dead, where ${title}`, () => {
      const { found, states } = walk(BUILT, of);
      assert.deepStrictEqual([...found], []);
      assert.ok(states > 400, `only ${states} states were walked`);
    });
  }

  it("nor with an emergency that may take other settings along", () => {
    const accepts = guard({ acceptsSettings: true });
    const { found, states } = walk({ ...BUILT, accepts }, CASES["everything at once"]!);
    assert.deepStrictEqual([...found], []);
    assert.ok(states > 50_000, `only ${states} states were walked`);
  });

  for (const { title, variant, finds } of WRONG_WAYS) {
    it(`would break something or end dead with ${title}`, () => {
      for (const of of new Set(finds.map(([name]) => name))) {
        const { found } = walk(variant, CASES[of]!);
        const expected = finds.filter(([name]) => name === of).map(([, what]) => what);
        assert.deepStrictEqual(
          expected.filter((what) => !found.has(what)),
          [],
          `${of}: found ${JSON.stringify([...found])}`,
        );
      }
    });
  }
});
