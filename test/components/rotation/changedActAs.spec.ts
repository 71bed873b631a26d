import assert from "node:assert";
import type { ActAs, Run } from "../../../components/plan";
import { changedActAsProblem } from "../../../components/rotation/changedActAs";
import { settingsDigest, settingsRecord } from "../../../components/rotation/digests";
import { says } from "../../support/says";

/** A run that completed with these settings. */
const completed = (settings: string): Run => ({
  plan: { counter: 3, live: 3, retired: 1 },
  settings,
  attempt: "a",
});

/** As the program records them. */
const recorded = (actAs: ActAs) =>
  completed(settingsRecord({ actAs }, { "rotation:actAs": actAs, "rotation:poolSize": 5 }));

const asked = (actAs: ActAs, ...accepted: "actAs"[]) => ({ actAs, accepted });

describe("another rotation:actAs than that of the last completed run", () => {
  it("is refused, both ways, with the command that restores it and the one that accepts it", () => {
    const rows: readonly (readonly [ActAs, ActAs])[] = [
      ["readwrite", "owner"],
      ["owner", "readwrite"],
    ];
    for (const [from, to] of rows) {
      const text = changedActAsProblem(asked(to), recorded(from)) ?? "";
      says(text, `rotation:actAs was ${from}`, `and is ${to} now`);
      says(text, `pulumi config set rotation:actAs ${from}`);
      says(text, "pulumi config set rotation:accept actAs && pulumi up && pulumi config rm");
      assert.strictEqual(changedActAsProblem(asked(to, "actAs"), recorded(from)), undefined);
      assert.strictEqual(changedActAsProblem(asked(from), recorded(from)), undefined);
    }
  });

  it("is none before the first run has completed", () => {
    assert.strictEqual(changedActAsProblem(asked("owner"), undefined), undefined);
  });

  it("is owner where an older version recorded no such key, or no keys at all", () => {
    const older = settingsRecord({}, { "rotation:poolSize": 5 });
    for (const settings of [older, settingsDigest({})]) {
      assert.strictEqual(changedActAsProblem(asked("readwrite"), completed(settings)), undefined);
      says(changedActAsProblem(asked("owner"), completed(settings)) ?? "", "was readwrite");
    }
  });
});
