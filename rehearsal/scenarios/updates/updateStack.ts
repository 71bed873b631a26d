import assert from "node:assert";
import { type SlotName, slotOf, SLOTS } from "../../../components";
import type { Operation } from "../../up/workspace";
import { rehearsalImage } from "../../rig/images";
import { APPLICATION, NAMES } from "../../rig/stackFile";
import type { KubeObject } from "../../../twin/kubernetes/api/objects";
import type { ScenarioStack } from "../stack/scenarioStack";

/** The eager application at a version: all of its connections are held from the start. */
export const image = (version: string) => rehearsalImage(`eager:${version}`);

/** The eager application with something wrong. */
export const faulty = (
  what: "never-ready" | "wrong-answers" | "only-in-trial" | "no-login" | "ready-by-login",
) => rehearsalImage(`faulty:${what}`);

/** An image that no registry has. */
export const MISSING = rehearsalImage("missing:1.0.0");

/** Seconds that pods have to become ready where they never do: the least that three of them may have. */
export const SHORT = { "rotation:rolloutSeconds": "150" };

/** What a stack of its own is deployed with, at production's timing. */
export const own = (settings: Readonly<Record<string, string>> = {}) =>
  ({
    timing: "production",
    settings: { "rotation:appImage": image("1.0.0"), ...settings },
  }) as const;

/** An update: the same plan with other settings; `undefined` is the default. */
export async function update(
  stack: ScenarioStack,
  settings: Readonly<Record<string, string | number | undefined>>,
): Promise<Operation[]> {
  await configure(stack, settings);
  return stack.up(stack.plan);
}

export async function configure(
  { rig: { workspace } }: ScenarioStack,
  settings: Readonly<Record<string, string | number | undefined>>,
): Promise<void> {
  for (const [key, value] of Object.entries(settings)) {
    await workspace.set(key, value);
  }
}

/** The Deployment of a slot, as the cluster has it. */
export async function deployment(
  { rig: { twin } }: ScenarioStack,
  slot: SlotName,
): Promise<KubeObject> {
  const { release: name } = NAMES.slot(slot);
  const reference = { apiVersion: "apps/v1", kind: "Deployment", namespace: APPLICATION, name };
  const found = await twin.call("get", reference);
  assert(found, `There is no Deployment ${name}.`);
  return found;
}

/** How many pods a slot is to have. */
export async function wantedPods(stack: ScenarioStack, slot: SlotName): Promise<number> {
  return (await deployment(stack, slot)).spec!["replicas"] as number;
}

/** Images of the pods of a slot that do not end, sorted by pod. */
export async function images(stack: ScenarioStack, slot: SlotName): Promise<string[]> {
  const pods = await podsOf(stack, slot);
  return pods.map(({ spec }) => (spec!["containers"] as { image: string }[])[0]!.image);
}

/** Asserts that all pods of the live slot are of one version. */
export async function assertServes(stack: ScenarioStack, version: string): Promise<void> {
  const seen = await images(stack, liveSlot(stack));
  assert.deepStrictEqual([...new Set(seen)], [image(version)]);
}

/** Pods of a slot that do not end, sorted by name. */
export async function podsOf({ rig }: ScenarioStack, slot: SlotName): Promise<KubeObject[]> {
  const { release } = NAMES.slot(slot);
  const objects = await rig.twin.call("objects");
  return objects
    .map(({ object }) => object)
    .filter(
      ({ kind, metadata }) =>
        kind === "Pod" &&
        metadata.labels?.["app.kubernetes.io/instance"] === release &&
        metadata.deletionTimestamp === undefined,
    )
    .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name));
}

/** Whether a pod says that it can serve. */
export function isReady({ status }: KubeObject): boolean {
  const { conditions = [] } = (status ?? {}) as {
    conditions?: { type: string; status: string }[];
  };
  return conditions.some((each) => each.type === "Ready" && each.status === "True");
}

/** Both slots as the cluster has them: whatever touches one changes this. */
export async function slotsInCluster(stack: ScenarioStack): Promise<unknown> {
  return Promise.all(
    SLOTS.map(async (slot) => ({
      generation: (await deployment(stack, slot)).metadata.generation,
      pods: (await podsOf(stack, slot)).map(({ metadata }) => metadata.name),
    })),
  );
}

/** Operations on the Helm releases of slots, and on nothing else of them. */
export function onReleases(operations: readonly Operation[]): string[] {
  return operations
    .map(({ urn }) => urn.split("::").at(-1)!)
    .filter((name) => /^rotation-(blue|green)-release$/.test(name))
    .sort();
}

/** Operations on trials. */
export function onTrials(operations: readonly Operation[]): string[] {
  return operations
    .filter(({ urn }) => /::rotation-trial-[0-9a-f]{12}$/.test(urn))
    .map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`);
}

/** When something was first seen in the twin's journal; undefined until then. */
export function firstTime(
  { rig: { twin } }: ScenarioStack,
  isIt: (entry: { event: string; detail: Readonly<Record<string, unknown>> }) => boolean,
): { at: number | undefined; end: () => void } {
  const seen: { at: number | undefined; end: () => void } = {
    at: undefined,
    end: twin.onEntry((entry) => {
      if (seen.at === undefined && isIt(entry)) {
        seen.at = entry.at;
      }
    }),
  };
  return seen;
}

/** The slot that serves. */
export const liveSlot = ({ plan }: ScenarioStack): SlotName => slotOf(plan.live);

/** Pods of the templates before end with preStop and the time for what is in flight. */
export const ENDED_MS = 101_000;
