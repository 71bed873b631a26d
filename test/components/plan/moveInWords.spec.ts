import assert from "node:assert";
import {
  type Changes,
  failedTrialText,
  moveInWords as inWords,
  nextMoves,
} from "../../../components/plan/moveInWords";
import { movesFrom, reachableFrom } from "../../../components/plan/moves";
import type { Plan } from "../../../components/plan/rotationPlan";
import { type Transition, transition } from "../../../components/plan/transition";

const plan = (counter: number, live = counter, retired = -1): Plan => ({ counter, live, retired });

/** A run that changes nothing beside the plan. */
const NOTHING: Changes = { replacesPods: false, tries: false, vacates: false };
const moveInWords = (run: Transition, changes: Partial<Changes> = {}) =>
  inWords(run, { ...NOTHING, ...changes });

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
      nothing: "No move: generation 8 (blue) stays live.",
      rotate:
        "Rotate 8 -> 9: green gets a new credential and takes over from blue, once it has proved itself.",
      stage: "Stage 9: green gets a new credential and answers on its stage host only.",
      "roll back":
        "Roll back 8 -> 7: production's traffic moves from blue back to green. No slot is touched.",
      retire:
        "Retire 7: green goes to no pods, its credential can no longer log in, and that is proved.",
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

  it("says which pods are ended first where the generation before was not retired, and how to avoid it", () => {
    const vacates = { vacates: true, endingSeconds: 101 };
    const emptied =
      /\nGeneration 6 was not retired, so the pods of blue are ended before its credential is replaced\. That adds up to 101 s; to avoid it, retire first \(pulumi config set rotation:retired -- 6\)\.\n/;
    for (const to of [plan(8, 8, 5), plan(8, 7, 5)]) {
      assert.match(moveInWords(transition(plan(7, 7, 5), to), vacates), emptied);
      assert.doesNotMatch(moveInWords(transition(plan(7, 7, 5), to)), /ended before/);
    }
    // Nobody retires first in an emergency.
    assert.match(
      moveInWords(transition(plan(7, 7, 5), plan(8, 8, 7)), vacates),
      /pods of blue are ended before its credential is replaced\. That adds up to 101 s\.\n/,
    );
    // The Job stays in the state while the counter does, and says nothing then.
    const kept = moveInWords(transition(plan(8, 8, 6), plan(8, 8, 7)), vacates);
    assert.doesNotMatch(kept, /ended before/);
    const unknown = moveInWords(transition(plan(7, 7, 5), plan(8, 8, 5)), { vacates: true });
    assert.match(unknown, /That adds the time that they take;/);
  });

  describe("of an update", () => {
    const nothing = transition(plan(7, 7, 6), plan(7, 7, 6));
    const images = { from: "app:1.0.0", to: "app:1.1.0" };
    const said = (names: string[], changes: Partial<Changes> = {}) =>
      moveInWords(nothing, {
        difference: { names },
        replacesPods: true,
        tries: true,
        images,
        ...changes,
      }).split("\n");

    it("says what gets the new image, what proves it, in which order, and the command that goes back", () => {
      const text = said(["rotation:appImage"]).join("\n");
      assert.strictEqual(
        text.slice(0, text.indexOf("\nAfterwards")),
        [
          "Update, no move: green (generation 7, live) gets app:1.1.0 instead of app:1.0.0.",
          "First, one new pod without traffic has to prove itself with green's credential. Then " +
            "green's pods are replaced, each only when its successor is ready; then production is " +
            "asked; then blue (retired) gets the same.",
          "The tag of app:1.1.0 can be moved after the trial; a digest (@sha256:...) cannot.",
          "To go back: pulumi config set rotation:appImage app:1.0.0 && pulumi up.",
        ].join("\n"),
      );
    });

    it("names other settings, and a chart that is not the last run's", () => {
      const [gets, , chart, , back] = said([
        "charts/app",
        "rotation:appImage",
        "rotation:poolSize",
      ]);
      assert.match(
        gets!,
        /gets app:1\.1\.0 instead of app:1\.0\.0, and other settings \(charts\/app, rotation:poolSize\)\.$/,
      );
      assert.strictEqual(
        chart,
        "The files of charts/app are not those of the last run: git log -p -- charts.",
      );
      assert.match(back!, /^To go back: set back what differs \(git log -p/);
    });

    it("names an image that it does not know as a setting that differs", () => {
      for (const unknown of [undefined, { from: undefined, to: "app:1.1.0" }]) {
        const [gets] = said(["rotation:appImage"], { images: unknown });
        assert.match(gets!, /gets other settings \(rotation:appImage\)\.$/);
      }
    });

    it("says that nothing is tried where nothing may be", () => {
      assert.match(
        said(["rotation:poolSize"], { tries: false })[1]!,
        /^No pod is tried first, because rotation:trial is none: green's pods are replaced/,
      );
    });

    it("says that settings replace no pod, where they do not", () => {
      const changes = { replacesPods: false, tries: false };
      const text = said(["rotation:replicas"], changes).join("\n");
      assert.match(text, /\nNo pod is replaced for that, of green or of blue\.\n/);
      assert.doesNotMatch(text, /prove|tried|Read below/);
    });

    it("never says of settings that they reach the slots only which may replace something else", () => {
      for (const names of [
        ["rotation:appImage", "rotation:location"],
        ["rotation:podsRange"],
        [],
      ]) {
        assert.ok(
          said(names).includes(
            "Read below what else these settings update, and what they replace.",
          ),
          names.join(),
        );
      }
      assert.match(said([])[0]!, /\(the last run was of a version that did not record which\)/);
    });
  });

  it("says which settings a move takes along, and that they are tried", () => {
    const difference = { names: ["rotation:appImage"] };
    const retire = transition(plan(8, 8, 6), plan(8, 8, 7));
    assert.match(
      moveInWords(retire, { difference, replacesPods: true, tries: true }),
      /\nOther settings come along \(rotation:appImage\): first, one new pod of them, without traffic, has to prove itself\.\n/,
    );
    assert.match(
      moveInWords(retire, { difference }),
      /\nOther settings come along \(rotation:appImage\)\.\n/,
    );
  });

  it("says the same of the other slot throughout a first deployment, at whatever counter", () => {
    const words = (to: Plan) => moveInWords(transition(undefined, to));
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

describe("a trial that failed", () => {
  it("is told with what production runs, where the reason is, and both ways on", () => {
    assert.strictEqual(
      failedTrialText({ production: "app:1.0.0", job: "app-trial-1a2b3c4d", namespace: "app" }),
      [
        "The trial failed, so no slot was touched: production still runs app:1.0.0.",
        "Why: kubectl --namespace app logs job/app-trial-1a2b3c4d --all-containers",
        "Why, if it never started: kubectl --namespace app describe pods --selector job-name=app-trial-1a2b3c4d",
        "Mend it and run pulumi up again. Or go back, with whatever else differs set back too " +
          "(git log -p -- stacks charts): pulumi config set rotation:appImage app:1.0.0 && pulumi up",
      ].join("\n"),
    );
  });
});
