import assert from "node:assert";
import {
  judge,
  movesFrom,
  type Plan,
  rotationPlan,
  type Run,
  type SlotName,
  slotOf,
  SLOTS,
  type Strategy,
  waysOn,
} from "../../../components/plan";

/** Settings: with `a` pods start as those of their credential do in a case; with `b` all of them do. */
type Settings = "a" | "b";

/** Pods that start with a credential: all, none, or only the first one. */
type Starts = "all" | "none" | "one";

interface Case {
  /** Pods of the release. */
  readonly pods: number;
  readonly starts: (generation: number) => Starts;
  /** Whether pods with the first credential run, but no new one starts. */
  readonly firstIsStuck?: true;
  /** No plan's counter is above this one. */
  readonly counters: number;
  /** No counter rises after so many new credentials. */
  readonly keys: number;
}

interface Variant {
  /** What a credential's holders are, which must be gone before it is replaced or disabled. */
  readonly holders: "what the Deployment counts" | "pods" | "pods and Jobs";
  /** Whether that is waited for before a slot gets a new generation, too. */
  readonly freesFirst: boolean;
  /** What proves that the release has rolled. */
  readonly proof: "every pod" | "an answer";
  /** Whether each credential has a mount of its own, or the release one of what it has now. */
  readonly mounts: "each" | "one";
  /** Whether the state is recovered after a kill, so that the release is sent again. */
  readonly recovers: boolean;
  /** Whether there are Jobs with the release's template, which outlive a rollout. */
  readonly jobs: boolean;
  /** Whether a run may have other settings, if it is judged so. */
  readonly mends: boolean;
  readonly judgedAs: Strategy;
}

const RECOMMENDED: Variant = {
  holders: "pods and Jobs",
  freesFirst: true,
  proof: "every pod",
  mounts: "each",
  recovers: true,
  jobs: false,
  mends: false,
  judgedAs: "rolling",
};

/** `8.2`: of generation 8, with the second password since the first deployment. */
type Credential = string;

const FIRST: Credential = "0.0";

interface Asked {
  readonly plan: Plan;
  readonly settings: Settings;
}

interface Role {
  readonly credential: Credential;
  readonly canLogin: boolean;
}

interface State {
  readonly completed: Asked;
  readonly started: Asked;
  readonly isFinished: boolean;
  /** The next operation of the `up` under way, which is to what was started; -1 if there is none. */
  readonly next: number;
  readonly roles: Readonly<Record<SlotName, Role>>;
  /** The credential of the release's template, as the cluster and as the state have it. */
  readonly template: Credential;
  readonly recorded: Credential;
  /** Whether the state knows that the release failed. */
  readonly hasFailed: boolean;
  /** Whether this `up` has sent the release. */
  readonly isSent: boolean;
  /** Credentials of the pods that are ready, of those that are ending, and of the Job. */
  readonly pods: readonly Credential[];
  readonly ending: readonly Credential[];
  readonly jobs: readonly Credential[];
  /** Passwords since the first deployment. */
  readonly keys: number;
}

interface Operation {
  readonly name: string;
  readonly can?: (state: State) => boolean;
  readonly run?: (state: State) => State;
  /** What a kill in the middle of it leaves. */
  readonly killed?: (state: State) => State;
}

const generationOf = (credential: Credential) => Number.parseInt(credential, 10);
const slotOfCredential = (credential: Credential) => slotOf(generationOf(credential));
const count = (pods: readonly Credential[], credential: Credential) =>
  pods.filter((each) => each === credential).length;
const without = (all: readonly Credential[], one: Credential) => all.toSpliced(all.indexOf(one), 1);

/** Operations of an `up`, in their order. */
function operations(variant: Variant, { pods }: Case, to: Plan): Operation[] {
  const { liveSlot, standbySlot: standby } = rotationPlan(to);
  const live = liveSlot!;
  const isAt = (slot: SlotName, generation: number, { roles }: State) =>
    generationOf(roles[slot].credential) === generation;
  const isFree = (slot: SlotName, { ending, jobs, pods: ready }: State) => {
    const counted = {
      "what the Deployment counts": ready,
      pods: [...ready, ...ending],
      "pods and Jobs": [...ready, ...ending, ...jobs],
    }[variant.holders];
    return counted.every((credential) => slotOfCredential(credential) !== slot);
  };
  const free = (slot: SlotName): Operation => ({
    name: `free ${slot}`,
    can: (state) => isFree(slot, state),
  });
  const role = (slot: SlotName, generation: number, canLogin: boolean): Operation[] => [
    ...(variant.freesFirst && canLogin
      ? [
          {
            name: `free ${slot} for ${generation}`,
            can: (state: State) => isAt(slot, generation, state) || isFree(slot, state),
          },
        ]
      : []),
    {
      name: `role of ${slot}`,
      run(state) {
        const isNew = !isAt(slot, generation, state);
        const keys = state.keys + (isNew ? 1 : 0);
        const credential = isNew ? `${generation}.${keys}` : state.roles[slot].credential;
        return { ...state, keys, roles: { ...state.roles, [slot]: { credential, canLogin } } };
      },
    },
  ];
  const wanted = ({ roles }: State) => roles[live.slot].credential;
  const changes = (state: State) =>
    variant.recovers || state.hasFailed || state.recorded !== wanted(state);
  const hasRolled = (state: State) =>
    state.pods.length === pods && count(state.pods, wanted(state)) === pods;
  return [
    ...role(live.slot, live.generation, true),
    {
      name: "release",
      run(state) {
        const recorded = variant.recovers ? state.recorded : wanted(state);
        return changes(state)
          ? { ...state, isSent: true, hasFailed: false, template: wanted(state), recorded }
          : state;
      },
      killed: (state) => ({
        ...state,
        next: -1,
        ...(changes(state) && { template: wanted(state) }),
      }),
    },
    { name: "rollout", can: (state) => !state.isSent || hasRolled(state) },
    {
      name: "rolled",
      can: (state) =>
        variant.proof === "an answer"
          ? state.pods.includes(wanted(state))
          : count(state.pods, wanted(state)) === pods && state.template === wanted(state),
    },
    ...(standby.state === "retired" ? [free(standby.slot)] : []),
    ...role(standby.slot, standby.generation, standby.state === "active"),
  ];
}

type Step = readonly [how: string, next: State];

/** What happens by itself: a pod starts, is told to end or is gone, a Job starts or ends. */
function clusterSteps(state: State, { jobs: hasJobs }: Variant, of: Case): Step[] {
  const { ending, jobs, pods, started, template } = state;
  const ready = count(pods, template);
  const starts = started.settings === "b" ? "all" : of.starts(generationOf(template));
  const isStuck = of.firstIsStuck && started.settings === "a" && template === FIRST;
  const canStart = !isStuck && (starts === "all" || (starts === "one" && ready === 0));
  const steps: Step[] = [];
  if (ready < of.pods && pods.length <= of.pods && canStart) {
    steps.push([`pod of ${template} is ready`, { ...state, pods: [...pods, template].sort() }]);
  }
  if (pods.length > of.pods) {
    for (const pod of new Set(pods.filter((each) => each !== template))) {
      steps.push([
        `pod of ${pod} is ending`,
        { ...state, pods: without(pods, pod), ending: [...new Set([...ending, pod])].sort() },
      ]);
    }
  }
  for (const pod of ending) {
    steps.push([`pod of ${pod} is gone`, { ...state, ending: without(ending, pod) }]);
  }
  if (hasJobs) {
    steps.push(
      jobs.length === 0
        ? [`Job of ${template} starts`, { ...state, jobs: [template] }]
        : ["Job ends", { ...state, jobs: [] }],
    );
  }
  return steps;
}

/** What people and the engine do: an `up` begins, goes on, stops or completes. */
function runSteps(state: State, { accepted, of, operationsTo, variant }: Walker): Step[] {
  const { completed, keys, next, started } = state;
  if (next < 0) {
    return accepted(state)
      .filter(({ plan: { counter } }) => {
        const rises = counter > Math.max(completed.plan.counter, started.plan.counter);
        return counter <= of.counters && !(rises && keys >= of.keys);
      })
      .map((to) => [
        `up to ${inNumbers(to.plan)} with ${to.settings}`,
        { ...state, started: to, isFinished: false, next: 0 },
      ]);
  }
  const operation = operationsTo(started.plan)[next];
  const failed = operation?.name === "rollout" && !variant.recovers && state.isSent;
  const stopped: Step = [
    `stopped before ${operation?.name ?? "the record"}`,
    { ...state, next: -1, isSent: false, hasFailed: state.hasFailed || failed },
  ];
  if (operation === undefined) {
    return [
      stopped,
      ["completed", { ...state, completed: started, isFinished: true, next: -1, isSent: false }],
    ];
  }
  if (operation.can?.(state) === false) {
    return [stopped];
  }
  const done = operation.run?.(state) ?? state;
  return [
    stopped,
    [operation.name, { ...done, next: next + 1 }],
    ...(operation.killed
      ? [[`killed in ${operation.name}`, operation.killed(state)] as const]
      : []),
  ];
}

/** What the guard accepts, besides updates: moves, and ways on from one that stopped. */
function accepts({ judgedAs, mends }: Variant, state: State): Asked[] {
  const { completed, isFinished, started } = state;
  const record = ({ plan, settings }: Asked, attempt: string): Run => ({
    plan,
    settings,
    attempt,
    template: settings,
    strategy: judgedAs,
  });
  const ways = isFinished ? movesFrom(completed.plan) : waysOn(completed.plan, started.plan);
  const letters: readonly Settings[] =
    mends && started.settings === "a" ? ["a", "b"] : [started.settings];
  return [...ways]
    .filter(([move]) => move !== "nothing")
    .flatMap(([, plan]) => letters.map((settings) => ({ plan, settings })))
    .filter(
      ({ plan, settings }) =>
        "move" in
        judge(
          record(completed, "first"),
          record(started, isFinished ? "first" : "second"),
          { plan, settings, template: settings, strategy: judgedAs },
          (slot) => (isWhole(slot, state) ? settings : undefined),
        ),
    );
}

/** Whether every pod of the release has this slot's credential, and none is on its way. */
const isWhole = (slot: SlotName, { pods, roles, template }: State) =>
  [template, ...pods].every((each) => each === roles[slot].credential);

const REPLACED = (holder: string) => `a ${holder} holds a credential that was replaced`;
const DISABLED = (holder: string) => `a ${holder} holds a credential that was disabled`;
const OTHER_MOUNT = "a pod's mount names another credential than it has";
const DEAD_END = "a dead end: no run that is accepted can complete";

/** What is broken in a state, whatever comes next. */
function inspect({ ending, jobs, pods, roles, template }: State, { mounts }: Variant): string[] {
  const broken = (holder: string, credentials: readonly Credential[]) =>
    credentials.flatMap((credential) => {
      const role = roles[slotOfCredential(credential)];
      return role.credential !== credential
        ? [REPLACED(holder)]
        : role.canLogin
          ? []
          : [DISABLED(holder)];
    });
  return [
    ...broken("pod", pods),
    ...broken("pod that is ending", ending),
    ...broken("Job", jobs),
    // A mount of its own names what its slot's role has, which is asked above.
    ...(mounts === "one" && pods.some((pod) => pod !== template) ? [OTHER_MOUNT] : []),
  ];
}

interface Node {
  readonly state: State;
  readonly how: string;
  /** The shortest way to it; undefined for the first one. */
  readonly from: Node | undefined;
  /** All that leads to it. */
  readonly before: Node[];
}

interface Walker {
  readonly variant: Variant;
  readonly of: Case;
  readonly accepted: (state: State) => readonly Asked[];
  readonly operationsTo: (plan: Plan) => readonly Operation[];
}

interface Walk {
  readonly states: number;
  /** What is found, each with how it came about. */
  readonly found: Readonly<Record<string, string>>;
}

/** Walks every state that ways, kills and the cluster lead to, and names what must never be. */
function walk(variant: Variant, of: Case): Walk {
  const walker: Walker = {
    variant,
    of,
    accepted: remembered(
      (state) => [recordsOf(state), ...SLOTS.map((slot) => isWhole(slot, state))].join(" "),
      (state: State) => accepts(variant, state),
    ),
    operationsTo: remembered(inNumbers, (plan: Plan) => operations(variant, of, plan)),
  };
  const nodes = new Map<string, Node>();
  const found: Record<string, string> = {};
  const note = (what: string, node: Node) => {
    found[what] ??= trailOf(node);
  };
  const reach = (state: State, how: string, from?: Node) => {
    const key = keyOf(state);
    const node = nodes.get(key) ?? { state, how, from, before: [] };
    nodes.set(key, node);
    if (from !== undefined) {
      node.before.push(from);
    }
  };
  const first: Asked = { plan: { counter: 0, live: 0, retired: -1 }, settings: "a" };
  reach(
    {
      completed: first,
      started: first,
      isFinished: true,
      next: -1,
      roles: {
        blue: { credential: FIRST, canLogin: true },
        green: { credential: "-1.0", canLogin: false },
      },
      template: FIRST,
      recorded: FIRST,
      hasFailed: false,
      isSent: false,
      pods: Array<Credential>(of.pods).fill(FIRST),
      ending: [],
      jobs: [],
      keys: 0,
    },
    "deployed",
  );
  // A Map hands out what is added meanwhile as well.
  for (const node of nodes.values()) {
    const { state } = node;
    inspect(state, variant).forEach((what) => note(what, node));
    for (const [how, next] of [...clusterSteps(state, variant, of), ...runSteps(state, walker)]) {
      reach(next, how, node);
    }
  }
  const dead = deadEnds([...nodes.values()]);
  dead.slice(0, 1).forEach((node) => note(DEAD_END, node));
  return { states: nodes.size, found };
}

/** States from which no run can complete any more with every pod ready and of the live credential. */
function deadEnds(nodes: readonly Node[]): Node[] {
  const isDone = ({ completed, isFinished, next, roles, pods }: State) =>
    isFinished &&
    next < 0 &&
    pods.every((pod) => pod === roles[slotOf(completed.plan.live)].credential);
  const completing = new Set(nodes.filter(({ state }) => isDone(state)));
  for (const { before } of completing) {
    before.forEach((node) => completing.add(node));
  }
  return nodes.filter((node) => !completing.has(node));
}

function trailOf(node: Node): string {
  const trail: string[] = [];
  for (let at: Node | undefined = node; at !== undefined; at = at.from) {
    trail.unshift(at.how);
  }
  return trail.join(" | ");
}

function remembered<K, V>(keyOf: (key: K) => string, make: (key: K) => V): (key: K) => V {
  const known = new Map<string, V>();
  return (key) => {
    const id = keyOf(key);
    const value = known.get(id) ?? make(key);
    known.set(id, value);
    return value;
  };
}

const inNumbers = ({ counter, live, retired }: Plan) => `${counter}/${live}/${retired}`;

const recordsOf = ({ completed, isFinished, started }: State) =>
  `${inNumbers(completed.plan)} ${completed.settings} ${inNumbers(started.plan)} ` +
  `${started.settings} ${isFinished}`;

function keyOf(state: State): string {
  const { ending, hasFailed, isSent, jobs, keys, next, pods, recorded, roles, template } = state;
  const { blue, green } = roles;
  return (
    `${recordsOf(state)} ${next} ${blue.credential} ${blue.canLogin} ${green.credential} ` +
    `${green.canLogin} ${template} ${recorded} ${hasFailed} ${isSent} ${pods.join()} ` +
    `${ending.join()} ${jobs.join()} ${keys}`
  );
}

const ALL_START: Case = { pods: 1, starts: () => "all", counters: 2, keys: 3 };
const TWO_ROTATIONS: Case = { ...ALL_START, keys: 2 };
/** Generation 1 starts one of two pods. */
const ONE_STARTS: Case = {
  pods: 2,
  starts: (generation) => (generation === 1 ? "one" : "all"),
  counters: 1,
  keys: 2,
};
/** And no new pod starts with generation 0. */
const NONE_LEFT: Case = { ...ONE_STARTS, firstIsStuck: true };
const noneOf = (failing: number): Case => ({
  ...ALL_START,
  starts: (generation) => (generation === failing ? "none" : "all"),
});

interface Holding {
  readonly title: string;
  readonly variant?: Partial<Variant>;
  readonly of: Case;
  /** There are more states than so many. */
  readonly states: number;
}

/** What is built; the letters are those of the decision. */
const HOLDING: readonly Holding[] = [
  { title: "A: one pod", of: ALL_START, states: 4500 },
  { title: "A: two pods", of: { ...ALL_START, pods: 2 }, states: 6500 },
  { title: "A: three rotations", of: { ...ALL_START, counters: 3 }, states: 9000 },
  {
    title: "B: Jobs that outlive a rollout",
    variant: { jobs: true },
    of: TWO_ROTATIONS,
    states: 10_000,
  },
  { title: "C: no pod that starts with generation 1", of: noneOf(1), states: 200 },
  { title: "C: no pod that starts with generation 2", of: noneOf(2), states: 3000 },
  { title: "D: one pod of two that starts with generation 1", of: ONE_STARTS, states: 500 },
  {
    title: "F: that, no new pod with the old credential, and other settings to finish or go back",
    variant: { mends: true },
    of: NONE_LEFT,
    states: 2500,
  },
  {
    title: "J: a proof by one answer instead of every pod",
    variant: { proof: "an answer" },
    of: TWO_ROTATIONS,
    states: 3500,
  },
];

interface Wrong {
  readonly title: string;
  readonly variant: Partial<Variant>;
  readonly of: Case;
  readonly finds: readonly string[];
}

const ENDING = "pod that is ending";

/** What was weighed and not chosen, and faults. */
const WRONG_WAYS: readonly Wrong[] = [
  {
    title: "E: settings that no way on may change, as with two releases",
    variant: { mends: true, judgedAs: "blueGreen" },
    of: NONE_LEFT,
    finds: [DEAD_END],
  },
  {
    title: "G: a wait for the Deployment's status alone",
    variant: { holders: "what the Deployment counts" },
    of: TWO_ROTATIONS,
    finds: [REPLACED(ENDING), DISABLED(ENDING)],
  },
  {
    title: "H: a wait for pods, not for Jobs",
    variant: { holders: "pods", jobs: true },
    of: TWO_ROTATIONS,
    finds: [REPLACED("Job"), DISABLED("Job")],
  },
  {
    title: "I: no wait before a slot gets a new generation",
    variant: { freesFirst: false },
    of: TWO_ROTATIONS,
    finds: [REPLACED(ENDING)],
  },
  {
    title: "L: one mount for both credentials, in the release",
    variant: { mounts: "one" },
    of: TWO_ROTATIONS,
    finds: [OTHER_MOUNT],
  },
  {
    title: "M: a kill within the release that is not recovered from",
    variant: { recovers: false },
    of: { ...ALL_START, counters: 1, keys: 2 },
    finds: [DEAD_END],
  },
];

describe("one release that rolls from one credential to the other, walked with all that may happen", () => {
  for (const { title, variant, of, states: least } of HOLDING) {
    it(`breaks nothing, and never ends dead, with ${title}`, () => {
      const { found, states } = walk({ ...RECOMMENDED, ...variant }, of);
      assert.deepStrictEqual(found, {});
      assert.ok(states > least, `only ${states} states were walked`);
    });
  }

  for (const { title, variant, of, finds } of WRONG_WAYS) {
    it(`would break something or end dead with ${title}`, () => {
      const { found } = walk({ ...RECOMMENDED, ...variant }, of);
      assert.deepStrictEqual(
        Object.keys(found).sort(),
        [...finds].sort(),
        JSON.stringify(found, undefined, 2),
      );
    });
  }
});
