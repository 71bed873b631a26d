import { admitted, REVISION } from "../api/defaults";
import type { KubeObject, ObjectReference } from "../api/objects";
import { controlledBy, ownerOf, podsOf } from "../api/pods";
import { refOf, type ObjectStore } from "../api/store";
import {
  as,
  counts,
  isTerminating,
  timestamp,
  type Deployment,
  type DeploymentStatus,
  type ReplicaSet,
} from "../api/types";
import { Controller } from "./controller";
import { hasProgressed, type RolloutCounts } from "./progress";
import { proportionalSizes } from "./proportions";
import { templateHash } from "./templateHash";

const HASH = "pod-template-hash";
/** Of a ReplicaSet: pods that its Deployment was to have, and could have, when it got its size. */
const DESIRED = "deployment.kubernetes.io/desired-replicas";
const MOST = "deployment.kubernetes.io/max-replicas";
const REPLICA_SETS = { apiVersion: "apps/v1", kind: "ReplicaSet" };

interface Rollout {
  readonly deployment: Deployment;
  readonly object: KubeObject;
  /** Of the newest template. */
  readonly fresh: ReplicaSet;
  /** Of former templates, oldest first. */
  readonly outdated: readonly ReplicaSet[];
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

interface Progress {
  hash: string;
  counts: RolloutCounts;
  /** When it last came further. */
  at: number;
  /** Hash of the last template whose rollout was completed: pods that fail later are no rollout. */
  complete: string | undefined;
}

/**
 * Moves a Deployment's pods from the ReplicaSets of former templates to that of the newest one, and
 * never lets fewer be available, or more be there, than its strategy promises.
 */
export class DeploymentController extends Controller {
  private readonly progress = new Map<string, Progress>();

  constructor(store: ObjectStore) {
    super(store, "Deployment", ["ReplicaSet", "Pod"]);
  }

  protected override forget(uid: string): void {
    this.progress.delete(uid);
  }

  protected override concerned(object: KubeObject): ObjectReference[] {
    // A ReplicaSet, or a pod: with the strategy Recreate new ones wait for the end of old ones,
    // which no status counts.
    const owner = ownerOf(object);
    const above = owner && this.store.get(owner);
    return owner === undefined ? [] : [owner, ...(above ? this.concerned(above) : [])];
  }

  protected override reconcile(ref: ObjectReference): void {
    const object = this.store.get(ref);
    if (!object || isTerminating(object)) {
      return;
    }
    const found = this.rolloutOf(object);
    if (isScaled(found)) {
      this.rescale(found);
    } else {
      this.scale(found);
    }
    const rollout = this.rolloutOf(object);
    const complete = this.updateStatus(rollout, ref);
    if (complete) {
      this.trimHistory(rollout);
    }
  }

  private rolloutOf(object: KubeObject): Rollout {
    const deployment = as<Deployment>(object);
    const { replicas, strategy, template, minReadySeconds } = deployment.spec;
    const hash = templateHash(template, uidOf(object));
    const replicaSets = () => this.replicaSetsOf(object);
    const known = replicaSets().find((set) => hashOf(set) === hash);
    const fresh = known ?? this.createReplicaSet(object, hash, replicaSets());
    const { maxSurge = 0, maxUnavailable = 0 } = strategy.rollingUpdate ?? {};
    const surge = share(maxSurge, replicas, Math.ceil);
    const unavailable = share(maxUnavailable, replicas, Math.floor);
    return {
      deployment,
      object,
      fresh: this.newestRevision(fresh, replicaSets(), minReadySeconds),
      outdated: replicaSets().filter((set) => hashOf(set) !== hash),
      maxSurge: surge,
      // Percentages may both round to nothing; then one pod may be missing.
      maxUnavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas),
    };
  }

  /** Oldest first: the store keeps the order in which objects came. */
  private replicaSetsOf(deployment: KubeObject): ReplicaSet[] {
    return this.store
      .list(REPLICA_SETS, deployment.metadata.namespace)
      .filter((set) => set.metadata.ownerReferences?.[0]?.uid === deployment.metadata.uid)
      .map((set) => as<ReplicaSet>(set));
  }

  private createReplicaSet(
    owner: KubeObject,
    hash: string,
    others: readonly ReplicaSet[],
  ): ReplicaSet {
    const { selector, template, minReadySeconds } = as<Deployment>(owner).spec;
    const labels = { ...template.metadata?.labels, [HASH]: hash };
    const spec = {
      replicas: 0,
      selector: { matchLabels: { ...selector.matchLabels, [HASH]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
    };
    const sent: KubeObject = {
      ...REPLICA_SETS,
      metadata: {
        name: `${owner.metadata.name}-${hash}`,
        namespace: owner.metadata.namespace,
        labels,
        annotations: { [REVISION]: String(latestRevision(others) + 1) },
      },
      spec: structuredClone(spec) as unknown as NonNullable<KubeObject["spec"]>,
    };
    const object = admitted(sent, undefined);
    object.metadata.ownerReferences = [controlledBy(owner)];
    return as<ReplicaSet>(this.store.put({ ...object, status: { replicas: 0 } }));
  }

  /**
   * A template that comes back keeps its ReplicaSet, as the newest revision, and takes over how long
   * its pods have to be ready.
   */
  private newestRevision(
    set: ReplicaSet,
    all: readonly ReplicaSet[],
    minReadySeconds: number | undefined,
  ): ReplicaSet {
    const others = all.filter(({ metadata }) => metadata.name !== set.metadata.name);
    const latest = latestRevision(others);
    this.store.change(refOf(set), (draft) => {
      if (revisionOf(set) <= latest) {
        draft.metadata.annotations = {
          ...draft.metadata.annotations,
          [REVISION]: String(latest + 1),
        };
      }
      if (set.spec.minReadySeconds !== minReadySeconds) {
        const { spec } = as<ReplicaSet>(draft);
        delete spec.minReadySeconds;
        Object.assign(spec, minReadySeconds === undefined ? {} : { minReadySeconds });
        draft.metadata.generation = (draft.metadata.generation ?? 0) + 1;
      }
    });
    return as<ReplicaSet>(this.store.require(refOf(set)));
  }

  /** One ReplicaSet with pods gets all of a new number of pods, more than one get it in proportion. */
  private rescale(rollout: Rollout): void {
    const { deployment, fresh, outdated, maxSurge } = rollout;
    const { replicas } = deployment.spec;
    const active = [fresh, ...outdated.toReversed()].filter(({ spec }) => spec.replicas > 0);
    const isSaturated = availableOf(fresh) === replicas && fresh.spec.replicas === replicas;
    const sizes =
      active.length === 1
        ? [replicas]
        : isSaturated
          ? active.map((set) => (set === fresh ? replicas : 0))
          : proportionalSizes(
              active.map(({ spec, metadata }) => ({
                size: spec.replicas,
                most: Number(metadata.annotations?.[MOST]),
              })),
              { replicas, maxSurge },
            );
    active.forEach((set, index) => this.resize(set, sizes[index] ?? 0, rollout));
  }

  private scale(rollout: Rollout): void {
    const { deployment, object, fresh, outdated } = rollout;
    const { replicas, strategy } = deployment.spec;
    if (strategy.type === "Recreate") {
      outdated.forEach((set) => this.resize(set, 0, rollout));
      const left = outdated.flatMap((set) => podsOf(this.store, set));
      const most = left.length > 0 ? Math.min(fresh.spec.replicas, replicas) : replicas;
      this.resize(fresh, most, rollout);
      return;
    }
    const room = replicas + rollout.maxSurge - wanted([fresh, ...outdated]);
    const size = Math.min(replicas, fresh.spec.replicas + Math.max(room, 0));
    this.resize(fresh, size, rollout);
    this.scaleDownOutdated(this.rolloutOf(object));
  }

  /** Never lets the number of available pods fall below what the strategy promises. */
  private scaleDownOutdated(rollout: Rollout): void {
    const { deployment, fresh, outdated, maxUnavailable } = rollout;
    const needed = deployment.spec.replicas - maxUnavailable;
    // By what the ReplicaSets are told to have: their statuses lag behind.
    const freshMissing = fresh.spec.replicas - availableOf(fresh);
    let most = wanted([fresh, ...outdated]) - needed - freshMissing;
    let spare = [fresh, ...outdated].reduce((sum, set) => sum + availableOf(set), 0) - needed;
    for (const set of outdated) {
      // Broken pods go first, but not before new ones work: they might recover.
      const broken = within(set.spec.replicas - availableOf(set), most);
      const working = within(availableOf(set), most - broken, spare);
      this.resize(set, set.spec.replicas - broken - working, rollout);
      most -= broken + working;
      spare -= working;
    }
  }

  private resize(set: ReplicaSet, size: number, { deployment, maxSurge }: Rollout): void {
    const { replicas } = deployment.spec;
    this.store.change(refOf(set), (draft) => {
      if (size !== set.spec.replicas) {
        Object.assign(draft.spec ?? {}, { replicas: size });
        draft.metadata.generation = (draft.metadata.generation ?? 0) + 1;
      }
      draft.metadata.annotations = {
        ...draft.metadata.annotations,
        [DESIRED]: String(replicas),
        [MOST]: String(replicas + maxSurge),
      };
    });
  }

  /** Empty ReplicaSets beyond the history that the Deployment keeps. */
  private trimHistory({ deployment, outdated }: Rollout): void {
    const empty = outdated.filter(
      ({ spec, status }) => spec.replicas === 0 && status?.replicas === 0,
    );
    const many = outdated.length - deployment.spec.revisionHistoryLimit;
    [...empty]
      .sort((one, other) => revisionOf(one) - revisionOf(other))
      .slice(0, Math.max(many, 0))
      .forEach((set) => this.store.remove(refOf(set)));
  }

  /** The answer is whether the newest template is rolled out. */
  private updateStatus(rollout: Rollout, ref: ObjectReference): boolean {
    const { deployment, object, fresh, outdated, maxUnavailable } = rollout;
    const { replicas, progressDeadlineSeconds } = deployment.spec;
    const hash = hashOf(fresh) ?? "";
    const all = [fresh, ...outdated];
    const sum = (count: (set: ReplicaSet) => number) =>
      all.reduce((total, set) => total + count(set), 0);
    const present = sum(presentIn);
    const available = sum(availableOf);
    const updated = presentIn(fresh);
    const rolledOut = present === updated && hash === this.progress.get(uidOf(object))?.complete;
    const complete =
      rolledOut || (updated === replicas && present === updated && available === replicas);
    const ready = sum(({ status: s }) => s?.readyReplicas ?? 0);
    const progress = this.recordProgress(object, hash, complete, {
      ...{ updated, ready, available },
      outdated: present - updated,
    });
    const overdue = Date.now() - progress.at >= progressDeadlineSeconds * 1000;
    if (!complete && !overdue) {
      this.queue.addAfter(ref, progress.at + progressDeadlineSeconds * 1000 - Date.now());
    }
    const refusal = fresh.status?.conditions?.find(({ type }) => type === "ReplicaFailure");
    const conditions = [
      available >= replicas - maxUnavailable
        ? availability("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        : availability(
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
          ),
      progressing(fresh.metadata.name, complete, overdue),
      ...(refusal === undefined
        ? []
        : [
            {
              type: "ReplicaFailure",
              status: "True" as const,
              reason: "FailedCreate",
              message: refusal.message ?? "",
            },
          ]),
    ];
    this.store.change(ref, (draft) => {
      const old = as<Deployment>(draft).status?.conditions ?? [];
      const status: DeploymentStatus = {
        observedGeneration: deployment.metadata.generation ?? 1,
        ...counts({
          replicas: present,
          updatedReplicas: updated,
          readyReplicas: ready,
          availableReplicas: available,
          unavailableReplicas: Math.max(wanted(all) - available, 0),
        }),
        conditions: conditions.map((condition) => dated(condition, old)),
      };
      Object.assign(draft, { status });
      draft.metadata.annotations = {
        ...draft.metadata.annotations,
        [REVISION]: String(revisionOf(fresh)),
      };
    });
    return complete;
  }

  private recordProgress(
    object: KubeObject,
    hash: string,
    done: boolean,
    now: RolloutCounts,
  ): Progress {
    const uid = uidOf(object);
    const old = this.progress.get(uid);
    const moved = old?.hash !== hash || hasProgressed(old.counts, now);
    const at = moved ? Date.now() : old.at;
    const progress = { hash, counts: now, at, complete: done ? hash : old?.complete };
    this.progress.set(uid, progress);
    return progress;
  }
}

/** Whether a Deployment is to have another number of pods than when its ReplicaSets got theirs. */
function isScaled({ deployment, fresh, outdated }: Rollout): boolean {
  const { replicas, strategy } = deployment.spec;
  return (
    strategy.type === "RollingUpdate" &&
    [fresh, ...outdated].some(
      ({ spec, metadata }) =>
        spec.replicas > 0 && metadata.annotations?.[DESIRED] !== String(replicas),
    )
  );
}

/** Pods that ReplicaSets are told to have. */
function wanted(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, { spec }) => sum + spec.replicas, 0);
}

/** Pods that a ReplicaSet has, without those that end. */
function presentIn({ status }: ReplicaSet): number {
  return status?.replicas ?? 0;
}

function availableOf({ spec, status }: ReplicaSet): number {
  return Math.min(status?.availableReplicas ?? 0, spec.replicas);
}

/** The least of some numbers, and nothing below zero. */
function within(...numbers: readonly number[]): number {
  return Math.max(0, Math.min(...numbers));
}

function revisionOf({ metadata }: ReplicaSet): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}

function latestRevision(sets: readonly ReplicaSet[]): number {
  return Math.max(0, ...sets.map(revisionOf));
}

function uidOf(object: KubeObject): string {
  return object.metadata.uid ?? "";
}

function share(value: number | string, replicas: number, round: (value: number) => number): number {
  return typeof value === "number" ? value : round((parseInt(value, 10) * replicas) / 100);
}

function hashOf({ metadata }: ReplicaSet): string | undefined {
  return metadata.labels?.[HASH];
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
