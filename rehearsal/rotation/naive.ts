import type { SlotName } from "../../components/plan";
import { asSuperuser, tryLogin } from "../clients/checks";
import { APPLICATION, NAMES, PRODUCTION_HOST } from "../rig/stackFile";
import type { Rig } from "../rig/rig";
import type { RehearsalResult } from "../result/result";
import { loadOn, noteLoad, type RotateSettings } from "./rotate";
import type { ObjectReference } from "../../twin/kubernetes/api/objects";
import type { Operation } from "../up/operationLog";
import { PhaseClock, timed } from "../result/timeline";

/** What is edited here of an Ingress and of a Deployment. */
interface Spec {
  readonly rules: { host: string; http: { paths: { backend: { service: { name: string } } }[] } }[];
  replicas: number;
  readonly template: {
    spec: { terminationGracePeriodSeconds: number; containers: { lifecycle?: unknown }[] };
  };
}

/** Seconds of load after the naive switch: two gateway updates at their longest, and some more. */
function afterSeconds({ timing }: Rig): number {
  return 2 * timing.longestUpdate + 12;
}

/**
 * The negative control: the order of the sample that this project started from. The new slot is
 * prepared with all care, and then the switch, the removal of the old slot and the end of its role
 * happen in one go. The old slot's pods are as that sample has them, without preStop and without an
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
  step("preparing the green slot");
  const clock = new PhaseClock(begin.at);
  await workspace.configure({ counter: 1, live: 0 });
  const { operations } = await clock.measure("prepare", () => workspace.up());

  step("switching, removing blue and disabling its role at once");
  const old = await rig.slotCredential("blue");
  const urnOf = (name: string) =>
    deployed.operations.find(({ urn }) => urn.endsWith(`::${name}`))?.urn ?? name;
  const naive: Operation[] = [
    "rotation-traffic",
    "rotation-blue-release",
    "rotation-blue-role",
  ].map((name) => ({ at: Date.now(), urn: urnOf(name), op: "update" }));
  const [traffic, release, role] = naive;
  await clock.measure("switch", () =>
    Promise.all([
      until(traffic, routeProduction(rig, "green")),
      until(release, scaleToZero(rig, "blue")),
      until(role, endLogin(rig, "blue")),
    ]),
  );
  const end = { at: load.mark().at + afterSeconds(rig) * 1000 };
  noteLoad(result, await clock.measure("after", () => load.between(begin, end)));
  result.timeline = await rig.timeline(begin, end);
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
    result.problems.push(`The naive order lost ${failed} of ${sent} requests.`);
  }
  return result;
}

/** Notes when an operation ended that no engine did. */
async function until(operation: Operation | undefined, work: Promise<void>): Promise<void> {
  await work;
  if (operation !== undefined) {
    operation.endedAt = Date.now();
  }
}

async function endLogin(rig: Rig, slot: SlotName): Promise<void> {
  const statement = `ALTER ROLE ${NAMES.slot(slot).role} NOLOGIN`;
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

async function scaleToZero(rig: Rig, slot: SlotName): Promise<void> {
  await change(rig, deployment(slot), (spec) => {
    spec.replicas = 0;
  });
}

async function endAtOnce(rig: Rig, slot: SlotName): Promise<void> {
  const reference = deployment(slot);
  await change(rig, reference, (spec) => {
    spec.template.spec.terminationGracePeriodSeconds = 0;
    for (const container of spec.template.spec.containers) {
      delete container.lifecycle;
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
  const object = await rig.twin.call("get", { ...reference, namespace: APPLICATION });
  if (object === undefined) {
    throw new Error(`The twin has no ${reference.kind} ${reference.name}.`);
  }
  edit(object.spec as unknown as Spec);
  await rig.twin.call("apply", object);
}
