import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { otherSlot, type SlotName } from "../../components/plan";
import { asSuperuser, tryLogin } from "../clients/checks";
import { APPLICATION, NAMES, PRODUCTION_HOST, stageHost } from "../rig/stackFile";
import type { Rig } from "../rig/rig";
import type { RehearsalResult } from "../result/result";
import { loadOn, meansIn, noteLoad, type RotateSettings } from "./rotate";
import type { KubeObject, ObjectReference } from "../../twin/kubernetes/api/objects";
import type { Operation } from "../up/operationLog";
import { PhaseClock, timed } from "../result/timeline";

/** What is edited here of an Ingress and of a Deployment. */
interface Spec {
  readonly rules: { host: string; http: { paths: { backend: { service: { name: string } } }[] } }[];
  replicas: number;
  readonly template: {
    spec: { containers: { lifecycle?: unknown; env?: { name: string; value?: string }[] }[] };
  };
}

/**
 * How often traffic is switched, there and back. One switch alone may lose next to nothing by luck: an
 * update of a gateway is in force at any moment between its begin and its end.
 */
export const NAIVE_SWITCHES = 3;

/**
 * What makes the sample application end when it is told to, as one does that has no handler: not by
 * a grace period of 0, of which a kubelet makes 2 s, in which the application goes on to answer.
 */
const ENDS_AT_ONCE = `--require=${join(__dirname, "endsAtOnce.cjs")}`;

/** Seconds of load after the gateway has obeyed: whatever was under way has ended by then. */
const AFTER_SECONDS = 6;
/** Answers in a row on its stage host that show a slot ready to take over. */
const ANSWERS = 20;
const LOOK_MS = 250;

/**
 * The negative control: the order of the sample that this project started from. A slot is prepared
 * with all care, and then the switch, the removal of the slot that served and the end of its role
 * happen in one go. Pods of both slots are as that sample has them, without preStop and without an
 * application that drains. If this loses no request the rig measures nothing.
 */
export async function switchNaively(rig: Rig, settings: RotateSettings): Promise<RehearsalResult> {
  const { step } = settings;
  const { workspace } = rig;
  const result = rig.result("naive");
  step("deploying at counter 0");
  await workspace.configure({ counter: 0 });
  const deployed = await workspace.up();
  step("removing preStop and draining from the blue pods");
  await endAtOnce(rig, "blue");
  const load = await loadOn(rig, result, deployed.outputs["gatewayAddress"] as string, settings);
  const begin = load.mark();
  const old = await rig.slotCredential("blue");
  step("preparing the green slot");
  const clock = new PhaseClock(begin.at);
  await workspace.configure({ counter: 1, live: 0 });
  const { operations } = await clock.measure("prepare", async () => {
    const staged = await workspace.up();
    await endAtOnce(rig, "green");
    await readyToServe(rig, "green");
    return staged;
  });
  const urnOf = (name: string) =>
    deployed.operations.find(({ urn }) => urn.endsWith(`::${name}`))?.urn ?? name;

  const naive: Operation[] = [];
  const lost: number[] = [];
  for (let turn = 0; turn < NAIVE_SWITCHES; turn++) {
    const [to, from]: readonly [SlotName, SlotName] =
      turn % 2 === 0 ? ["green", "blue"] : ["blue", "green"];
    if (turn > 0) {
      step(`preparing the ${to} slot again`);
      await clock.measure("again", () => prepareAgain(rig, to));
    }
    step(`switching to ${to}, removing ${from} and disabling its role at once`);
    const names = ["rotation-traffic", `rotation-${from}-release`, `rotation-${from}-role`];
    const mark = load.mark();
    const made = names.map((name) => ({ at: mark.at, urn: urnOf(name), op: "update" }));
    naive.push(...made);
    const [traffic, release, role] = made;
    const obeyed = serves(rig, to);
    await clock.measure("switch", () =>
      Promise.all([
        until(traffic, routeProduction(rig, to)),
        until(release, scale(rig, from, 0)),
        until(role, alter(rig, from, "NOLOGIN")),
      ]),
    );
    await clock.measure("after", async () => {
      await obeyed;
      await pause(AFTER_SECONDS * 1000, undefined, { signal: workspace.signal });
      lost.push((await load.between(mark, load.mark())).failed);
    });
  }
  const end = load.mark();
  noteLoad(result, await load.between(begin, end));
  result.timeline = await rig.timeline(begin, end);
  result.proofs = meansIn(result.evidence);
  result.rotations.push({
    from: 0,
    to: 1,
    liveBefore: "blue",
    liveAfter: "green",
    seconds: (end.at - begin.at) / 1000,
    phases: clock.phases,
    operations: timed([...operations, ...naive], begin.at),
    operationsOnLiveSlot: rig.serving.onServingSlot(naive).length,
    operationsOnPlatform: 0,
    requests: result.requests,
    newCredential: await rig.production(),
    oldCredential: await tryLogin(await rig.superuser(), {
      user: NAMES.slot("blue").role,
      password: old.value,
      database: APPLICATION,
    }),
  });
  await load.stop();
  step("searching for leaks");
  Object.assign(result, await rig.searchLeaks(result, true));
  const { failed, sent } = result.requests;
  if (failed > 0) {
    result.problems.push(
      `The naive order lost ${failed} of ${sent} requests; in its ${lost.length} switches ` +
        `${lost.slice(0, -1).join(", ")} and ${lost.at(-1)}.`,
    );
  }
  return result;
}

/** Gives a slot that was removed its role and as many pods as the other one has. */
async function prepareAgain(rig: Rig, slot: SlotName): Promise<void> {
  await alter(rig, slot, "LOGIN");
  const { spec } = await found(rig, deployment(otherSlot(slot)));
  await scale(rig, slot, (spec as unknown as Spec).replicas);
  await rig.twin.call("rolledOut", { ...deployment(slot), namespace: APPLICATION });
  await readyToServe(rig, slot);
}

/** Resolves when a slot has no pod left that ends, and the gateway reaches those that it has. */
async function readyToServe(rig: Rig, slot: SlotName): Promise<void> {
  const late = AbortSignal.timeout(deadlineMs(rig));
  const signal = AbortSignal.any([late, rig.workspace.signal]);
  for (let inARow = 0; inARow < ANSWERS;) {
    const isReady = !(await endsPods(rig, slot)) && (await rig.ask(stageHost(slot))).status === 200;
    inARow = isReady ? inARow + 1 : 0;
    if (!isReady) {
      await pause(LOOK_MS, undefined, { signal });
    }
  }
}

async function endsPods({ twin }: Rig, slot: SlotName): Promise<boolean> {
  const objects = await twin.call("objects");
  return objects.some(
    ({ object: { kind, metadata } }) =>
      kind === "Pod" &&
      metadata.labels?.["app.kubernetes.io/instance"] === NAMES.slot(slot).release &&
      metadata.deletionTimestamp !== undefined,
  );
}

/** Resolves when the gateway sends production to a slot. */
async function serves({ serving, timing, workspace }: Rig, slot: SlotName): Promise<void> {
  const signal = AbortSignal.any([AbortSignal.timeout(deadlineMs({ timing })), workspace.signal]);
  while (serving.at(Date.now()) !== slot) {
    await pause(LOOK_MS, undefined, { signal });
  }
}

/** Two updates of the gateway at their longest, and some more. */
function deadlineMs({ timing }: Pick<Rig, "timing">): number {
  return (2 * timing.longestUpdate + 60) * 1000;
}

/** Notes when an operation ended that no engine did. */
async function until(operation: Operation | undefined, work: Promise<void>): Promise<void> {
  await work;
  if (operation !== undefined) {
    operation.endedAt = Date.now();
  }
}

async function alter(rig: Rig, slot: SlotName, option: "LOGIN" | "NOLOGIN"): Promise<void> {
  const statement = `ALTER ROLE ${NAMES.slot(slot).role} ${option}`;
  await asSuperuser(await rig.superuser(), "postgres", statement);
}

async function routeProduction(rig: Rig, slot: SlotName): Promise<void> {
  await change(
    rig,
    { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: APPLICATION },
    (spec) => {
      const production = spec.rules.find(({ host }) => host === PRODUCTION_HOST);
      for (const { backend } of production?.http.paths ?? []) {
        backend.service.name = NAMES.slot(slot).release;
      }
    },
  );
}

async function scale(rig: Rig, slot: SlotName, replicas: number): Promise<void> {
  await change(rig, deployment(slot), (spec) => {
    spec.replicas = replicas;
  });
}

async function endAtOnce(rig: Rig, slot: SlotName): Promise<void> {
  const reference = deployment(slot);
  await change(rig, reference, (spec) => {
    for (const container of spec.template.spec.containers) {
      delete container.lifecycle;
      container.env = [...(container.env ?? []), { name: "NODE_OPTIONS", value: ENDS_AT_ONCE }];
    }
  });
  await rig.twin.call("rolledOut", { ...reference, namespace: APPLICATION });
}

function deployment(slot: SlotName): Omit<ObjectReference, "namespace"> {
  return { apiVersion: "apps/v1", kind: "Deployment", name: NAMES.slot(slot).release };
}

async function change(
  rig: Rig,
  reference: Omit<ObjectReference, "namespace">,
  edit: (spec: Spec) => void,
): Promise<void> {
  const object = await found(rig, reference);
  edit(object.spec as unknown as Spec);
  await rig.twin.call("apply", object);
}

async function found(
  { twin }: Rig,
  reference: Omit<ObjectReference, "namespace">,
): Promise<KubeObject> {
  const object = await twin.call("get", { ...reference, namespace: APPLICATION });
  if (object === undefined) {
    throw new Error(`The twin has no ${reference.kind} ${reference.name}.`);
  }
  return object;
}
