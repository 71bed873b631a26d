import assert from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import { otherSlot, type SlotName, slotOf } from "../../components";
import { Attacker } from "../clients/attacker";
import { tryLogin } from "../clients/checks";
import { HostilePod } from "../clients/hostilePod";
import { APPLICATION, NAMES } from "../rig/stackFile";
import type { ProofLine } from "../result/result";
import { as, isReady, type Pod } from "../../twin/kubernetes/api/types";
import type { Scenario } from "./stack/scenario";
import type { ScenarioStack } from "./stack/scenarioStack";
import { podsOf, wantedPods } from "./updates/updateStack";

/** Pods that an autoscaler wants because a pod of the attacker's keeps busy: more than are configured. */
const DRIVEN_UP = 3;

const LOOK_MS = 200;
/** Of the application's container. */
const PORT = 8080;
/** Mostly long enough for the proof to meet pods of the slot that traffic is about to leave. */
const SLOW_GATEWAY = 10;
/** A request of 30 s that came before the switch is answered by then. */
const LAST_REQUEST_MS = 32_000;

/** Tricks that take effect before anything of the slot is changed. */
const TRICKS = 7;
/** Those, and the three that break the slot itself. */
const ALL_TRICKS = TRICKS + 3;

/** What code in the pod does from the beginning, and at its end. */
const IN_POD = [
  "fails its probe",
  "comes back with a session",
  "asks the API server",
  "answers a proof for the other slot",
];
const STAYS = "does not end when it is told to";

/** Somebody with the live password, and the code that they run in a pod of the live slot. */
interface Attack {
  readonly attacker: Attacker;
  readonly pod: HostilePod;
}

/**
 * Somebody has the live password and a pod. What they break of the slot before its last request is
 * answered would cost that request, whoever runs the program, so they begin with what costs none.
 */
export const hostileLiveRole: Scenario = {
  name: "hostile-live-role",
  line: "whoever holds the live password and runs code in a pod resists with all that allows; emergency, rotation and retirement complete",
  isAboutPods: true,
  own: {
    timing: "short",
    settings: {
      "rotation:minReplicas": "1",
      "rotation:maxReplicas": `${DRIVEN_UP}`,
      // Long enough for an attacker who waits for the last request.
      "rotation:drainSeconds": "60",
      // A role that one process can fill, beside what its pods need.
      "rotation:serverConnections": "160",
    },
  },
  async run(stack) {
    await stack.rig.twin.call("begin", { kind: "gateway slow", seconds: SLOW_GATEWAY });
    await rotationAndRetirement(stack);
    await emergency(stack);
  },
};

async function emergency(stack: ScenarioStack): Promise<void> {
  const { counter } = stack.plan;
  const autoscaler = { namespace: APPLICATION, name: NAMES.autoscaler };
  await stack.rig.twin.call("recommend", autoscaler, DRIVEN_UP);
  while ((await wantedPods(stack, slotOf(counter))) < DRIVEN_UP) {
    await pause(LOOK_MS);
  }
  await attacked(stack, async (attack) => {
    await stack.up({ counter: counter + 1, live: counter + 1, retired: counter });
    await assertEnded(stack, attack, slotOf(counter));
  });
  await stack.assertInForce();
}

/** The previous slot is held, too, until it is retired. */
async function rotationAndRetirement(stack: ScenarioStack): Promise<void> {
  const plan = stack.rotated;
  await attacked(stack, async (attack) => {
    await stack.up(plan);
    await attack.attacker.until(({ done }) => Object.keys(done).length === ALL_TRICKS);
    await stack.up({ ...plan, retired: plan.counter - 1 });
    await assertEnded(stack, attack, otherSlot(slotOf(plan.counter)));
  });
  await stack.assertInForce();
}

/** Runs something while the credential of the live slot and one of its pods are in somebody's hands. */
async function attacked(
  stack: ScenarioStack,
  run: (attack: Attack) => Promise<void>,
): Promise<void> {
  const { rig } = stack;
  const slot = slotOf(stack.plan.live);
  const { role } = NAMES.slot(slot);
  const server = await rig.superuser();
  const { address, name } = await readyPod(stack, slot);
  const pod = await HostilePod.takeOver(rig.twin.pid, APPLICATION, name);
  // The question of a proof, which may or may not meet this pod in time.
  await fetch(`http://${address}:${PORT}/`, { headers: { "rotation-nonce": "0".repeat(64) } });
  const attacker = Attacker.begin({
    ...{ host: server.host, port: server.port, certificate: server.certificate },
    user: role,
    password: (await rig.slotCredential(slot)).value,
    database: APPLICATION,
    firstObject: 1000 * (1 + stack.plan.live),
    others: [NAMES.readWrite, NAMES.slot(otherSlot(slot)).role],
  });
  // Production was seen to be answered by the other slot.
  let timer: NodeJS.Timeout | undefined;
  const stop = rig.twin.onEntry(({ event, detail }) => {
    const { proof, ok } = (detail["evidence"] ?? {}) as Partial<ProofLine> & { ok?: boolean };
    if (event === "job finished" && proof === "after-promotion" && ok === true) {
      timer ??= setTimeout(() => attacker.break(), LAST_REQUEST_MS);
    }
  });
  try {
    await attacker.until(({ done }) => Object.keys(done).length === TRICKS);
    await pod.until(({ done }) => IN_POD.every((trick) => trick in done));
    await run({ attacker, pod });
  } finally {
    stop();
    clearTimeout(timer);
    pod.leave();
    await attacker.end();
  }
}

/** A pod that serves: one that still starts would take no questions of a debugger. */
async function readyPod(
  stack: ScenarioStack,
  slot: SlotName,
): Promise<{ name: string; address: string }> {
  const pods = await podsOf(stack, slot);
  const ready = pods.map((pod) => as<Pod>(pod)).find(isReady);
  assert.ok(ready, `No pod of ${slot} is ready.`);
  return { name: ready.metadata.name, address: ready.status?.podIP ?? "" };
}

/** The pod had no way to the API server, and goes with its slot although it would not. */
async function assertPodEnds(pod: HostilePod): Promise<void> {
  // A run waits for it no longer than it has to drain, and a pod may have a longer time to end.
  await pod.ended();
  const { done, statuses, tokens } = pod.report;
  assert.deepStrictEqual(
    [...IN_POD, STAYS].filter((trick) => !(trick in done)),
    [],
  );
  assert.deepStrictEqual({ statuses, tokens }, { statuses: ["401"], tokens: [] });
}

/** Nothing that the attacker has is of any use, and the evidence says what was found. */
async function assertEnded(
  stack: ScenarioStack,
  { attacker, pod }: Attack,
  slot: SlotName,
): Promise<void> {
  const { role } = NAMES.slot(slot);
  assert.strictEqual(
    Object.keys(attacker.done).length,
    ALL_TRICKS,
    Object.keys(attacker.done).join(),
  );
  await attacker.until(({ refused }) => refused.startsWith("28"));
  const [found] = await stack.sql(
    `SELECT r.rolcanlogin AS login, r.rolconfig::text AS settings,
            (SELECT count(*)::int FROM pg_stat_activity WHERE usename = r.rolname) AS sessions
       FROM pg_roles r WHERE r.rolname = '${role}'`,
  );
  const settings = `{"search_path=${NAMES.schema}, public"}`;
  assert.deepStrictEqual(found, { login: false, settings, sessions: 0 });
  const server = await stack.rig.superuser();
  const { value: password } = await stack.rig.slotCredential(slot);
  const attempt = await tryLogin(server, { user: role, password, database: APPLICATION });
  assert.strictEqual(attempt.sqlstate, "28000");
  assert.deepStrictEqual(await podsOf(stack, slot), []);
  await assertPodEnds(pod);
  const evidence = stack.rig.evidence.findLast(({ proof }) => proof === "before-promotion");
  assert.match(String(evidence?.["beyond"]), new RegExp(`setting work_mem=3MB set: ${role} only`));
}
