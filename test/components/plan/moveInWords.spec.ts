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

  describe("with one release that rolls", () => {
    const said = (from: Plan, to: Plan, changes: Partial<Changes> = {}) =>
      moveInWords(transition(from, to), { strategy: "rolling", pods: 3, ...changes }).split("\n");

    it("says what each move costs, and what keeps its credential", () => {
      const expected: Partial<Record<Move, [RegExp, RegExp]>> = {
        rotate: [
          /^Rotate 8 -> 9: green gets .* the release rolls from blue's credential to green's: 3 pods, one at a time\.$/,
          /^Blue's credential .* stays valid for rollback until .*rotation:retired to 8\./,
        ],
        stage: [
          /^Stage 9: green gets a new credential, which a Job verifies\. No pod gets it/,
          /^Blue stays live, and no pod that has its credential is replaced\. Withdraw undoes/,
        ],
        "roll back": [
          /^Roll back 8 -> 7: .* back to green's: 3 pods, .* a rollout, not one write of the gateway\.$/,
          /^Both credentials stay valid/,
        ],
        retire: [
          /^Retire 7: once no pod, unfinished Job or session holds green's credential, its login is disabled/,
          /^Blue stays live, and no pod .* cannot be undone/,
        ],
        emergency: [
          /^Emergency 8 -> 9: .* to green's: 3 pods, .* blue's login is disabled, its sessions are ended/,
          /^Nothing of blue changes until every pod has green's credential/,
        ],
      };
      const moves = movesFrom(plan(8, 8, 6));
      moves.delete("nothing");
      assert.deepStrictEqual([...moves.keys()].sort(), Object.keys(expected).sort());
      for (const [move, to] of moves) {
        const [first, second] = said(plan(8, 8, 6), to);
        const [does, keeps] = expected[move]!;
        assert.match(first!, does);
        assert.match(second!, keeps);
      }
      assert.match(
        said(plan(8, 7, 6), plan(8, 8, 6))[0]!,
        /^Promote 8: the release rolls from green's credential to blue's: 3 pods, one at a time\.$/,
      );
      assert.match(
        said(plan(8, 7, 6), plan(7, 7, 6))[0]!,
        /^Withdraw 8: once no pod, unfinished Job or session holds blue's credential, it is replaced/,
      );
    });

    it("never speaks of a stage host, of a slot's pods or of traffic that moves", () => {
      for (const from of [plan(7, 7, 5), plan(8, 7, 5), plan(8, 8, 5)]) {
        for (const to of reachableFrom(from)) {
          for (const changes of [
            { vacates: true },
            { difference: { names: [] }, replacesPods: true },
          ]) {
            const text = said(from, to, changes).join("\n");
            assert.doesNotMatch(text, /stage host|traffic moves|(blue|green)'s pods|scaled/i);
          }
        }
      }
    });

    it("counts the pods only where the configuration says how many there are", () => {
      const [one, unknown] = [1, undefined].map(
        (pods) => said(plan(7, 7, 6), plan(8, 8, 6), { pods })[0]!,
      );
      assert.match(one!, /to blue's: 1 pod\.$/);
      assert.match(unknown!, /to blue's: all pods, one at a time\.$/);
    });

    it("says what a generation that was not retired is waited for", () => {
      const vacates = { vacates: true, endingSeconds: 101 };
      for (const to of [plan(8, 8, 5), plan(8, 7, 5), plan(8, 8, 7)]) {
        assert.match(
          said(plan(7, 7, 5), to, vacates).join("\n"),
          /\nGeneration 6 was not retired, so blue's credential .* once no pod, .* holds it\.\n/,
        );
      }
    });

    it("says of nobody that it waits where nobody is waited for, and whom it cuts off", () => {
      const retired = said(plan(7, 7, 6), plan(8, 8, 6), { vacates: true }).join("\n");
      assert.doesNotMatch(retired, /was not retired/);
      for (const [from, to] of [
        [plan(8, 8, 6), plan(8, 8, 7)],
        [plan(8, 7, 6), plan(7, 7, 6)],
      ] as const) {
        const text = said(from, to, { cutsOff: true }).join("\n");
        assert.match(text, /after rotation:drainSeconds is cut off, because rotation:accept has/);
        assert.doesNotMatch(said(from, to).join("\n"), /cut off/);
      }
    });

    it("says that other settings replace no pod before one with them is ready", () => {
      const difference = { names: ["rotation:appImage"] };
      const changes = { difference, replacesPods: true, tries: true };
      for (const to of [plan(8, 8, 6), plan(8, 7, 6)]) {
        const text = said(plan(7, 7, 6), to, changes).join("\n");
        assert.match(
          text,
          /\nThis also changes settings \(rotation:appImage\): first, one new pod .*\. No pod of the release is replaced before one with them is ready\.\n/,
        );
        assert.doesNotMatch(text, /no pod that has its credential|Check below/);
      }
      const platform = { ...changes, difference: { names: ["rotation:nodeSize"] } };
      assert.match(
        said(plan(7, 7, 6), plan(8, 8, 6), platform).join("\n"),
        /\nCheck below what else/,
      );
      const update = said(plan(7, 7, 6), plan(7, 7, 6), changes);
      assert.match(
        update[1]!,
        /^First, .* Then the release rolls: 3 pods, .* production is verified\.$/,
      );
      const none = said(plan(7, 7, 6), plan(7, 7, 6), { difference });
      assert.strictEqual(none[1], "No pod is replaced.");
    });

    it("moves traffic to and from a legacy login, whose pods are not of the release", () => {
      assert.match(
        said(plan(-1, -1, -2), plan(0, 0, -2))[0]!,
        /blue gets a new credential and takes over from the legacy login/,
      );
      assert.match(
        said(plan(0, 0, -2), plan(0, -1, -2))[0]!,
        /traffic moves from blue back to the legacy login/,
      );
      const [stage, stays] = said(plan(-1, -1, -2), plan(0, -1, -2));
      assert.match(stage!, /^Stage 0: blue gets a new credential, which a Job verifies/);
      assert.match(stays!, /^The legacy login stays live and is not touched\./);
      assert.match(said(plan(0, 0, -2), plan(0, 0, -1))[0]!, /^Retire the legacy login/);
      const difference = { names: ["rotation:poolSize"] };
      const update = said(plan(0, -1, -2), plan(0, -1, -2), { difference, replacesPods: true });
      assert.strictEqual(update[1], "No pod is replaced.");
    });
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
