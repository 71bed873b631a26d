import { createHash } from "node:crypto";
import { REVISION } from "../api/defaults";
import type { KubeObject, ObjectReference } from "../api/objects";
import { createPod, deletePod, podsOf } from "../api/pods";
import type { ObjectStore } from "../api/store";
import {
  as,
  isReady,
  isTerminating,
  timestamp,
  type Deployment,
  type DeploymentStatus,
  type Pod,
} from "../api/types";
import { Controller } from "./controller";

const HASH = "pod-template-hash";
const RETRY_MS = 1000;

interface Rollout {
  readonly deployment: Deployment;
  readonly object: KubeObject;
  readonly hash: string;
  /** Pods that are not being deleted. */
  readonly fresh: readonly Pod[];
  readonly outdated: readonly Pod[];
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

interface Progress {
  hash: string;
  revision: number;
  /** Updated and available pods, and outdated ones that are gone: growth is progress. */
  score: number;
  at: number;
  /** Hash of the last template whose rollout was completed: pods that fail later are no rollout. */
  complete: string | undefined;
}

/**
 * Keeps as many pods of the newest template as a Deployment wants. Pods carry a hash of their
 * template, which stands for the ReplicaSet they would have in Kubernetes.
 */
export class DeploymentController extends Controller {
  private readonly progress = new Map<string, Progress>();

  constructor(store: ObjectStore) {
    super(store, "Deployment");
  }

  protected override forget(uid: string): void {
    this.progress.delete(uid);
  }

  protected override reconcile(ref: ObjectReference): void {
    const object = this.store.get(ref);
    if (!object || isTerminating(object)) {
      return;
    }
    const rollout = rolloutOf(this.store, object);
    const refusal = this.scale(rollout, ref);
    this.updateStatus(rolloutOf(this.store, object), ref, refusal);
  }

  /** Makes and deletes pods; the answer is why a pod could not be made. */
  private scale(rollout: Rollout, ref: ObjectReference): string | undefined {
    const { deployment, object, fresh, outdated, hash } = rollout;
    const { replicas, strategy, template } = deployment.spec;
    surplus(fresh, fresh.length - replicas).forEach((pod) => deletePod(this.store, pod));
    this.scaleDownOutdated(rollout);
    const recreate = strategy.type === "Recreate";
    const others = podsOf(this.store, object).filter((pod) => hashOf(pod) !== hash);
    if (recreate && others.length > 0) {
      return undefined;
    }
    const room = replicas + rollout.maxSurge - fresh.length - outdated.length;
    const missing = Math.min(replicas - fresh.length, recreate ? replicas : room);
    try {
      for (let i = 0; i < missing; i++) {
        const prefix = `${object.metadata.name}-${hash}`;
        createPod(this.store, object, template, prefix, { [HASH]: hash });
      }
      return undefined;
    } catch (error) {
      const { message } = error as Error;
      this.store.warn(object, "FailedCreate", `Error creating: ${message}`);
      this.queue.addAfter(ref, RETRY_MS);
      return message;
    }
  }

  /** Never lets the number of available pods fall below what the strategy promises. */
  private scaleDownOutdated(rollout: Rollout): void {
    const { deployment, fresh, outdated, maxUnavailable } = rollout;
    const { replicas, strategy } = deployment.spec;
    if (strategy.type === "Recreate") {
      outdated.forEach((pod) => deletePod(this.store, pod));
      return;
    }
    const needed = replicas - maxUnavailable;
    const broken = outdated.filter((pod) => !isAvailable(deployment, pod));
    const working = outdated.filter((pod) => isAvailable(deployment, pod));
    const freshAvailable = fresh.filter((pod) => isAvailable(deployment, pod)).length;
    // Broken pods go first, but not before new ones work: they might recover.
    const spare = freshAvailable + outdated.length - needed;
    surplus(broken, spare).forEach((pod) => deletePod(this.store, pod));
    surplus(working, freshAvailable + working.length - needed).forEach((pod) =>
      deletePod(this.store, pod),
    );
  }

  private updateStatus(rollout: Rollout, ref: ObjectReference, refusal: string | undefined): void {
    const { deployment, object, fresh, outdated, hash, maxUnavailable } = rollout;
    const { replicas, progressDeadlineSeconds, minReadySeconds = 0 } = deployment.spec;
    const pods = [...fresh, ...outdated];
    const available = pods.filter((pod) => isAvailable(deployment, pod)).length;
    const ready = pods.filter(isReady).length;
    const rolledOut = outdated.length === 0 && hash === this.progress.get(uidOf(object))?.complete;
    const complete = rolledOut || isComplete(rollout, available);
    const progress = this.recordProgress(
      rollout,
      complete,
      fresh.length + available - outdated.length,
    );
    const overdue = Date.now() - progress.at >= progressDeadlineSeconds * 1000;
    if (!complete && !overdue) {
      this.queue.addAfter(ref, progress.at + progressDeadlineSeconds * 1000 - Date.now());
    }
    if (ready > available) {
      this.queue.addAfter(ref, minReadySeconds * 1000);
    }
    const conditions = [
      available >= replicas - maxUnavailable
        ? availability("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        : availability(
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
          ),
      progressing(`${deployment.metadata.name}-${hash}`, complete, overdue),
      ...(refusal === undefined
        ? []
        : [
            {
              type: "ReplicaFailure",
              status: "True" as const,
              reason: "FailedCreate",
              message: refusal,
            },
          ]),
    ];
    this.store.change(ref, (draft) => {
      const old = as<Deployment>(draft).status?.conditions ?? [];
      const status: DeploymentStatus = {
        observedGeneration: deployment.metadata.generation ?? 1,
        ...counts({
          replicas: pods.length,
          updatedReplicas: fresh.length,
          readyReplicas: ready,
          availableReplicas: available,
          unavailableReplicas: Math.max(replicas - available, 0),
        }),
        conditions: conditions.map((condition) => dated(condition, old)),
      };
      Object.assign(draft, { status });
      draft.metadata.annotations = {
        ...draft.metadata.annotations,
        [REVISION]: String(progress.revision),
      };
    });
  }

  private recordProgress({ object, hash }: Rollout, done: boolean, score: number): Progress {
    const uid = uidOf(object);
    const old = this.progress.get(uid);
    const revision = (old?.revision ?? 0) + (old?.hash === hash ? 0 : 1);
    const moved = old?.hash !== hash || score > old.score;
    const at = moved ? Date.now() : old.at;
    const progress = { hash, revision, score, at, complete: done ? hash : old?.complete };
    this.progress.set(uid, progress);
    return progress;
  }
}

function rolloutOf(store: ObjectStore, object: KubeObject): Rollout {
  const deployment = as<Deployment>(object);
  const { replicas, strategy, template } = deployment.spec;
  const hash = templateHash(template);
  const pods = podsOf(store, object).filter((pod) => !isTerminating(pod));
  const { maxSurge = 0, maxUnavailable = 0 } = strategy.rollingUpdate ?? {};
  const surge = share(maxSurge, replicas, Math.ceil);
  const unavailable = share(maxUnavailable, replicas, Math.floor);
  return {
    deployment,
    object,
    hash,
    fresh: pods.filter((pod) => hashOf(pod) === hash),
    outdated: pods.filter((pod) => hashOf(pod) !== hash),
    maxSurge: surge,
    // Percentages may both round to nothing; then one pod may be missing.
    maxUnavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas),
  };
}

function isComplete({ deployment, fresh, outdated }: Rollout, available: number): boolean {
  const { replicas } = deployment.spec;
  return fresh.length === replicas && outdated.length === 0 && available === replicas;
}

function uidOf(object: KubeObject): string {
  return object.metadata.uid ?? "";
}

function share(value: number | string, replicas: number, round: (value: number) => number): number {
  return typeof value === "number" ? value : round((parseInt(value, 10) * replicas) / 100);
}

function isAvailable({ spec }: Deployment, pod: Pod): boolean {
  const since = pod.status?.conditions.find((c) => c.type === "Ready")?.lastTransitionTime;
  const minimum = (spec.minReadySeconds ?? 0) * 1000;
  return isReady(pod) && (minimum === 0 || Date.now() - Date.parse(since ?? "") >= minimum);
}

/** That many pods, the ones that are missed least first: not ready, then youngest. */
function surplus(pods: readonly Pod[], count: number): Pod[] {
  const rank = (pod: Pod) => (isReady(pod) ? 1 : 0);
  return [...pods]
    .reverse()
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, Math.max(count, 0));
}

function hashOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[HASH];
}

function templateHash(template: object): string {
  const sorted = JSON.stringify(template, (_key, value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash("sha256").update(sorted).digest("hex").slice(0, 10);
}

type NewCondition = { type: string; status: "True" | "False"; reason: string; message: string };

function availability(status: "True" | "False", reason: string, message: string): NewCondition {
  return { type: "Available", status, reason, message };
}

function progressing(replicaSet: string, complete: boolean, overdue: boolean): NewCondition {
  const type = "Progressing";
  const subject = `ReplicaSet "${replicaSet}"`;
  if (complete) {
    const message = `${subject} has successfully progressed.`;
    return { type, status: "True", reason: "NewReplicaSetAvailable", message };
  }
  return overdue
    ? {
        type,
        status: "False",
        reason: "ProgressDeadlineExceeded",
        message: `${subject} has timed out progressing.`,
      }
    : { type, status: "True", reason: "ReplicaSetUpdated", message: `${subject} is progressing.` };
}

function dated(condition: NewCondition, old: DeploymentStatus["conditions"]) {
  const former = old.find((c) => c.type === condition.type);
  const now = timestamp();
  const same = former?.reason === condition.reason && former.message === condition.message;
  return {
    ...condition,
    lastTransitionTime: former?.status === condition.status ? former.lastTransitionTime : now,
    lastUpdateTime: same ? former.lastUpdateTime : now,
  };
}

/** Kubernetes leaves counts of zero out. */
function counts(values: Record<string, number>): Partial<DeploymentStatus> {
  return Object.fromEntries(Object.entries(values).filter(([, count]) => count > 0));
}
