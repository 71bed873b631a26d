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
  type Pod,
  type PodTemplate,
  type StatefulSet,
  type StatefulSetStatus,
} from "../api/types";
import { Controller } from "./controller";
import {
  POD_REVISION,
  revisionsFor,
  templateOf,
  trimRevisions,
  type Revisions,
} from "./controllerRevisions";
import { nextSteps, type Member, type MemberState } from "./statefulSetSteps";

const RETRY_MS = 1000;
const POD_NAME = "statefulset.kubernetes.io/pod-name";
const POD_INDEX = "apps.kubernetes.io/pod-index";

/**
 * Keeps pods with names of their own, `web-0` and so on. A pod is replaced by one of its name, so it
 * is gone before its successor comes: during a rollout one pod is missing.
 */
export class StatefulSetController extends Controller {
  constructor(store: ObjectStore) {
    super(store, "StatefulSet");
  }

  protected override reconcile(ref: ObjectReference): void {
    const object = this.store.get(ref);
    if (!object || isTerminating(object)) {
      return;
    }
    const revisions = revisionsFor(this.store, object);
    const isRefused = this.move(object, revisions);
    this.updateStatus(object, ref, revisions, isRefused);
    trimRevisions(this.store, object, revisions, podsOf(this.store, object));
  }

  /** Makes and deletes pods; the answer is whether one could not be made. */
  private move(object: KubeObject, revisions: Revisions): boolean {
    const { metadata, spec } = as<StatefulSet>(object);
    const { type, rollingUpdate } = spec.updateStrategy;
    const pods = podsOf(this.store, object);
    const { create, remove } = nextSteps(
      {
        replicas: spec.replicas,
        ordered: spec.podManagementPolicy === "OrderedReady",
        update: revisions.update.metadata.name,
        partition: type === "OnDelete" ? undefined : (rollingUpdate?.partition ?? 0),
      },
      pods.map((pod) => memberOf(pod, spec.minReadySeconds)),
    );
    pods
      .filter((pod) => remove.includes(ordinalOf(pod)))
      .forEach((pod) => deletePod(this.store, pod));
    let isRefused = false;
    for (const ordinal of create) {
      const name = `${metadata.name}-${ordinal}`;
      try {
        createPod(this.store, object, podTemplate(object, ordinal, revisions), { name });
      } catch (error) {
        const text = `create Pod ${name} in StatefulSet ${metadata.name} failed error`;
        this.store.warn(object, "FailedCreate", `${text}: ${(error as Error).message}`);
        isRefused = true;
      }
    }
    return isRefused;
  }

  private updateStatus(
    object: KubeObject,
    ref: ObjectReference,
    revisions: Revisions,
    isRefused: boolean,
  ): void {
    const { metadata, spec } = as<StatefulSet>(object);
    const [current, update] = [revisions.current.metadata.name, revisions.update.metadata.name];
    const pods = podsOf(this.store, object);
    const ready = pods.filter(isReady);
    const waits = ready
      .map((pod) => availableIn(pod, spec.minReadySeconds))
      .filter((left) => left > 0);
    // At the next moment at which something changes by time alone.
    const next = Math.min(...waits, isRefused ? RETRY_MS : Infinity);
    if (Number.isFinite(next)) {
      this.queue.addAfter(ref, next);
    }
    const has = (revision: string) =>
      pods.filter((pod) => !isTerminating(pod) && revisionOf(pod) === revision).length;
    const updated = has(update);
    const isComplete =
      spec.updateStrategy.type === "RollingUpdate" &&
      [updated, ready.length, pods.length].every((count) => count === spec.replicas);
    const status: StatefulSetStatus = {
      observedGeneration: metadata.generation ?? 1,
      replicas: pods.length,
      availableReplicas: ready.length - waits.length,
      ...counts({
        readyReplicas: ready.length,
        currentReplicas: isComplete ? updated : has(current),
        updatedReplicas: updated,
      }),
      currentRevision: isComplete ? update : current,
      updateRevision: update,
      collisionCount: 0,
    };
    this.store.change(ref, (draft) => Object.assign(draft, { status }));
  }
}

function memberOf(pod: Pod, minReadySeconds: number | undefined): Member {
  const state: MemberState = isTerminating(pod)
    ? "ending"
    : isFinished(pod)
      ? "over"
      : availableIn(pod, minReadySeconds) === 0
        ? "available"
        : "unavailable";
  return { ordinal: ordinalOf(pod), revision: revisionOf(pod), state };
}

function ordinalOf({ metadata }: Pod): number {
  return Number(metadata.name.split("-").at(-1));
}

function revisionOf({ metadata }: Pod): string {
  return metadata.labels?.[POD_REVISION] ?? "";
}

/** The template that a pod is made from, with what makes it that pod. */
function podTemplate(object: KubeObject, ordinal: number, revisions: Revisions): PodTemplate {
  const { metadata, spec } = as<StatefulSet>(object);
  const revision = isBehind(object, ordinal) ? revisions.current : revisions.update;
  const template = templateOf(revision);
  const name = `${metadata.name}-${ordinal}`;
  const labels = {
    ...template.metadata?.labels,
    [POD_NAME]: name,
    [POD_INDEX]: String(ordinal),
    [POD_REVISION]: revision.metadata.name,
  };
  return {
    metadata: { ...template.metadata, labels },
    spec: {
      ...template.spec,
      hostname: name,
      ...(spec.serviceName !== "" && { subdomain: spec.serviceName }),
    },
  };
}

/** Whether a pod of that ordinal comes back as what all pods were before the newest template. */
function isBehind(object: KubeObject, ordinal: number): boolean {
  const { spec, status } = as<StatefulSet>(object);
  const { type, rollingUpdate } = spec.updateStrategy;
  return (
    type === "RollingUpdate" && ordinal < (rollingUpdate?.partition ?? status?.currentReplicas ?? 0)
  );
}
