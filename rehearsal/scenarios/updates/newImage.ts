import assert from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import { rehearsalImage } from "../../rig/images";
import type { Scenario } from "../stack/scenario";
import { previous, requestsSince } from "../stack/scenarioStack";
import {
  assertServes,
  configure,
  ENDED_MS,
  faulty,
  firstTime,
  image,
  liveSlot,
  onReleases,
  onTrials,
  own,
  update,
} from "./updateStack";

/** Within preStop of the first change: its old pods still end and hold their connections. */
const SOON_MS = 20_000;

export const newImage: Scenario = {
  name: "new-image",
  line: "a new image: one pod is tried, then the live slot rolls, then the other one",
  isAboutPods: true,
  own: own(),
  async run(stack) {
    await previous(stack);
    const live = liveSlot(stack);
    const proved = firstTime(
      stack,
      ({ event, detail }) => event === "job finished" && evidenceOf(detail) === "trial",
    );
    const replaced = firstTime(
      stack,
      ({ event, detail }) =>
        event === "pod terminating" && String(detail["pod"]).startsWith(`app-${live}-`),
    );
    const operations = await update(stack, { "rotation:appImage": image("1.0.1") });
    proved.end();
    replaced.end();
    assert(proved.at !== undefined, "No trial has succeeded.");
    assert(replaced.at !== undefined, "No pod of the live slot was replaced.");
    assert.ok(proved.at < replaced.at, "A pod of the live slot ended before the trial succeeded.");
    assert.deepStrictEqual(onReleases(operations), [
      "rotation-blue-release",
      "rotation-green-release",
    ]);
    await assertServes(stack, "1.0.1");
    await pause(ENDED_MS);
    await stack.assertInForce();
  },
};

export const trialStays: Scenario = {
  name: "trial-stays",
  line: "after an update, a retirement, a rotation and an up without changes leave its trial alone",
  async run(stack) {
    await previous(stack);
    const usual = await stack.rig.workspace.settings(["rotation:appImage"]);
    const made = await update(stack, { "rotation:appImage": rehearsalImage("app:1.0.1") });
    // Another scenario may have left one, which goes.
    assert.strictEqual(
      onTrials(made)
        .map(operation)
        .filter((op) => op === "create").length,
      1,
    );
    const { counter } = stack.plan;
    const rotate = { counter: counter + 1, live: counter + 1, retired: counter - 1 };
    for (const plan of [{ ...stack.plan, retired: counter - 1 }, rotate]) {
      assert.deepStrictEqual(onTrials(await stack.up(plan)), []);
      await stack.assertInForce();
    }
    const back = await update(stack, Object.fromEntries(usual));
    assert.deepStrictEqual(onTrials(back).map(operation), ["create", "delete"]);
    await stack.assertInForce();
  },
};

export const newImageAndBack: Scenario = {
  name: "new-image-and-back",
  line: "a new image, its rollback while old pods still stop, and a third image",
  isAboutPods: true,
  own: own(),
  async run(stack) {
    await update(stack, { "rotation:appImage": image("1.0.1") });
    await pause(SOON_MS);
    await update(stack, { "rotation:appImage": image("1.0.0") });
    await update(stack, { "rotation:appImage": image("1.0.2") });
    await assertServes(stack, "1.0.2");
    await pause(ENDED_MS);
    await stack.assertInForce();
  },
};

/** Connections of a pool of 8, and the login of a probe. */
const EACH = 9;
/** The limit that followed the pods: what one rollout of three has at most, and four for proofs. */
const ONE_ROLLOUT = (2 * 3 + 1) * EACH + 4;

/** The control of `new-image-and-back`: the same with what 60a1714 did. It can lose. */
export const tightLimit: Scenario = {
  name: "tight-limit",
  line:
    "CONTROL, must lose: a rollback with a connection limit that follows the pods, and readiness " +
    "by a login",
  isAboutPods: true,
  own: own({
    "rotation:appImage": faulty("ready-by-login"),
    "rotation:poolSize": `${EACH - 1}`,
    // Both rollouts have to come within preStop, as they did then.
    "rotation:minReadySeconds": "0",
    "rotation:proofAnswers": "10",
  }),
  async run(stack) {
    const begin = stack.rig.load.mark();
    await stack.sql(`ALTER ROLE app_${liveSlot(stack)} CONNECTION LIMIT ${ONE_ROLLOUT}`);
    // Of all that gives pods another template, what changes nothing else about them.
    await update(stack, { "rotation:preStopSeconds": "91" });
    await stack.sql(`ALTER ROLE app_${liveSlot(stack)} CONNECTION LIMIT ${ONE_ROLLOUT}`);
    await configure(stack, { "rotation:preStopSeconds": undefined });
    // Whether it completes, when its own pods are refused, is not what this is about.
    await stack.rig.workspace.up().catch(() => undefined);
    await pause(ENDED_MS);
    const { failed } = await requestsSince(stack.rig, begin);
    stack.excuse(failed, "the role's connection limit covers only one rollout");
    assert.ok(failed > 0, "Nothing was lost, so new-image-and-back proves nothing.");
  },
};

function evidenceOf({ evidence }: Readonly<Record<string, unknown>>): unknown {
  return (evidence as { proof?: unknown } | undefined)?.proof;
}

function operation(line: string): string {
  return line.split(" ")[0]!;
}
