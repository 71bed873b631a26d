import { readFileSync } from "node:fs";
import path from "node:path";
import type { World } from "../../world/world";
import { deleteObject } from "../api/deletion";
import type { KubeObject, ObjectReference } from "../api/objects";
import { createPod, deletePod, podsOf, podDirectory } from "../api/pods";
import { refOf, type ObjectStore } from "../api/store";
import {
  as,
  isFinished,
  isReady,
  isTerminating,
  timestamp,
  type Job,
  type JobStatus,
  type Pod,
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
const DEADLINE: Outcome = {
  type: "Failed",
  reason: "DeadlineExceeded",
  message: "Job was active longer than specified deadline",
};

/** Runs the pods of Jobs until enough have succeeded, too many have failed, or time is over. */
export class JobController extends Controller {
  private readonly startedAt = new Map<string, number>();

  constructor(
    store: ObjectStore,
    private readonly world: World,
  ) {
    super(store, "Job");
  }

  protected override forget(uid: string): void {
    this.startedAt.delete(uid);
  }

  protected override reconcile(ref: ObjectReference): void {
    const object = this.store.get(ref);
    if (!object || isTerminating(object)) {
      return;
    }
    const job = as<Job>(object);
    if (holds(job, "Complete") || holds(job, "Failed")) {
      this.expire(job, ref);
      return;
    }
    if (job.spec.suspend) {
      return;
    }
    const pods = podsOf(this.store, object);
    const outcome = this.outcomeOf(job, pods, ref);
    if (outcome === undefined) {
      this.startPods(object, job, pods, ref);
    }
    const active = podsOf(this.store, object).filter((pod) => !isFinished(pod));
    if (outcome !== undefined) {
      active.forEach((pod) => deletePod(this.store, pod));
    }
    this.updateStatus(object, outcome);
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
      return target.reason === DEADLINE.reason ? DEADLINE : BACKOFF_LIMIT;
    }
    const { completions, backoffLimit, activeDeadlineSeconds, template } = job.spec;
    const succeeded = pods.filter((pod) => pod.status?.phase === "Succeeded").length;
    // Without a number one success ends the work, once all the others have ended too.
    if (
      completions === undefined ? succeeded > 0 && pods.every(isFinished) : succeeded >= completions
    ) {
      return COMPLETE;
    }
    const restarts =
      template.spec.restartPolicy === "OnFailure"
        ? pods.flatMap((pod) => pod.status?.containerStatuses ?? []).map((c) => c.restartCount)
        : [];
    const failures =
      pods.filter((pod) => pod.status?.phase === "Failed").length +
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

  private startPods(
    object: KubeObject,
    job: Job,
    pods: readonly Pod[],
    ref: ObjectReference,
  ): void {
    const running = pods.filter((pod) => !isFinished(pod)).length;
    const succeeded = pods.filter((pod) => pod.status?.phase === "Succeeded").length;
    const failed = pods.filter((pod) => pod.status?.phase === "Failed");
    const { parallelism, completions, template } = job.spec;
    const wanted = completions ?? (succeeded > 0 ? 0 : Infinity);
    const missing = Math.min(parallelism, wanted - succeeded) - running;
    const wait = backOff(failed);
    if (missing > 0 && wait > 0) {
      this.queue.addAfter(ref, wait);
      return;
    }
    try {
      for (let i = 0; i < missing; i++) {
        createPod(this.store, object, template, object.metadata.name);
      }
    } catch (error) {
      this.store.warn(object, "FailedCreate", `Error creating: ${(error as Error).message}`);
      this.queue.addAfter(ref, RETRY_MS);
    }
  }

  private updateStatus(object: KubeObject, outcome: Outcome | undefined): void {
    const job = as<Job>(object);
    const pods = podsOf(this.store, object);
    const count = (phase: string) => pods.filter((pod) => pod.status?.phase === phase).length;
    const unfinished = pods.filter((pod) => !isFinished(pod));
    const terminating = unfinished.filter(isTerminating);
    const over = outcome !== undefined && unfinished.length === 0;
    const startTime = job.status?.startTime ?? timestamp(this.startTime(job));
    const failed = count("Failed") + (outcome?.type === "Failed" ? terminating.length : 0);
    const status: JobStatus = {
      startTime,
      ...positive({
        active: unfinished.length - terminating.length,
        succeeded: count("Succeeded"),
      }),
      ...positive({ failed: Math.max(failed, job.status?.failed ?? 0) }),
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

function holds(job: Job, type: string): boolean {
  return job.status?.conditions?.some((c) => c.type === type && c.status === "True") ?? false;
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

function positive(values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter(([, count]) => count > 0));
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
