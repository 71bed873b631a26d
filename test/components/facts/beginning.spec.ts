import assert from "node:assert";
import {
  type Beginning,
  type Expectation,
  type Facts,
  type FactsBefore,
  needsFacts,
  obstacles,
  type ReleaseFacts,
} from "../../../components/facts";
import type { Plan, Run } from "../../../components/plan";

const plan = (counter: number, live = counter, retired = -1): Plan => ({ counter, live, retired });
const run = (of: Plan, attempt: string, settings = "old"): Run => ({
  plan: of,
  settings,
  attempt,
  template: settings,
});

/** Green is live, blue is kept warm. */
const COMPLETED = run(plan(5, 5, 3), "attempt of 5");
const UPDATING = { ...COMPLETED, settings: "new", template: "new" };
const STAGED_HALF = run(plan(6, 5, 3), "attempt of 6");

const EXPECTED: Omit<Expectation, "plan"> = {
  application: "app",
  namespace: "app",
  vault: "kv-app",
  secretVersion: "v5",
  image: "app:1.0.0",
  template: "old",
  replicas: 3,
  connections: 16,
};

const WHOLE: ReleaseFacts = {
  ...{ replicas: 3, ready: 3, earlier: 0, isWhole: true },
  ...{ image: "app:1.0.0", template: "old", pinned: "", mounted: [] },
};

const NEW: ReleaseFacts = { ...WHOLE, image: "app:1.1.0", template: "new" };
const MIXED: ReleaseFacts = { ...NEW, ready: 2, earlier: 1, isWhole: false };

const seen = (green: ReleaseFacts, blue: ReleaseFacts = WHOLE): Facts => ({
  slots: { blue: { release: blue }, green: { release: green } },
  unseen: [],
});

const BLIND: Facts = {
  slots: { blue: {}, green: {} },
  unseen: [
    { place: "cluster", why: "no way" },
    { place: "vault", why: "403" },
  ],
};

const before = (more: Partial<FactsBefore> = {}): FactsBefore => ({
  accepted: [],
  image: "app:1.0.0",
  expected: EXPECTED,
  look: () => Promise.reject(new Error("Nobody looks here.")),
  ...more,
});

const to = (started: Run, target: Run): Beginning => ({ completed: COMPLETED, started, target });

/** What stops a run, in words. */
function stopped(beginning: Beginning, facts: Facts, more: Partial<FactsBefore> = {}) {
  const { changes, refusal, unseen } = obstacles(beginning, facts, before(more));
  return [
    ...(refusal ? ["refused"] : []),
    ...changes.map(({ what }) => what),
    ...unseen.map(({ about }) => `unseen ${about}`),
  ];
}

const RETIRE = run(plan(5, 5, 4), "x");
const RETIRE_NEW = run(plan(5, 5, 4), "x", "new");
const EMERGENCY = run(plan(6, 6, 5), "x");
const WITHDRAW = run(plan(5, 5, 4), "x");

describe("a run that is about to begin", () => {
  it("needs facts for a move from a certain plan, and where a slot has to be whole", () => {
    for (const [beginning, needs] of [
      [to(COMPLETED, run(plan(6, 6, 3), "x")), true],
      [to(UPDATING, RETIRE), true],
      [to(STAGED_HALF, WITHDRAW), true],
      // The same plan, and the way back, build on nothing.
      [to(COMPLETED, { ...COMPLETED, settings: "new" }), false],
      [to(UPDATING, COMPLETED), false],
      [to(run(plan(6, 6, 3), "attempt of 6"), run(plan(6, 5, 3), "x")), false],
    ] as const) {
      assert.strictEqual(needsFacts(beginning, before()), needs, JSON.stringify(beginning));
    }
  });

  it("is not stopped by what the last completed run left", () => {
    assert.deepStrictEqual(stopped(to(COMPLETED, RETIRE), seen(WHOLE)), []);
    assert.deepStrictEqual(stopped(to(STAGED_HALF, WITHDRAW), seen(WHOLE)), []);
    assert.deepStrictEqual(stopped(to(UPDATING, EMERGENCY), seen(WHOLE)), []);
  });

  it("may end the other slot after an update that stopped there, with the settings of that update", () => {
    assert.deepStrictEqual(stopped(to(UPDATING, RETIRE_NEW), seen(NEW, MIXED)), []);
    assert.deepStrictEqual(stopped(to(UPDATING, RETIRE_NEW), seen(MIXED)), ["refused"]);
    assert.deepStrictEqual(stopped(to(UPDATING, RETIRE), seen(NEW)), ["refused"]);
  });

  it("withdraws under `rolling` only where every pod has the credential that is left", () => {
    const staged = run(plan(6, 5, 3), "attempt of 6");
    const withdraw: Beginning = { completed: staged, started: staged, target: WITHDRAW };
    const rolling = { ...withdraw, target: { ...WITHDRAW, strategy: "rolling" as const } };
    const refused = (beginning: Beginning, facts: Facts) =>
      obstacles(beginning, facts, before()).refusal !== undefined;
    assert.ok(needsFacts(rolling, before()));
    assert.deepStrictEqual(
      [withdraw, rolling].map((beginning) => refused(beginning, seen(MIXED))),
      [false, true],
    );
    assert.ok(!refused(rolling, seen(WHOLE)));
    assert.ok(stopped(rolling, BLIND).includes("unseen cluster"));
  });

  it("says which pods there are, the image in force, and the commands that go back to it", () => {
    const { refusal } = obstacles(to(UPDATING, RETIRE_NEW), seen(MIXED), before());
    assert.match(
      refusal?.reason ?? "",
      /so retire must wait\.\napp-green \(green\) should have 3 pods of app:1\.1\.0; 2 are ready, 1 on an earlier template\.\napp-blue \(blue\) is complete: 3 pods of app:1\.0\.0\.\nThe last completed run left app:1\.0\.0\. To go back to it: pulumi config set rotation:appImage app:1\.0\.0 && pulumi config set rotation:counter -- 5 && .* && pulumi up$/,
    );
  });

  it("is stopped by an update that was set back and stopped, which the records call complete", () => {
    assert.deepStrictEqual(stopped(to(COMPLETED, EMERGENCY), seen(MIXED)), ["image"]);
    const back = { ...WHOLE, earlier: 1, isWhole: false };
    assert.deepStrictEqual(stopped(to(COMPLETED, RETIRE), seen(back)), ["image"]);
    assert.deepStrictEqual(stopped(to(COMPLETED, RETIRE), seen(back), { accepted: ["image"] }), []);
  });

  it("does not take pods that cannot be seen for whole, unless that is accepted", () => {
    for (const beginning of [to(UPDATING, EMERGENCY), to(STAGED_HALF, WITHDRAW)]) {
      assert.deepStrictEqual(stopped(beginning, BLIND), ["unseen cluster"]);
      assert.deepStrictEqual(stopped(beginning, BLIND, { accepted: ["unseen"] }), []);
    }
    assert.deepStrictEqual(stopped(to(UPDATING, RETIRE), BLIND), [
      "unseen cluster",
      "unseen vault",
    ]);
    // Where the plan and the settings are certain, an emergency needs nothing of the leaked slot.
    assert.deepStrictEqual(stopped(to(COMPLETED, EMERGENCY), BLIND), []);
  });

  describe("as an update with an autoscaler", () => {
    const expected = { ...EXPECTED, replicas: 4, minReplicas: 2, maxReplicas: 6 };
    const update = to(COMPLETED, { ...COMPLETED, settings: "new", template: "new" });
    const busy = seen({ ...WHOLE, replicas: 5, ready: 5 });

    it("is stopped when it would send fewer pods than the live slot has", () => {
      for (const beginning of [update, to(UPDATING, COMPLETED)]) {
        assert.ok(needsFacts(beginning, before({ expected })));
        assert.deepStrictEqual(stopped(beginning, busy, { expected }), ["replicas"]);
        const accepted = ["replicas"] as const;
        assert.deepStrictEqual(stopped(beginning, busy, { expected, accepted }), []);
        assert.deepStrictEqual(stopped(beginning, seen(WHOLE), { expected }), []);
      }
    });

    it("needs the cluster, and nothing else", () => {
      assert.deepStrictEqual(stopped(update, BLIND, { expected }), ["unseen cluster"]);
    });

    it("needs nothing where nothing changes", () => {
      assert.ok(!needsFacts(to(COMPLETED, COMPLETED), before({ expected })));
    });
  });
});
