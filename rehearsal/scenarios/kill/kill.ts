import assert from "node:assert";
import { type Plan, type SlotName, SLOTS, slotOf } from "../../../components";
import type { Finding } from "../../../operate/recovery/findings";
import { recover } from "../../../operate/recovery/recover";
import { tryLogin } from "../../clients/checks";
import { UpStarter } from "../../up/killableUp";
import { rehearsalImage } from "../../rig/images";
import { APPLICATION, NAMES, PRODUCTION_HOST } from "../../rig/stackFile";
import { AROUND, EVERYWHERE, KillPoints, type Wanted } from "./killPoints";
import { kubeconfigIn, ownHostsOf, projectOf } from "../stack/project";
import type { Scenario } from "../stack/scenario";
import type { ScenarioStack } from "../stack/scenarioStack";

/** Many more than a rotation has: with so many it does not come closer to its end. */
const MOST_POINTS = 200;

const IMAGE_KEY = "rotation:appImage";

const kill: Scenario = {
  name: "kill",
  line: "kill the engine before and after every operation of a rotation and its retirement",
  async run(stack) {
    const { counter, retired } = stack.plan;
    const next = counter + 1;
    await killAlong(stack, { counter: next, live: next, retired }, EVERYWHERE);
    // With one release, a retirement leaves that alone.
    const points = stack.rig.hasOneRelease ? AROUND : EVERYWHERE;
    await killAlong(stack, { counter: next, live: next, retired: counter }, points);
  },
};

const killUpdate: Scenario = {
  name: "kill-update",
  line: "kill the engine before and after every operation of a new image's update",
  async run(stack) {
    const { workspace } = stack.rig;
    const usual = await workspace.settings([IMAGE_KEY]);
    await workspace.set(IMAGE_KEY, rehearsalImage("app:1.0.1"));
    await killAlong(stack, stack.plan, EVERYWHERE);
    for (const [key, value] of usual) {
      await workspace.set(key, value);
    }
    await stack.up(stack.plan);
    await stack.assertInForce();
  },
};

const killGoBack: Scenario = {
  name: "kill-go-back",
  line:
    "kill the engine around the switch and the retirement of an emergency; going back gives " +
    "production a complete slot",
  async run(stack) {
    for (const point of aroundRetirement) {
      const { counter, retired } = stack.plan;
      const next = counter + 1;
      const emergency = { counter: next, live: next, retired: counter };
      const killed = { plan: emergency, wanted: [point(slotOf(counter))] };
      await withKills(stack, killed, async (upUntilKilled) => {
        assert.ok(await upUntilKilled(), "The emergency completed.");
      });
      await stack.up({ counter: next, live: counter, retired });
      await stack.assertInForce();
      converged(stack);
      await stack.up({ counter: next, live: next, retired });
    }
    await stack.assertInForce();
  },
};

/** Where an emergency is killed, by the slot that it retires. */
const aroundRetirement: readonly ((slot: SlotName) => Wanted)[] = [
  () => ({ moment: "before", urn: "::rotation-traffic" }),
  () => ({ moment: "after", urn: "::rotation-traffic" }),
  (slot) => ({ moment: "before", urn: `::rotation-${slot}-release` }),
  (slot) => ({ moment: "during", urn: `::rotation-${slot}-release` }),
  (slot) => ({ moment: "after", urn: `::rotation-${slot}-release` }),
  (slot) => ({ moment: "before", urn: `::rotation-${slot}-role` }),
  (slot) => ({ moment: "after", urn: `::rotation-${slot}-role` }),
  (slot) => ({ moment: "before", urn: `::rotation-${slot}-secret` }),
  (slot) => ({ moment: "after", urn: `::rotation-${slot}-secret` }),
];

/** What is looked at from outside. */
export interface Looks {
  /** After each kill on the way to a plan, and before the next `up`. */
  readonly between: (stack: ScenarioStack, plan: Plan, where: string) => Promise<void>;
  /** When the plan is in force. */
  readonly atEnd: (stack: ScenarioStack) => Promise<void>;
}

const USUAL: Looks = { between: assertOneServes, atEnd: (stack) => stack.assertInForce() };

/**
 * Makes a move while the engine is killed at all of the points that are wanted, one after another;
 * after each kill comes `recover`, and then the same `up` again.
 */
export async function killAlong(
  stack: ScenarioStack,
  plan: Plan,
  wanted: readonly Wanted[],
  looks = USUAL,
): Promise<void> {
  await withKills(stack, { plan, wanted, looks }, async (upUntilKilled, points) => {
    while (await upUntilKilled()) {
      assert(
        points.count <= MOST_POINTS,
        `After ${points.count} points the run still had not completed.`,
      );
    }
    assert.deepStrictEqual(points.missed, [], "No engine was killed there.");
  });
  stack.completed(plan);
  await looks.atEnd(stack);
  converged(stack);
}

/**
 * Configures a plan and hands over what runs an `up` of it that is killed at a point that is wanted,
 * and then `recover`; that resolves to false when the `up` came to its end.
 */
async function withKills(
  stack: ScenarioStack,
  {
    plan,
    wanted,
    looks = USUAL,
  }: { readonly plan: Plan; readonly wanted: readonly Wanted[]; readonly looks?: Looks },
  run: (upUntilKilled: () => Promise<boolean>, points: KillPoints) => Promise<void>,
): Promise<void> {
  const { providers, twin, workspace } = stack.rig;
  const counted = (stack.noted.killPoints ??= { tried: 0, converged: 0 });
  await stack.configure(plan);
  const recoverStack = await recoveryOf(stack);
  const starter = new UpStarter(workspace.order, (text) => workspace.printed(text));
  const points = new KillPoints(twin, starter, wanted, providers);
  const upUntilKilled = async () => {
    const { killed, end } = await points.up();
    counted.tried += killed.length;
    if (end.outcome === "completed") {
      return false;
    }
    const where = killed.join(", ");
    assert.strictEqual(end.outcome, "killed", `After a kill, \`up\` failed: ${end.text}`);
    const findings = await recoverStack();
    stack.note(plan, "killed", [`Killed ${where}.`, ...findings].join("\n"));
    await looks.between(stack, plan, where);
    return true;
  };
  try {
    await run(upUntilKilled, points);
  } finally {
    points.close();
    await starter.close();
  }
}

/** After all of the kills so far it ended well. */
function converged({ noted: { killPoints } }: ScenarioStack): void {
  if (killPoints !== undefined) {
    killPoints.converged = killPoints.tried;
  }
}

/**
 * Prepares what `npm run recover` does: in this process, which saves its start, and with the
 * kubeconfig at hand, which saves reading it from the state each time.
 */
async function recoveryOf({ rig }: ScenarioStack): Promise<() => Promise<string[]>> {
  const project = projectOf(rig);
  const kubeconfig = await kubeconfigIn(project);
  const own = await ownHostsOf(project);
  // A rehearsal in a container sees that its own engine is gone; `recover` there cannot.
  return async () => inWords(await recover({ ...project, kubeconfig, own, yes: true }));
}

function inWords(findings: readonly Finding[]): string[] {
  const left = findings.filter((finding) => finding.left);
  assert.deepStrictEqual(left, [], "`recover` left something to a person.");
  return findings.map(({ found, done }) => `${found}: ${done}`);
}

/**
 * Asserts, between a kill and the next `up` to a plan, that production is answered by the live slot
 * of this plan or of the completed one, with a credential that logs in; that one other logs in at
 * most, which is the other slot's; and that no retired generation answers.
 */
export async function assertOneServes(
  stack: ScenarioStack,
  plan: Plan,
  where: string,
): Promise<void> {
  const { status, generation = -1, sessionUser, secretVersion } = await stack.ask(PRODUCTION_HOST);
  const slot = slotOf(generation);
  const valid = await validCredentials(stack);
  assert.deepStrictEqual(
    {
      status,
      live: [stack.plan.live, plan.live].includes(generation),
      sessionUser,
      logsIn: valid.some((credential) => credential.versions.includes(secretVersion ?? "")),
      oneEach: new Set(valid.map(({ user }) => user)).size === valid.length,
    },
    {
      status: 200,
      live: true,
      sessionUser: NAMES.slot(slot).role,
      logsIn: true,
      oneEach: true,
    },
    `Killed ${where}; generation ${generation} answers.`,
  );
}

/** Every password of both slots that the vault ever had and that logs in now. */
async function validCredentials(
  stack: ScenarioStack,
): Promise<{ user: string; versions: string[] }[]> {
  const database = await stack.rig.superuser();
  const passwords = new Map<string, { user: string; versions: string[] }>();
  for (const { secretName, value, version } of await stack.rig.twin.call("credentials")) {
    const slot = SLOTS.find((name) => secretName === NAMES.slot(name).secret);
    if (slot !== undefined) {
      const known = passwords.get(value) ?? { user: NAMES.slot(slot).role, versions: [] };
      passwords.set(value, { ...known, versions: [...known.versions, version] });
    }
  }
  const tried = [...passwords].map(async ([password, credential]) => {
    const login = { user: credential.user, password, database: APPLICATION };
    return { credential, refused: (await tryLogin(database, login)).refused };
  });
  return (await Promise.all(tried)).flatMap(({ credential, refused }) =>
    refused ? [] : [credential],
  );
}

export const kills: readonly Scenario[] = [kill, killUpdate, killGoBack];
