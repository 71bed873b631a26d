import { readFileSync } from "node:fs";
import path from "node:path";
import type { World } from "../../world/world";
import { deleteObject } from "../api/deletion";
import type { KubeObject, ObjectReference } from "../api/objects";
import { createPod, deletePod, podDirectory, podsOf, removePod } from "../api/pods";
import { refOf, type ObjectStore } from "../api/store";
import {
  as,
  counts,
  finishedAs,
  isFinished,
  isReady,
  isTerminating,
  timestamp,
  type Job,
  type JobStatus,
  type Pod,
  type PodFailureRule,
} from "../api/types";
import { Controller } from "./controller";

const RETRY_MS = 1000;
const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 600_000;

interface Outcome {
  readonly type: "Complete" | "Failed";
  readonly reason: string;
  readonly message: string;
}

const COMPLETE: Outcome = {
  type: "Complete",
  reason: "CompletionsReached",
  message: "Reached expected number of succeeded pods",
};
const BACKOFF_LIMIT: Outcome = {
  type: "Failed",
  reason: "BackoffLimitExceeded",
  message: "Job has reached the specified backoff limit",
};
const FAILURE_POLICY: Outcome = {
  type: "Failed",
  reason: "PodFailurePolicy",
  message: "A pod failed in a way that fails the Job",
};
const DEADLINE: Outcome = {
  type: "Failed",
  reason: "DeadlineExceeded",
  message: "Job was active longer than specified deadline",
};

const FAILURES = [BACKOFF_LIMIT, DEADLINE, FAILURE_POLICY];
/** What keeps a pod in the store until its Job has counted it. */
const TRACKING = "batch.kubernetes.io/job-tracking";

/** Runs the pods of Jobs until enough have succeeded, too many have failed, or time is over. */
export class JobController extends Controller {
  private readonly startedAt = new Map<string, number>();
  /** Failures that the policy of a Job does not count. */
  private readonly ignored = new Map<string, number>();
  /** Jobs that their policy has given up. */
  private readonly given = new Set<string>();

  constructor(
    store: ObjectStore,
    private readonly world: World,
  ) {
    super(store, "Job");
  }

  protected override forget(uid: string): void {
    this.startedAt.delete(uid);
    this.ignored.delete(uid);
    this.given.delete(uid);
  }

  protected override reconcile(ref: ObjectReference): void {
    const object = this.store.get(ref);
    this.release(this.orphansOf(ref, object));
    if (!object || isTerminating(object)) {
      return;
    }
    const job = as<Job>(object);
    if (finishedAs(job) !== undefined) {
      this.release(podsOf(this.store, object));
      this.expire(job, ref);
      return;
    }
    if (job.spec.suspend) {
      this.release(podsOf(this.store, object));
      return;
    }
    const counted = this.count(object);
    const pods = podsOf(this.store, counted);
    const outcome = this.outcomeOf(as<Job>(counted), pods, ref);
    if (outcome === undefined) {
      this.startPods(counted, pods, ref);
    }
    const active = podsOf(this.store, counted).filter((pod) => !isFinished(pod));
    if (outcome !== undefined) {
      active.forEach((pod) => deletePod(this.store, pod));
    }
    this.updateStatus(counted, outcome);
  }

  /** Pods of a Job that is gone or going, or of a former one of that name. */
  private orphansOf(ref: ObjectReference, job: KubeObject | undefined): Pod[] {
    const uid = job && !isTerminating(job) ? job.metadata.uid : undefined;
    return this.store
      .list({ apiVersion: "v1", kind: "Pod" }, ref.namespace)
      .filter(({ metadata }) =>
        metadata.ownerReferences?.some(
          (owner) => owner.kind === "Job" && owner.name === ref.name && owner.uid !== uid,
        ),
      )
      .map((pod) => as<Pod>(pod));
  }

  /** Lets ended pods go: they are counted, or nobody counts them any more. */
  private release(pods: readonly Pod[]): void {
    for (const pod of pods.filter((p) => isFinished(p) || isTerminating(p))) {
      this.store.change(refOf(pod), (draft) => {
        delete draft.metadata.finalizers;
      });
      if (isFinished(pod)) {
        removePod(this.store, refOf(pod));
      }
    }
  }

  /** Counts pods that have ended, each once, so that one which is deleted is not forgotten. */
  private count(object: KubeObject): KubeObject {
    const job = as<Job>(object);
    const ended = podsOf(this.store, object).filter(
      (pod) => isFinished(pod) && pod.metadata.finalizers !== undefined,
    );
    const failed = ended.filter(({ status }) => status?.phase === "Failed");
    const status: JobStatus = {
      ...job.status,
      ...counts({
        succeeded: (job.status?.succeeded ?? 0) + ended.length - failed.length,
        failed: (job.status?.failed ?? 0) + failed.length,
      }),
    };
    const uid = job.metadata.uid ?? "";
    const ignored = failed.filter((pod) => verdictOn(job, pod) === "Ignore").length;
    this.ignored.set(uid, (this.ignored.get(uid) ?? 0) + ignored);
    if (failed.some((pod) => verdictOn(job, pod) === "FailJob")) {
      this.given.add(uid);
    }
    this.store.change(refOf(object), (draft) => Object.assign(draft, { status }));
    this.release(ended);
    return this.store.require(refOf(object));
  }

  /** A finished Job goes when its time to live is over, and its pods with it. */
  private expire({ spec, status }: Job, ref: ObjectReference): void {
    const { ttlSecondsAfterFinished: ttl } = spec;
    if (ttl === undefined) {
      return;
    }
    const end = status?.conditions?.find(({ type }) => type === "Complete" || type === "Failed");
    const left = Date.parse(end?.lastTransitionTime ?? "") + ttl * 1000 - Date.now();
    if (left > 0) {
      this.queue.addAfter(ref, left);
    } else {
      void deleteObject(this.store, ref, "Foreground");
    }
  }

  private outcomeOf(job: Job, pods: readonly Pod[], ref: ObjectReference): Outcome | undefined {
    const target = job.status?.conditions?.find((c) => c.type === "FailureTarget");
    if (target) {
      return FAILURES.find(({ reason }) => reason === target.reason);
    }
    const { completions, backoffLimit, activeDeadlineSeconds, template } = job.spec;
    const uid = job.metadata.uid ?? "";
    const succeeded = job.status?.succeeded ?? 0;
    // Without a number one success ends the work, once all the others have ended too.
    if (
      completions === undefined ? succeeded > 0 && pods.every(isFinished) : succeeded >= completions
    ) {
      return COMPLETE;
    }
    if (this.given.has(uid)) {
      return FAILURE_POLICY;
    }
    const restarts =
      template.spec.restartPolicy === "OnFailure"
        ? pods
            .flatMap(({ status }) => [
              ...(status?.initContainerStatuses ?? []),
              ...(status?.containerStatuses ?? []),
            ])
            .map((c) => c.restartCount)
        : [];
    // Without a policy one that ends has failed already.
    const ending = pods.filter((pod) => isTerminating(pod) && !isFinished(pod)).length;
    const failures =
      (job.status?.failed ?? 0) +
      (job.spec.podReplacementPolicy === "Failed" ? 0 : ending) -
      (this.ignored.get(uid) ?? 0) +
      restarts.reduce((sum, count) => sum + count, 0);
    if (failures > backoffLimit) {
      return BACKOFF_LIMIT;
    }
    const left = this.startTime(job) + (activeDeadlineSeconds ?? Infinity) * 1000 - Date.now();
    if (left <= 0) {
      return DEADLINE;
    }
    if (Number.isFinite(left)) {
      this.queue.addAfter(ref, left);
    }
    return undefined;
  }

  private startTime(job: Job): number {
    const uid = job.metadata.uid ?? "";
    const at = this.startedAt.get(uid) ?? Date.now();
    this.startedAt.set(uid, at);
    return at;
  }

  private startPods(object: KubeObject, pods: readonly Pod[], ref: ObjectReference): void {
    const { spec, status } = as<Job>(object);
    // A pod that ends may be replaced at once, or only when it has ended.
    const running = pods.filter(
      (pod) => !isFinished(pod) && (spec.podReplacementPolicy === "Failed" || !isTerminating(pod)),
    ).length;
    const failed = pods.filter((pod) => pod.status?.phase === "Failed");
    const { parallelism, completions, template } = spec;
    const succeeded = status?.succeeded ?? 0;
    const wanted = completions ?? (succeeded > 0 ? 0 : Infinity);
    const missing = Math.min(parallelism, wanted - succeeded) - running;
    const wait = backOff(failed);
    if (missing > 0 && wait > 0) {
      this.queue.addAfter(ref, wait);
      return;
    }
    try {
      for (let i = 0; i < missing; i++) {
        createPod(this.store, object, template, { finalizers: [TRACKING] });
      }
    } catch (error) {
      this.store.warn(object, "FailedCreate", `Error creating: ${(error as Error).message}`);
      this.queue.addAfter(ref, RETRY_MS);
    }
  }

  private updateStatus(object: KubeObject, outcome: Outcome | undefined): void {
    const job = as<Job>(object);
    const pods = podsOf(this.store, object);
    const unfinished = pods.filter((pod) => !isFinished(pod));
    const terminating = unfinished.filter(isTerminating);
    const over = outcome !== undefined && unfinished.length === 0;
    const startTime = job.status?.startTime ?? timestamp(this.startTime(job));
    const status: JobStatus = {
      startTime,
      ...counts({
        active: unfinished.length - terminating.length,
        succeeded: job.status?.succeeded ?? 0,
        failed: job.status?.failed ?? 0,
      }),
      ready: unfinished.filter((pod) => !isTerminating(pod) && isReady(pod)).length,
      terminating: terminating.length,
      uncountedTerminatedPods: {},
      ...(outcome ? { conditions: conditionsOf(job, outcome, over) } : {}),
      ...(outcome === COMPLETE && over ? { completionTime: timestamp() } : {}),
    };
    this.store.change(refOf(object), (draft) => Object.assign(draft, { status }));
    if (over) {
      this.journal(job, outcome, pods);
    }
  }

  private journal(job: Job, outcome: Outcome, pods: readonly Pod[]): void {
    const { name, namespace } = job.metadata;
    const last = pods.at(-1);
    this.world.journal.write("kubernetes", "job finished", {
      namespace,
      job: name,
      slot: job.spec.template.metadata?.labels?.["rotation/slot"],
      succeeded: outcome.type === "Complete",
      reason: outcome.reason,
      evidence: last && evidenceOf(this.world, last),
    });
  }
}

/** What the first rule that fits says of a failed pod. */
function verdictOn({ spec }: Job, { status }: Pod): PodFailureRule["action"] {
  const rule = spec.podFailurePolicy?.rules.find(({ onPodConditions }) =>
    onPodConditions.some((pattern) =>
      status?.conditions.some((c) => c.type === pattern.type && c.status === pattern.status),
    ),
  );
  return rule?.action ?? "Count";
}

/** Milliseconds that are left of the pause after the last failure. */
function backOff(failed: readonly Pod[]): number {
  if (failed.length === 0) {
    return 0;
  }
  const ends = failed.flatMap((pod) =>
    (pod.status?.containerStatuses ?? []).map(({ state }) =>
      "terminated" in state ? Date.parse(state.terminated.finishedAt) : 0,
    ),
  );
  const pause = Math.min(FIRST_BACKOFF_MS * 2 ** (failed.length - 1), LONGEST_BACKOFF_MS);
  return Math.max(...ends) + pause - Date.now();
}

function conditionsOf(job: Job, { type, reason, message }: Outcome, over: boolean) {
  const first = type === "Complete" ? "SuccessCriteriaMet" : "FailureTarget";
  const now = timestamp();
  return (over ? [first, type] : [first]).map(
    (name) =>
      job.status?.conditions?.find((c) => c.type === name) ?? {
        type: name,
        status: "True" as const,
        reason,
        message,
        lastProbeTime: now,
        lastTransitionTime: now,
      },
  );
}

/** The JSON of the last line that a pod's first container wrote to standard output. */
function evidenceOf(world: World, pod: Pod): unknown {
  const [container] = pod.spec.containers;
  const file = path.join(podDirectory(world, pod), `${container?.name}.out.log`);
  const line = readLog(file).trimEnd().split("\n").at(-1) ?? "";
  try {
    return line.startsWith("{") ? (JSON.parse(line) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

/** What a pod wrote, empty when it never ran. */
function readLog(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return "";
    }
    throw error;
  }
}
