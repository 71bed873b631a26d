import assert from "node:assert";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { CronJobStatus } from "../../../../twin/kubernetes/api/types";
import { cronJob, isOver, job, NAMESPACE, TestCluster } from "../../../support/testCluster";

const MINUTE_MS = 60_000;

describe("CronJobs of the cluster twin", function () {
  this.timeout(30_000);
  let test: TestCluster;
  /** Where its clock stands, as long as it is put forward only and no minute passes by itself. */
  let now: number;

  beforeEach(async () => {
    test = await TestCluster.start();
    now = (Math.floor(Date.now() / MINUTE_MS) + 1) * MINUTE_MS;
    test.cluster.passMinute();
    // Its Jobs have no pods. Once it has another one, the others are looked at in the same turn.
    const { spec } = job("watch", "", { parallelism: 0 });
    await test.cluster.apply(cronJob("watch", "", { jobTemplate: { spec } }));
    await known("watch");
  });

  afterEach(() => test.stop());

  const passMinute = async () => {
    now += MINUTE_MS;
    test.cluster.passMinute();
    await test.until("Job", `watch-${now / MINUTE_MS}`, () => true);
    await setImmediate();
  };
  const nameAt = (time: number) => `clean-${time / MINUTE_MS}`;
  const names = () =>
    test.cluster
      .list({ apiVersion: "batch/v1", kind: "Job" }, NAMESPACE)
      .map(({ metadata }) => metadata.name)
      .filter((name) => name.startsWith("clean"));
  const has = (holds: (status: CronJobStatus) => boolean) =>
    test.until("CronJob", "clean", ({ status }) => holds(status ?? {}));
  const known = (name = "clean") =>
    test.until("CronJob", name, ({ status }) => status !== undefined);
  const active = (...expected: readonly string[]) =>
    has((status) => (status.active ?? []).map(({ name }) => name).join() === expected.join());
  const over = (time: number) => test.until("Job", nameAt(time), isOver);
  const iso = (time: number) => `${new Date(time).toISOString().slice(0, 19)}Z`;
  const file = (name: string) => join(test.directory, name);
  const untilEnded = () => `until test -e ${file("ended")}; do sleep 0.05; done`;
  const endAll = () => writeFileSync(file("ended"), "");

  it("make a Job of their own when one is due, and know of it", async () => {
    const { spec } = job("clean", "exit 0", {}, { app: "clean" });
    const metadata = { labels: { of: "us" }, annotations: { a: "b" } };
    await test.cluster.apply(cronJob("clean", "", { jobTemplate: { metadata, spec } }));
    const { metadata: owner } = await known();
    assert.deepStrictEqual(names(), []);
    await passMinute();
    const due = iso(now);
    const made = await over(now);
    assert.deepStrictEqual(
      [made.metadata.labels, made.metadata.annotations],
      [{ of: "us" }, { a: "b", "batch.kubernetes.io/cronjob-scheduled-timestamp": due }],
    );
    const [reference] = made.metadata.ownerReferences ?? [];
    assert.deepStrictEqual(reference, {
      apiVersion: "batch/v1",
      kind: "CronJob",
      name: "clean",
      uid: owner.uid,
      controller: true,
    });
    const { status } = await has(({ lastSuccessfulTime }) => lastSuccessfulTime !== undefined);
    assert.deepStrictEqual(status, {
      lastScheduleTime: due,
      lastSuccessfulTime: made.status?.completionTime,
    });
    assert.deepStrictEqual(names(), [nameAt(now)]);
  });

  it("run Jobs at the same time unless they are told otherwise", async () => {
    await test.cluster.apply(cronJob("clean", untilEnded()));
    await known();
    await passMinute();
    const first = nameAt(now);
    await active(first);
    await passMinute();
    await active(first, nameAt(now));
    endAll();
    await active();
  });

  it("hold a Job up while another one runs, and make up for it then", async () => {
    await test.cluster.apply(cronJob("clean", untilEnded(), { concurrencyPolicy: "Forbid" }));
    await known();
    await passMinute();
    const [first, due] = [nameAt(now), iso(now)];
    await active(first);
    await passMinute();
    await passMinute();
    const { status } = await active(first);
    assert.strictEqual(status?.lastScheduleTime, due);
    assert.deepStrictEqual(names(), [first]);
    endAll();
    await over(now);
    assert.deepStrictEqual(names(), [first, nameAt(now)]);
  });

  it("replace a Job that still runs where they are told so", async () => {
    await test.cluster.apply(cronJob("clean", untilEnded(), { concurrencyPolicy: "Replace" }));
    await known();
    await passMinute();
    await active(nameAt(now));
    await passMinute();
    await active(nameAt(now));
    assert.deepStrictEqual(names(), [nameAt(now)]);
  });

  it("make none while they are suspended, and the last one that was due afterwards", async () => {
    await test.cluster.apply(cronJob("clean", "exit 0", { suspend: true }));
    await known();
    await passMinute();
    await passMinute();
    await test.cluster.apply(cronJob("clean", "exit 0"));
    await over(now);
    assert.deepStrictEqual(names(), [nameAt(now)]);
  });

  it("make none for which it is too late", async () => {
    const schedule = `${new Date(now + MINUTE_MS).getUTCMinutes()} * * * *`;
    const late = { schedule, startingDeadlineSeconds: 30 };
    await test.cluster.apply(cronJob("clean", "exit 0", { ...late, suspend: true }));
    await known();
    await passMinute();
    await passMinute();
    await test.cluster.apply(cronJob("clean", "exit 0", late));
    await passMinute();
    assert.deepStrictEqual(names(), []);
  });

  it("keep as many Jobs that ended well, and badly, as they are told", async () => {
    const script = `test -e ${file("fail")} && exit 1; exit 0`;
    await test.cluster.apply(cronJob("clean", script, { successfulJobsHistoryLimit: 2 }));
    await known();
    const times = [];
    for (const fails of [false, false, false, true, true]) {
      if (fails) {
        writeFileSync(file("fail"), "");
      }
      await passMinute();
      times.push(now);
      await over(now);
      await active();
    }
    await test.cluster.until(
      { apiVersion: "batch/v1", kind: "Job", namespace: NAMESPACE, name: nameAt(times[3]!) },
      (found) => found === undefined,
      AbortSignal.timeout(5000),
    );
    assert.deepStrictEqual(names(), [times[1]!, times[2]!, times[4]!].map(nameAt));
  });

  it("leave a Job that runs its template, and give the next one theirs", async () => {
    const script = (version: string) => `${untilEnded()}; touch ${file(version)}`;
    await test.cluster.apply(cronJob("clean", script("old")));
    await known();
    await passMinute();
    const first = now;
    await active(nameAt(first));
    await test.cluster.apply(cronJob("clean", script("new")));
    await passMinute();
    await active(nameAt(first), nameAt(now));
    endAll();
    await over(first);
    await over(now);
    for (const version of ["old", "new"]) {
      assert.ok(existsSync(file(version)), version);
    }
  });

  it("go with their Jobs", async () => {
    await test.cluster.apply(cronJob("clean", untilEnded()));
    await known();
    await passMinute();
    await active(nameAt(now));
    await test.cluster.delete(
      { apiVersion: "batch/v1", kind: "CronJob", namespace: NAMESPACE, name: "clean" },
      { propagation: "Foreground" },
    );
    assert.deepStrictEqual([names(), test.pods()], [[], []]);
  });
});
