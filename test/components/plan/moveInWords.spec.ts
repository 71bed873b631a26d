import assert from "node:assert";
import { moveInWords, nextMoves } from "../../../components/plan/moveInWords";
import { movesFrom, reachableFrom } from "../../../components/plan/moves";
import type { Plan } from "../../../components/plan/rotationPlan";
import { transition } from "../../../components/plan/transition";

const plan = (counter: number, live = counter, retired = -1): Plan => ({ counter, live, retired });

describe("a move in words", () => {
  it("says of a rotation who takes over, what is not touched, and until when it can be undone", () => {
    assert.strictEqual(
      moveInWords(transition(plan(7, 7, 6), plan(8, 8, 6))),
      [
        "Rotate 7 -> 8: blue gets a new credential and takes over from green, once it has proved itself.",
        "Green is not touched and stays ready for roll back until you set rotation:retired to 7. " +
          "The platform is not touched.",
        "Afterwards green is ready for roll back, and these moves are possible: " +
          "rotate (pulumi config set rotation:counter -- 9), " +
          "stage (pulumi config set rotation:counter -- 9 && pulumi config set rotation:live -- 8), " +
          "roll back (pulumi config set rotation:live -- 7), " +
          "retire (pulumi config set rotation:retired -- 7), " +
          "emergency (pulumi config set rotation:counter -- 9 && pulumi config set rotation:retired -- 8).",
      ].join("\n"),
    );
  });

  it("names the slot that keeps the traffic, and the one that changes, in every move", () => {
    const texts = [...movesFrom(plan(8, 8, 6))].map(([move, to]) => [
      move,
      moveInWords(transition(plan(8, 8, 6), to)).split("\n")[0],
    ]);
    assert.deepStrictEqual(Object.fromEntries(texts), {
      nothing:
        "No move: generation 8 (blue) stays live. Other settings that changed reach both slots as a rolling update.",
      rotate:
        "Rotate 8 -> 9: green gets a new credential and takes over from blue, once it has proved itself.",
      stage: "Stage 9: green gets a new credential and answers on its stage host only.",
      "roll back":
        "Roll back 8 -> 7: production's traffic moves from blue back to green. No slot is touched.",
      retire:
        "Retire 7: green goes to no pods, its credential can log in no more, and that is proved.",
      emergency:
        "Emergency 8 -> 9: green gets a new credential and takes over; then, in the same run, " +
        "the credential of blue is ended, and that is proved.",
    });
    assert.match(
      moveInWords(transition(plan(8, 7, 6), plan(8, 8, 6))),
      /^Promote 8: .* from green to blue\./,
    );
    assert.match(
      moveInWords(transition(plan(8, 7, 6), plan(7, 7, 6))),
      /^Withdraw 8: the credential of blue/,
    );
  });

  it("has words for the first deployment and for every way on from a half-finished run", () => {
    assert.match(
      moveInWords(transition(undefined, plan(3))),
      /^First deployment, at counter 3: green gets generation 3/,
    );
    for (const from of [plan(7, 7, 6), plan(8, 7, 6), plan(8, 8, 6)]) {
      for (const to of reachableFrom(from)) {
        assert.ok(
          moveInWords(transition(from, to)).split("\n").length >= 2,
          JSON.stringify([from, to]),
        );
      }
    }
  });

  it("gives each next move as the shortest change of the configuration", () => {
    assert.deepStrictEqual(nextMoves(plan(8, 7, 6)), {
      promote: "pulumi config rm rotation:live",
      withdraw: "pulumi config set rotation:counter -- 7 && pulumi config rm rotation:live",
    });
  });
});
