import type { KubeObject, ObjectReference } from "../api/objects";
import { createPod, deletePod, podsOf } from "../api/pods";
import type { ObjectStore } from "../api/store";
import {
  as,
  availableIn,
  counts,
  isFinished,
  isReady,
  isTerminating,
  timestamp,
  type Condition,
  type Pod,
  type ReplicaSet,
  type ReplicaSetStatus,
} from "../api/types";
import { Controller } from "./controller";

const RETRY_MS = 1000;

/**
 * Keeps as many pods of one template as a ReplicaSet wants, whichever template is the newest: a pod
 * that dies in the midst of a rollout comes back as what it was.
 */
export class ReplicaSetController extends Controller {
  constructor(store: ObjectStore) {
    super(store, "ReplicaSet");
  }

  protected override reconcile(ref: ObjectReference): void {
    const object = this.store.get(ref);
    if (!object || isTerminating(object)) {
      return;
    }
    const refusal = this.scale(object);
    this.updateStatus(object, ref, refusal);
  }

  /** Makes and deletes pods; the answer is why a pod could not be made. */
  private scale(object: KubeObject): string | undefined {
    const { replicas, template } = as<ReplicaSet>(object).spec;
    const pods = activePods(this.store, object);
    surplus(pods, pods.length - replicas).forEach((pod) => deletePod(this.store, pod));
    try {
      for (let missing = replicas - pods.length; missing > 0; missing--) {
        createPod(this.store, object, template);
      }
      return undefined;
    } catch (error) {
      const { message } = error as Error;
      this.store.warn(object, "FailedCreate", `Error creating: ${message}`);
      return message;
    }
  }

  private updateStatus(
    object: KubeObject,
    ref: ObjectReference,
    refusal: string | undefined,
  ): void {
    const { metadata, spec, status: old } = as<ReplicaSet>(object);
    const pods = activePods(this.store, object);
    const ready = pods.filter(isReady).map((pod) => availableIn(pod, spec.minReadySeconds));
    const waits = ready.filter((left) => left > 0);
    // At the next moment at which something changes by time alone.
    const next = Math.min(...waits, refusal === undefined ? Infinity : RETRY_MS);
    if (Number.isFinite(next)) {
      this.queue.addAfter(ref, next);
    }
    const status: ReplicaSetStatus = {
      observedGeneration: metadata.generation ?? 1,
      replicas: pods.length,
      ...counts({
        fullyLabeledReplicas: pods.length,
        readyReplicas: ready.length,
        availableReplicas: ready.length - waits.length,
      }),
      ...(refusal === undefined ? {} : { conditions: [failure(refusal, old)] }),
    };
    this.store.change(ref, (draft) => Object.assign(draft, { status }));
  }
}

/** The pods that a status counts: one that ends is replaced at once, although it still runs. */
function activePods(store: ObjectStore, owner: KubeObject): Pod[] {
  return podsOf(store, owner).filter((pod) => !isTerminating(pod) && !isFinished(pod));
}

/** That many pods, the ones that are missed least first: not ready, then youngest. */
function surplus(pods: readonly Pod[], count: number): Pod[] {
  const rank = (pod: Pod) => (isReady(pod) ? 1 : 0);
  return [...pods]
    .reverse()
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, Math.max(count, 0));
}

function failure(message: string, old: ReplicaSetStatus | undefined): Condition {
  const type = "ReplicaFailure";
  const former = old?.conditions?.find((condition) => condition.type === type);
  const lastTransitionTime = former?.lastTransitionTime ?? timestamp();
  return { type, status: "True", reason: "FailedCreate", message, lastTransitionTime };
}
