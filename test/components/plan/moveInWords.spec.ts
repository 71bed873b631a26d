import assert from "node:assert";
import { moveInWords, nextMoves } from "../../../components/plan/moveInWords";
import { movesFrom, reachableFrom } from "../../../components/plan/moves";
import type { Plan } from "../../../components/plan/rotationPlan";
import { transition } from "../../../components/plan/transition";

const plan = (counter: number, live = counter, retired = -1): Plan => ({ counter, live, retired });

describe("a move in words", () => {
  it("says of a rotation who takes over, what is not touched, and until when it can be undone", () => {
    assert.strictEqual(
      moveInWords(transition(plan(7, 7, 6), plan(8, 8, 6)), undefined),
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
      moveInWords(transition(plan(8, 8, 6), to), undefined).split("\n")[0],
    ]);
    assert.deepStrictEqual(Object.fromEntries(texts), {
      nothing: "No move: generation 8 (blue) stays live.",
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
      moveInWords(transition(plan(8, 7, 6), plan(8, 8, 6)), undefined),
      /^Promote 8: .* from green to blue\./,
    );
    assert.match(
      moveInWords(transition(plan(8, 7, 6), plan(7, 7, 6)), undefined),
      /^Withdraw 8: the credential of blue/,
    );
  });

  it("says what other settings do, and of none that they only roll the slots which may replace", () => {
    const nothing = transition(plan(8, 8, 6), plan(8, 8, 6));
    const said = (names: string[]) => moveInWords(nothing, { names }).split("\n")[0];
    assert.strictEqual(
      said(["charts/app", "rotation:replicas"]),
      "No move: generation 8 (blue) stays live. Other settings (charts/app, rotation:replicas) reach " +
        "both slots as a rolling update.",
    );
    for (const names of [["rotation:appImage", "rotation:location"], ["rotation:podsRange"], []]) {
      assert.match(said(names)!, /changed: read below what they update, and what they replace\.$/);
      assert.doesNotMatch(said(names)!, /rolling update/);
    }
  });

  it("says the same of the other slot throughout a first deployment, at whatever counter", () => {
    const words = (to: Plan) => moveInWords(transition(undefined, to), undefined);
    assert.match(
      words(plan(0)),
      /Green is there, retired, for the next one\.\nAfterwards green is retired/,
    );
    assert.match(
      words(plan(7)),
      /^First deployment, at counter 7: green gets generation 7 .* Blue is there, with generation 6\.\nAfterwards blue is ready for roll back/,
    );
    assert.match(
      words(plan(7, 6)),
      /: blue gets generation 6 .* Green is there, with generation 7\.\nAfterwards green is staged/,
    );
    assert.match(words(plan(7, 7, 6)), /Blue is there, retired, .*\nAfterwards blue is retired/);
  });

  it("has words for the first deployment and for every way on from a half-finished run", () => {
    assert.match(
      moveInWords(transition(undefined, plan(3)), undefined),
      /^First deployment, at counter 3: green gets generation 3/,
    );
    for (const from of [plan(7, 7, 6), plan(8, 7, 6), plan(8, 8, 6)]) {
      for (const to of reachableFrom(from)) {
        assert.ok(
          moveInWords(transition(from, to), undefined).split("\n").length >= 2,
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
