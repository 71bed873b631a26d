import assert from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import { otherSlot } from "../../../components";
import { WORKER } from "../../rig/applications";
import { NAMES } from "../../rig/stackFile";
import type { Scenario } from "../stack/scenario";
import type { ScenarioStack } from "../stack/scenarioStack";
import { liveSlot } from "../updates/updateStack";
import { own as rolling, podsOf, refusedLogins } from "./rollingStack";

const LOOK_MS = 500;
/** Until workers have done what was asked for before. */
const WITHIN_MS = 60_000;

/** What a stack of workers is deployed with. */
export function own(settings: Readonly<Record<string, string>> = {}) {
  const { rig, ...others } = rolling(settings);
  return { ...others, rig: { ...rig, application: WORKER } } as const;
}

export const worker: Scenario = {
  name: "rolling-worker",
  line: "workers with a queue in the database, under load: two rotations lose no job and do none twice",
  isAboutPods: true,
  own: own(),
  async run(stack) {
    for (let rotations = 0; rotations < 2; rotations++) {
      await stack.up(stack.rotated);
      await stack.up({ ...stack.plan, retired: stack.plan.counter - 1 });
      await assertRolled(stack);
    }
    stack.noted.figures = await assertWorkedOff(stack);
  },
};

/** All pods have the live credential, of which the other one's login is refused. */
export async function assertRolled(stack: ScenarioStack): Promise<void> {
  const live = liveSlot(stack);
  const old = otherSlot(live);
  const { role } = NAMES.slot(live);
  assert.strictEqual(await stack.login(old), "28000");
  assert.deepStrictEqual(await podsOf(stack, old), []);
  assert.strictEqual((await stack.rig.production()).sessionUser, role);
  await stack.rig.workspace.up({ expectNoChanges: true });
}

/**
 * Everything that was asked for until now has been done, and nothing more than once.
 *
 * @returns how many jobs there were, and how many of them each role did
 */
export async function assertWorkedOff(stack: ScenarioStack): Promise<Record<string, number>> {
  const { schema } = NAMES;
  const [now] = await stack.sql(`SELECT max(id) AS last, count(*) AS jobs FROM ${schema}.letters`);
  const { last, jobs } = now!;
  const until = Date.now() + WITHIN_MS;
  let done: Record<string, number>;
  do {
    await pause(LOOK_MS);
    const rows = await stack.sql(
      `SELECT by, count(*) FROM ${schema}.answers WHERE letter <= ${String(last)} GROUP BY by`,
    );
    done = Object.fromEntries(rows.map(({ by, count }) => [String(by), Number(count)]));
  } while (sum(done) < Number(jobs) && Date.now() < until);
  assert.strictEqual(sum(done), Number(jobs), "Jobs were lost.");
  assert.deepStrictEqual(
    (await stack.rig.sqlLog()).match(TWICE) ?? [],
    [],
    "Jobs were done twice.",
  );
  assert.deepStrictEqual(Object.keys(done).sort(), ["app_blue", "app_green"]);
  assert.deepStrictEqual(await refusedLogins(stack), []);
  return { jobs: Number(jobs), ...done };
}

const TWICE = /duplicate key value violates unique constraint.*/g;

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
