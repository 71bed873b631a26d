import assert from "node:assert";
import {
  type Changes,
  failedTrialText,
  moveInWords as inWords,
  nextMoves,
} from "../../../components/plan/moveInWords";
import { type Move, movesFrom, reachableFrom } from "../../../components/plan/moves";
import type { Plan } from "../../../components/plan/rotationPlan";
import { type Transition, transition } from "../../../components/plan/transition";
import { says } from "../../support/says";

const plan = (counter: number, live = counter, retired = -1): Plan => ({ counter, live, retired });

/** A run that changes nothing beside the plan. */
const NOTHING: Changes = { replacesPods: false, tries: false, vacates: false };
const moveInWords = (run: Transition, changes: Partial<Changes> = {}) =>
  inWords(run, { ...NOTHING, ...changes });

describe("a move in words", () => {
  it("says of a rotation who takes over, what is not touched, and until when it can be undone", () => {
    const [move, untouched, next] = moveInWords(transition(plan(7, 7, 6), plan(8, 8, 6))).split(
      "\n",
    );
    says(move!, /^Rotate 7 -> 8: blue gets a new credential .* from green/, "verified");
    says(untouched!, /^Green is not touched/, "rotation:retired to 7", "platform is not touched");
    says(
      next!,
      "green is ready for rollback",
      "rotate (pulumi config set rotation:counter -- 9),",
      "stage (pulumi config set rotation:counter -- 9 && pulumi config set rotation:live -- 8),",
      "roll back (pulumi config set rotation:live -- 7),",
      "retire (pulumi config set rotation:retired -- 7),",
      "emergency (pulumi config set rotation:counter -- 9 && pulumi config set rotation:retired -- 8).",
    );
  });

  it("names the slot that keeps the traffic, and the one that changes, in every move", () => {
    const expected: Partial<Record<Move, RegExp>> = {
      nothing: /^No move: generation 8 \(blue\) stays live/,
      rotate: /^Rotate 8 -> 9: green gets a new credential and takes over from blue/,
      stage: /^Stage 9: green gets a new credential .* stage host/,
      "roll back": /^Roll back 8 -> 7: .* from blue back to green\. Neither slot is touched/,
      retire: /^Retire 7: green is scaled to zero, its login is disabled, .* verified to fail/,
      emergency:
        /^Emergency 8 -> 9: green gets a new credential .* blue's login is disabled .* verified to fail/,
    };
    const moves = movesFrom(plan(8, 8, 6));
    assert.deepStrictEqual([...moves.keys()].sort(), Object.keys(expected).sort());
    for (const [move, to] of moves) {
      const [first] = moveInWords(transition(plan(8, 8, 6), to)).split("\n");
      says(first!, expected[move]!);
    }
    assert.match(
      moveInWords(transition(plan(8, 7, 6), plan(8, 8, 6))),
      /^Promote 8: .* from green to blue\./,
    );
    assert.match(
      moveInWords(transition(plan(8, 7, 6), plan(7, 7, 6))),
      /^Withdraw 8: blue's credential is replaced and its login is disabled/,
    );
  });

  it("says which pods are ended first where the generation before was not retired, and how to avoid it", () => {
    const vacates = { vacates: true, endingSeconds: 101 };
    const emptied =
      /\nGeneration 6 was not retired, so blue's pods are stopped .* up to 101 s; .*\(pulumi config set rotation:retired -- 6\)\.\n/;
    for (const to of [plan(8, 8, 5), plan(8, 7, 5)]) {
      assert.match(moveInWords(transition(plan(7, 7, 5), to), vacates), emptied);
      assert.doesNotMatch(moveInWords(transition(plan(7, 7, 5), to)), /pods are stopped/);
    }
    // Nobody retires first in an emergency.
    assert.match(
      moveInWords(transition(plan(7, 7, 5), plan(8, 8, 7)), vacates),
      /blue's pods are stopped .* up to 101 s\.\n/,
    );
    // The Job stays in the state while the counter does, and says nothing then.
    const kept = moveInWords(transition(plan(8, 8, 6), plan(8, 8, 7)), vacates);
    assert.doesNotMatch(kept, /pods are stopped/);
    const unknown = moveInWords(transition(plan(7, 7, 5), plan(8, 8, 5)), { vacates: true });
    assert.match(unknown, /blue's pods are stopped .* time they take/);
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
      const sentences = text.slice(0, text.indexOf("\nAfterwards")).split("\n");
      assert.strictEqual(sentences.length, 4, text);
      const [gets, order, tag, back] = sentences;
      says(gets!, "green (generation 7, live) gets app:1.1.0 instead of app:1.0.0");
      says(
        order!,
        /^First, one new pod .* without traffic, .* Then green's pods .* then blue \(retired\)/,
      );
      says(tag!, "tag of app:1.1.0", "@sha256:");
      says(back!, "To go back: pulumi config set rotation:appImage app:1.0.0 && pulumi up");
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
      says(chart!, "charts/app changed since the last run", "git log -p -- charts");
      assert.match(back!, /^To go back: revert what differs \(git log -p/);
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
      assert.match(text, /\nNo pod of green or blue is replaced\.\n/);
      assert.doesNotMatch(text, /is tried|Check below/);
    });

    it("never says of settings that they reach the slots only which may replace something else", () => {
      for (const names of [
        ["rotation:appImage", "rotation:location"],
        ["rotation:podsRange"],
        [],
      ]) {
        says(said(names).join("\n"), /Check below .* update or replace/);
      }
      assert.match(said([])[0]!, /\(.*unknown.* version that did not record them\)/);
    });
  });

  it("says which settings a move takes along, and that they are tried", () => {
    const difference = { names: ["rotation:appImage"] };
    const retire = transition(plan(8, 8, 6), plan(8, 8, 7));
    assert.match(
      moveInWords(retire, { difference, replacesPods: true, tries: true }),
      /\nThis also changes settings \(rotation:appImage\): first, one new pod .* without traffic\.\n/,
    );
    assert.match(
      moveInWords(retire, { difference }),
      /\nThis also changes settings \(rotation:appImage\)\.\n/,
    );
  });

  it("says the same of the other slot throughout a first deployment, at whatever counter", () => {
    const words = (to: Plan) => moveInWords(transition(undefined, to));
    assert.match(words(plan(0)), /Green is created retired, .*\nAfterwards green is retired/);
    assert.match(
      words(plan(7)),
      /^First deployment, at counter 7: green gets generation 7 .* Blue is created with generation 6\.\nAfterwards blue is ready for rollback/,
    );
    assert.match(
      words(plan(7, 6)),
      /: blue gets generation 6 .* Green is created with generation 7\.\nAfterwards green is staged/,
    );
    assert.match(words(plan(7, 7, 6)), /Blue is created retired, .*\nAfterwards blue is retired/);
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
    says(
      failedTrialText({ production: "app:1.0.0", job: "app-trial-1a2b3c4d", namespace: "app" }),
      "trial failed",
      "production still runs app:1.0.0",
      "kubectl --namespace app logs job/app-trial-1a2b3c4d --all-containers",
      "kubectl --namespace app describe pods --selector job-name=app-trial-1a2b3c4d",
      /Fix the cause and run pulumi up again\. .* go back: .*git log -p -- stacks charts/,
      /pulumi config set rotation:appImage app:1\.0\.0 && pulumi up$/,
    );
  });
});
