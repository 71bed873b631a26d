import { isDeepStrictEqual } from "node:util";
import { ApiError, type KubeObject, type ObjectReference } from "../api/objects";
import { deletePod, ownerOf } from "../api/pods";
import { parseSelector } from "../api/selectors";
import { refOf, type ObjectStore } from "../api/store";
import {
  as,
  DISRUPTION_TARGET,
  isFinished,
  isReady,
  isTerminating,
  matches,
  timestamp,
  type Pod,
  type PodDisruptionBudget,
} from "../api/types";
import { Controller } from "./controller";

const BUDGETS = { apiVersion: "policy/v1", kind: "PodDisruptionBudget" };

/** Keeps count of what each PodDisruptionBudget allows. */
export class DisruptionController extends Controller {
  constructor(store: ObjectStore) {
    super(store, BUDGETS.kind, ["Pod", "Deployment", "StatefulSet"]);
  }

  protected override concerned({ metadata }: KubeObject): ObjectReference[] {
    return this.store.list(BUDGETS, metadata.namespace).map(refOf);
  }

  protected override reconcile(ref: ObjectReference): void {
    const object = this.store.get(ref);
    if (object) {
      const status = statusOf(this.store, as<PodDisruptionBudget>(object));
      if (!isDeepStrictEqual(object.status, status)) {
        this.store.change(ref, (draft) => Object.assign(draft, { status }));
      }
    }
  }
}

/**
 * Asks a pod to leave its node, as `kubectl drain` and the upgrade of a node pool do. A budget
 * without room refuses it; a pod that is not ready is guarded by it too, unless the budget is
 * healthy or lets such pods go always.
 */
export function evict(store: ObjectStore, ref: ObjectReference): void {
  const pod = as<Pod>(store.require(ref));
  const isOver = isFinished(pod) || isTerminating(pod) || pod.status?.phase === "Pending";
  if (!isOver) {
    budgetsOf(store, pod).forEach((budget) => requireRoom(store, budget, pod));
  }
  store.change(ref, (draft) => {
    const conditions = as<Pod>(draft).status?.conditions ?? [];
    conditions.push({
      type: DISRUPTION_TARGET,
      status: "True",
      reason: "EvictionByEvictionAPI",
      message: "Eviction API: evicting",
      lastTransitionTime: timestamp(),
    });
  });
  deletePod(store, as<Pod>(store.require(ref)));
}

/** Pods of a namespace, by labels as `kubectl drain --pod-selector` takes them: `a=b,c!=d`. */
export interface DrainedPods {
  readonly namespace: string;
  readonly selector: string;
}

/**
 * Empties the nodes of some pods as `kubectl drain` does, of one pod after another: each is asked to
 * leave until a budget has room for that, and then awaited. Pods that come meanwhile are none of them.
 *
 * @returns names of the pods that have left
 * @throws the signal's reason, when a pod does not leave before it aborts
 */
export async function drain(
  store: ObjectStore,
  { namespace, selector }: DrainedPods,
  signal: AbortSignal,
): Promise<string[]> {
  const selected = parseSelector(selector);
  const pods = store
    .list({ apiVersion: "v1", kind: "Pod" }, namespace)
    .filter(({ metadata }) => selected(metadata.labels ?? {}))
    .map(refOf);
  for (const ref of pods) {
    while (!mayLeave(store, ref)) {
      await nextChange(store, signal);
    }
    await store.until(ref, (pod) => pod === undefined, signal);
  }
  return pods.map(({ name }) => name);
}

/** Asks a pod to leave; the answer is whether it does, or has gone already. */
function mayLeave(store: ObjectStore, ref: ObjectReference): boolean {
  try {
    evict(store, ref);
    return true;
  } catch (error) {
    const reason = error instanceof ApiError ? error.reason : "";
    if (reason !== "NotFound" && reason !== "TooManyRequests") {
      throw error;
    }
    return reason === "NotFound";
  }
}

function nextChange(store: ObjectStore, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      unwatch();
      signal.removeEventListener("abort", abort);
      end();
    };
    const abort = () => settle(() => reject(signal.reason as Error));
    const unwatch = store.watch(() => settle(resolve));
    signal.addEventListener("abort", abort);
    if (signal.aborted) {
      abort();
    }
  });
}

function requireRoom(store: ObjectStore, budget: PodDisruptionBudget, pod: Pod): void {
  const { currentHealthy, desiredHealthy, disruptionsAllowed } = statusOf(store, budget);
  const isHealthy = currentHealthy >= desiredHealthy && desiredHealthy > 0;
  const { unhealthyPodEvictionPolicy: policy } = budget.spec;
  if (!isReady(pod) && (policy === "AlwaysAllow" || isHealthy)) {
    return;
  }
  if (disruptionsAllowed === 0) {
    const text =
      "Cannot evict pod as it would violate the pod's disruption budget. The disruption budget " +
      `${budget.metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
    throw new ApiError(text, 429, "TooManyRequests");
  }
}

function budgetsOf(store: ObjectStore, pod: Pod): PodDisruptionBudget[] {
  return store
    .list(BUDGETS, pod.metadata.namespace)
    .map((object) => as<PodDisruptionBudget>(object))
    .filter(({ spec }) => matches(spec.selector.matchLabels ?? {}, pod.metadata.labels));
}

function statusOf(
  store: ObjectStore,
  { metadata, spec }: PodDisruptionBudget,
): NonNullable<PodDisruptionBudget["status"]> {
  const pods = store
    .list({ apiVersion: "v1", kind: "Pod" }, metadata.namespace)
    .filter((pod) => matches(spec.selector.matchLabels ?? {}, pod.metadata.labels))
    .filter((pod) => !isTerminating(pod) && !isFinished(as<Pod>(pod)));
  const expectedPods = wantedFor(store, pods);
  const desiredHealthy =
    spec.minAvailable === undefined
      ? Math.max(expectedPods - share(spec.maxUnavailable ?? 0, expectedPods), 0)
      : share(spec.minAvailable, expectedPods);
  const currentHealthy = pods.filter((pod) => isReady(as<Pod>(pod))).length;
  return {
    observedGeneration: metadata.generation ?? 1,
    currentHealthy,
    desiredHealthy,
    disruptionsAllowed: expectedPods > 0 ? Math.max(currentHealthy - desiredHealthy, 0) : 0,
    expectedPods,
  };
}

/** As many pods as the workloads that these belong to are to have. */
function wantedFor(store: ObjectStore, pods: readonly KubeObject[]): number {
  const workloads = new Map(
    pods
      .flatMap((pod) => workloadOf(store, pod) ?? [])
      .map((workload) => [workload.metadata.uid, Number(workload.spec?.replicas ?? 0)]),
  );
  return [...workloads.values()].reduce((sum, replicas) => sum + replicas, 0);
}

/** What a pod belongs to, at the top: a Deployment, a StatefulSet. */
function workloadOf(store: ObjectStore, object: KubeObject): KubeObject | undefined {
  const owner = ownerOf(object);
  const above = owner && store.get(owner);
  return above && (workloadOf(store, above) ?? above);
}

function share(value: number | string, of: number): number {
  return typeof value === "number" ? value : Math.ceil((Number.parseInt(value, 10) * of) / 100);
}
