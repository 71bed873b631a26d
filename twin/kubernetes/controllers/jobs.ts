import { readFileSync } from "node:fs";
import path from "node:path";
import type { World } from "../../world/world";
import type { KubeObject, ObjectReference } from "../api/objects";
import { createPod, deletePod, ownerOf, podsOf, podDirectory } from "../api/pods";
import { refOf, type Change, type ObjectStore } from "../api/store";
import {
  as,
  counts,
  isFinished,
  isReady,
  isTerminating,
  timestamp,
  type Job,
  type JobStatus,
  type Pod,
} from "../api/types";
import { WorkQueue } from "./workQueue";

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
export class JobController {
  private readonly queue = new WorkQueue((ref) => this.reconcile(ref));
  private readonly startedAt = new Map<string, number>();
  private readonly unwatch: () => void;

  constructor(
    private readonly store: ObjectStore,
    private readonly world: World,
  ) {
    this.unwatch = store.watch((change) => this.observe(change));
  }

  stop(): void {
    this.unwatch();
    this.queue.stop();
  }

  private observe({ type, object }: Change): void {
    if (object.kind === "Job") {
      this.queue.add(refOf(object));
      if (type === "deleted") {
        this.startedAt.delete(object.metadata.uid ?? "");
      }
    } else if (object.kind === "Pod") {
      const owner = ownerOf(object);
      if (owner?.kind === "Job") {
        this.queue.add(owner);
      }
    }
  }

  private reconcile(ref: ObjectReference): void {
    const object = this.store.get(ref);
    if (!object || isTerminating(object)) {
      return;
    }
    const job = as<Job>(object);
    if (job.spec.suspend || holds(job, "Complete") || holds(job, "Failed")) {
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

  private outcomeOf(job: Job, pods: readonly Pod[], ref: ObjectReference): Outcome | undefined {
    const target = job.status?.conditions?.find((c) => c.type === "FailureTarget");
    if (target) {
      return target.reason === DEADLINE.reason ? DEADLINE : BACKOFF_LIMIT;
    }
    const { completions, backoffLimit, activeDeadlineSeconds, template } = job.spec;
    if (pods.filter((pod) => pod.status?.phase === "Succeeded").length >= completions) {
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
    const missing = Math.min(parallelism, completions - succeeded) - running;
    const wait = backOff(failed);
    if (missing > 0 && wait > 0) {
      this.queue.addAfter(ref, wait);
      return;
    }
    try {
      for (let i = 0; i < missing; i++) {
        createPod(this.store, object, template);
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
      ...counts({
        active: unfinished.length - terminating.length,
        succeeded: count("Succeeded"),
      }),
      ...counts({ failed: Math.max(failed, job.status?.failed ?? 0) }),
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
