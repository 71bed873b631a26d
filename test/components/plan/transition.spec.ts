import assert from "node:assert";
import * as fc from "fast-check";
import {
  type Move,
  movesFrom,
  type Plan,
  reachableFrom,
  slotOf,
  type Transition,
  transition,
} from "../../../components/plan";

const plans = fc
  .nat(20)
  .chain((counter) =>
    fc
      .nat(counter > 0 ? 1 : 0)
      .chain((back) =>
        fc
          .integer({ min: -1, max: counter - back - 1 })
          .map((retired) => ({ counter, live: counter - back, retired })),
      ),
  );

type Row = Pick<Transition, "serves" | "proof" | "switchesOnly"> & {
  /** By their place before the move; `other` is the one that is not live. */
  readonly moved: readonly ("live" | "other")[];
  readonly buildsOn: "live" | "other" | undefined;
};

const KEEPS = { serves: true, switchesOnly: false, buildsOn: "live" } as const;
const LEAVES = { serves: false, switchesOnly: false, buildsOn: "live" } as const;

/** What is to be known of each move. */
const TABLE: Readonly<Partial<Record<Move, Row>>> = {
  rotate: { ...LEAVES, moved: ["other"], proof: "before the switch" },
  emergency: {
    ...LEAVES,
    moved: ["other", "live"],
    proof: "before the switch",
    buildsOn: undefined,
  },
  stage: { ...KEEPS, moved: ["other"], proof: "on stage" },
  promote: {
    serves: false,
    switchesOnly: true,
    buildsOn: "other",
    moved: [],
    proof: "before the switch",
  },
  "roll back": {
    serves: false,
    switchesOnly: true,
    buildsOn: "other",
    moved: [],
    proof: "on stage",
  },
  withdraw: { ...KEEPS, moved: ["other"], proof: "after the switch" },
  retire: { ...KEEPS, moved: ["other"], proof: "after the switch" },
};

describe("transition", () => {
  it("knows of every move what it changes, proves and builds on", () => {
    const seen = new Set<Move>();
    fc.assert(
      fc.property(plans, (from) => {
        const place = { live: slotOf(from.live), other: slotOf(from.live + 1) };
        for (const [move, to] of movesFrom(from)) {
          const run = transition(from, to);
          const staged = to.live === to.counter ? "after the switch" : "on stage";
          const row: Row = TABLE[move] ?? { ...KEEPS, moved: [], proof: staged };
          assert.deepStrictEqual(
            {
              move: run.move,
              first: run.first,
              serves: run.serves,
              moved: [...run.moved].sort(),
              proof: run.proof,
              switchesOnly: run.switchesOnly,
              buildsOn: run.buildsOn,
            },
            {
              move,
              first: false,
              serves: row.serves,
              moved: row.moved.map((which) => place[which]).sort(),
              proof: row.proof,
              switchesOnly: row.switchesOnly,
              buildsOn: row.buildsOn && place[row.buildsOn],
            },
            `${JSON.stringify(from)} ${move}`,
          );
          seen.add(move);
        }
      }),
    );
    assert.deepStrictEqual([...seen].sort(), [...Object.keys(TABLE), "nothing"].sort());
  });

  it("is a deployment of both slots where no run has completed, with the switch first", () => {
    const { from, move, first, serves, moved, proof, buildsOn } = transition(undefined, {
      counter: 3,
      live: 3,
      retired: -1,
    });
    assert.deepStrictEqual(
      { from, move, first, serves, moved, proof, buildsOn },
      {
        from: undefined,
        move: "deploy",
        first: true,
        serves: false,
        moved: ["blue", "green"],
        proof: "after the switch",
        buildsOn: undefined,
      },
    );
  });

  it("never moves the slot that serves and goes on serving", () => {
    fc.assert(
      fc.property(plans, (from) => {
        for (const to of reachableFrom(from).filter(({ live }) => live === from.live)) {
          assert.ok(!transition(from, to).moved.includes(slotOf(from.live)), JSON.stringify(to));
        }
      }),
    );
  });

  it("names no move where a run that stopped is left by another way", () => {
    const from: Plan = { counter: 7, live: 7, retired: 6 };
    const back: Plan = { counter: 7, live: 7, retired: 5 };
    assert.strictEqual(transition(from, back).move, undefined);
  });
});
