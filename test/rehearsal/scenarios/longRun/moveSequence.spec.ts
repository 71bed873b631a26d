import assert from "node:assert";
import fc from "fast-check";
import {
  planInWords as inWords,
  type Move,
  movesFrom,
  type Plan,
  samePlan,
} from "../../../../components";
import { moveAtRandom } from "../../../../rehearsal/scenarios/longRun/moveSequence";

const START: Plan = { counter: 1, live: 1, retired: 0 };
const seeds = fc.integer({ min: 0, max: 0x7fffffff });

/** What a sequence did, without a stack. */
async function played(seed: number, rotations: number, plan = START) {
  const moves: { name: Move; from: Plan; to: Plan }[] = [];
  let current = plan;
  const end = await moveAtRandom(
    {
      move(name, to) {
        moves.push({ name, from: current, to });
        current = to;
        return Promise.resolve();
      },
    },
    { plan, rotations, seed },
  );
  return { moves, end };
}

describe("moveAtRandom", () => {
  it("makes only moves of the table, each from where the last one led", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const { moves, end } = await played(seed, 5);
        for (const { name, from, to } of moves) {
          const target = movesFrom(from).get(name);
          assert.ok(target && samePlan(target, to), `${name} from ${inWords(from)}`);
        }
        assert.deepStrictEqual(end, moves.at(-1)?.to);
      }),
    );
  });

  it("ends when so many new generations have had production, with the last one live", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.integer({ min: 1, max: 20 }), async (seed, rotations) => {
        const { moves, end } = await played(seed, rotations);
        let newest = START.live;
        let taken = 0;
        for (const { to } of moves) {
          taken += to.live > newest ? 1 : 0;
          newest = Math.min(Math.max(newest, to.live), to.counter);
        }
        assert.strictEqual(taken, rotations);
        assert.strictEqual(end.live, end.counter);
      }),
    );
  });

  it("has few other moves between two rotations, so that a long run ends", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const { moves } = await played(seed, 20);
        assert.ok(moves.length <= 20 * 4, `${moves.length} moves`);
      }),
    );
  });

  it("plays the same moves for the same seed, and others for others", async () => {
    const [one, again, other] = [await played(1, 10), await played(1, 10), await played(2, 10)];
    assert.deepStrictEqual(one, again);
    assert.notDeepStrictEqual(one.moves, other.moves);
  });

  it("makes every kind of move sooner or later", async () => {
    const names = new Set<Move>();
    for (let seed = 0; seed < 10; seed++) {
      (await played(seed, 20)).moves.forEach(({ name }) => names.add(name));
    }
    assert.deepStrictEqual([...names].sort(), [
      "emergency",
      "promote",
      "retire",
      "roll back",
      "rotate",
      "stage",
      "withdraw",
    ]);
  });

  it("stops at the move that went wrong, with what went wrong", async () => {
    let moves = 0;
    const failing = {
      move: () => (++moves === 3 ? Promise.reject(new Error("refused")) : Promise.resolve()),
    };
    await assert.rejects(moveAtRandom(failing, { plan: START, rotations: 5, seed: 7 }), /refused/);
    assert.strictEqual(moves, 3);
  });
});
