import { admitted } from "../api/defaults";
import { deleteObject } from "../api/deletion";
import type { KubeObject, ObjectReference } from "../api/objects";
import { controlledBy } from "../api/pods";
import { lastTime, parseSchedule } from "../api/schedule";
import { refOf, type ObjectStore } from "../api/store";
import {
  as,
  finishedAs,
  isTerminating,
  timestamp,
  type CronJob,
  type CronJobStatus,
  type Job,
} from "../api/types";
import { Controller } from "./controller";

const CRON_JOBS = { apiVersion: "batch/v1", kind: "CronJob" };
const JOBS = { apiVersion: "batch/v1", kind: "Job" };
/** Of a Job: for when it was due. */
const DUE = "batch.kubernetes.io/cronjob-scheduled-timestamp";
const MINUTE_MS = 60_000;
/** So long after it was due a Job is made. */
const DELAY_MS = 100;

/**
 * Makes a Job from the template that a CronJob has when one is due. Of times that were missed only
 * the last one counts: it is made up for when what held it up has ended.
 */
export class CronJobController extends Controller {
  /** How far its clock is ahead. */
  private ahead = 0;
  /** When each was seen first: what was due before has not been missed. */
  private readonly seen = new Map<string, number>();

  constructor(store: ObjectStore) {
    super(store, CRON_JOBS.kind, [JOBS.kind]);
  }

  /** Lets the rest of the present minute pass at once. */
  passMinute(): void {
    this.ahead += MINUTE_MS - (this.now() % MINUTE_MS);
    this.store.list(CRON_JOBS).forEach((object) => this.queue.add(refOf(object)));
  }

  protected override forget(uid: string): void {
    this.seen.delete(uid);
  }

  protected override reconcile(ref: ObjectReference): void {
    const object = this.store.get(ref);
    if (!object || isTerminating(object)) {
      return;
    }
    const { metadata, spec } = as<CronJob>(object);
    const uid = metadata.uid ?? "";
    this.seen.set(uid, this.seen.get(uid) ?? this.now());
    const jobs = this.jobsOf(object);
    surplus(spec, jobs).forEach((job) => this.remove(refOf(job)));
    const seen = statusWith(as<CronJob>(object), jobs);
    const status = spec.suspend ? seen : this.started(object, seen);
    this.store.change(ref, (draft) => Object.assign(draft, { status }));
    if (!spec.suspend) {
      this.awaitNext(object, ref);
    }
  }

  private now(): number {
    return Date.now() + this.ahead;
  }

  private jobsOf({ metadata }: KubeObject): Job[] {
    return this.store
      .list(JOBS, metadata.namespace)
      .filter((job) => job.metadata.ownerReferences?.[0]?.uid === metadata.uid)
      .map((job) => as<Job>(job));
  }

  /** Starts the Job that is due, if one is; the answer is the status then. */
  private started(object: KubeObject, status: CronJobStatus): CronJobStatus {
    const { metadata, spec } = as<CronJob>(object);
    const { active = [] } = status;
    const isFree = spec.concurrencyPolicy !== "Forbid" || active.length === 0;
    const due = isFree ? this.dueTime(as<CronJob>(object)) : undefined;
    if (due === undefined) {
      return status;
    }
    const name = `${metadata.name}-${due / MINUTE_MS}`;
    if (this.store.get({ ...JOBS, namespace: metadata.namespace, name })) {
      // Somebody else's.
      return status;
    }
    const isReplacing = spec.concurrencyPolicy === "Replace";
    (isReplacing ? active : []).forEach((job) => this.remove(job));
    const job = this.store.put(jobOf(object, name, due));
    const others = isReplacing ? [] : active;
    return {
      ...status,
      active: [...others, referenceTo(job)],
      lastScheduleTime: timestamp(due),
    };
  }

  private dueTime({ metadata, spec, status }: CronJob): number | undefined {
    const now = this.now();
    const last = status?.lastScheduleTime;
    const since = last === undefined ? this.seen.get(metadata.uid ?? "") : Date.parse(last);
    const earliest = now - (spec.startingDeadlineSeconds ?? Infinity) * 1000;
    return lastTime(parseSchedule(spec.schedule), Math.max(since ?? now, earliest), now);
  }

  private awaitNext(object: KubeObject, ref: ObjectReference): void {
    const { schedule } = as<CronJob>(object).spec;
    const next = parseSchedule(schedule).next(this.now());
    if (next === undefined) {
      const reason = "time difference between two schedules is less than 1 second";
      this.store.warn(object, "InvalidSchedule", `invalid schedule: ${schedule} : ${reason}`);
    } else {
      this.queue.addAfter(ref, next - this.now() + DELAY_MS);
    }
  }

  private remove(job: ObjectReference): void {
    void deleteObject(this.store, job, "Background");
  }
}

/** Ended Jobs beyond those that are kept, the oldest ones. */
function surplus(spec: CronJob["spec"], jobs: readonly Job[]): Job[] {
  const startOf = ({ status }: Job) => Date.parse(status?.startTime ?? "");
  const oldest = (outcome: "Complete" | "Failed", kept: number) => {
    const ended = jobs
      .filter((job) => finishedAs(job) === outcome)
      .sort((one, other) => startOf(one) - startOf(other));
    return ended.slice(0, Math.max(ended.length - kept, 0));
  };
  return [
    ...oldest("Complete", spec.successfulJobsHistoryLimit),
    ...oldest("Failed", spec.failedJobsHistoryLimit),
  ];
}

/** What has become of its Jobs. */
function statusWith({ status = {} }: CronJob, jobs: readonly Job[]): CronJobStatus {
  const { active = [], lastSuccessfulTime, ...rest } = status;
  const running = new Set(
    jobs.filter((job) => finishedAs(job) === undefined).map(({ metadata }) => metadata.uid),
  );
  const left = active.filter(({ uid }) => running.has(uid));
  const successes = jobs.filter((job) => finishedAs(job) === "Complete");
  const times = [lastSuccessfulTime, ...successes.map((job) => job.status?.completionTime)];
  const last = times
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
  return {
    ...rest,
    ...(left.length > 0 && { active: left }),
    ...(last !== undefined && { lastSuccessfulTime: last }),
  };
}

function jobOf(object: KubeObject, name: string, due: number): KubeObject {
  const { metadata, spec } = as<CronJob>(object);
  const { metadata: more, spec: job } = spec.jobTemplate;
  const made = admitted(
    {
      ...JOBS,
      metadata: {
        name,
        namespace: metadata.namespace,
        ...(more?.labels && { labels: more.labels }),
        annotations: { ...more?.annotations, [DUE]: timestamp(due) },
      },
      spec: structuredClone(job) as unknown as NonNullable<KubeObject["spec"]>,
    },
    undefined,
  );
  made.metadata.ownerReferences = [controlledBy(object)];
  return made;
}

function referenceTo(job: KubeObject): ObjectReference & { uid: string } {
  const { uid = "", resourceVersion } = job.metadata;
  return { ...refOf(job), uid, ...(resourceVersion !== undefined && { resourceVersion }) };
}
