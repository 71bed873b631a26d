import assert from "node:assert";
import type { ClusterAccess, FoundJob, StoredRevision } from "../../../operate/recovery/cluster";
import { goneFromCluster } from "../../../operate/recovery/gone";
import { jobsOf, removeOrphanedJobs } from "../../../operate/recovery/jobs";
import { releasesOf, unblockReleases } from "../../../operate/recovery/releases";
import type { State } from "../../../operate/state/state";
import { INGRESS, JOB, RELEASE, resource } from "../../support/stateResource";

/** A cluster that has these things and tells what was deleted. */
class FakeCluster implements ClusterAccess {
  readonly deleted: string[] = [];

  constructor(
    private readonly stored: readonly StoredRevision[],
    private readonly jobs: readonly FoundJob[] = [],
    private readonly objects: readonly string[] = [],
  ) {}

  has(...object: [string, string, string, string]): Promise<boolean> {
    return Promise.resolve(this.objects.includes(object.join(" ")));
  }

  revisions(namespace: string): Promise<StoredRevision[]> {
    return Promise.resolve(this.stored.filter((revision) => revision.namespace === namespace));
  }

  deleteSecret(namespace: string, name: string): Promise<void> {
    this.deleted.push(`${namespace}/${name}`);
    return Promise.resolve();
  }

  autoNamedJobs(namespace: string): Promise<FoundJob[]> {
    return Promise.resolve(this.jobs.filter((job) => job.namespace === namespace));
  }

  deleteJob(namespace: string, name: string): Promise<void> {
    return this.deleteSecret(namespace, name);
  }
}

describe("recovery of a Helm release", () => {
  const release = resource(RELEASE, "rotation-blue-release", {
    inputs: { namespace: "app", name: "app-blue" },
  });
  const state: State = { deployment: { resources: [release] } };
  const revision = (name: string, number: number, status: string): StoredRevision => ({
    secret: `sh.helm.release.v1.${name}.v${number}`,
    namespace: "app",
    release: name,
    revision: number,
    status,
  });

  it("loses the revision that a killed Helm left pending, and no other", async () => {
    const cluster = new FakeCluster([
      revision("app-blue", 1, "superseded"),
      revision("app-blue", 2, "deployed"),
      revision("app-blue", 3, "pending-upgrade"),
    ]);
    const [finding, ...others] = await unblockReleases(releasesOf(state), cluster);
    assert.deepStrictEqual(cluster.deleted, ["app/sh.helm.release.v1.app-blue.v3"]);
    assert.deepStrictEqual(others, []);
    assert.match(finding?.found ?? "", /app\/app-blue is stuck: its revision 3 is pending-upgr/);
  });

  it("of somebody else is not touched, whatever it is doing", async () => {
    const cluster = new FakeCluster([revision("ingress", 4, "pending-upgrade")]);
    assert.deepStrictEqual(await unblockReleases(releasesOf(state), cluster), []);
    assert.deepStrictEqual(cluster.deleted, []);
  });

  it("that is in order is not touched", async () => {
    const cluster = new FakeCluster([
      revision("app-blue", 1, "failed"),
      revision("app-blue", 2, "deployed"),
    ]);
    assert.deepStrictEqual(await unblockReleases(releasesOf(state), cluster), []);
    assert.deepStrictEqual(cluster.deleted, []);
  });

  it("that was being installed for the first time is known from the pending operation", () => {
    const begun: State = {
      deployment: { pending_operations: [{ type: "creating", resource: release }] },
    };
    assert.deepStrictEqual(releasesOf(begun), [{ namespace: "app", name: "app-blue" }]);
  });
});

describe("recovery of a proof", () => {
  const logical = "rotation-proof-before-promotion-3-live-3";
  const recorded = resource(JOB, logical, {
    id: `app/${logical}-0a1b2c3d`,
    inputs: { metadata: { namespace: "app", name: `${logical}-0a1b2c3d` } },
  });
  const state: State = { deployment: { resources: [recorded] } };
  const job = (name: string): FoundJob => ({ namespace: "app", name, outcome: "running" });

  it("that the state does not know is deleted, also when it is one of another plan", async () => {
    const cluster = new FakeCluster(
      [],
      [
        job(`${logical}-0a1b2c3d`),
        job(`${logical}-ffffffff`),
        job("rotation-proof-drained-2-live-2-12345678"),
      ],
    );
    const findings = await removeOrphanedJobs(jobsOf(state), cluster);
    assert.deepStrictEqual(cluster.deleted, [
      `app/${logical}-ffffffff`,
      "app/rotation-proof-drained-2-live-2-12345678",
    ]);
    assert.strictEqual(findings.length, 2);
  });

  it("that waits to be deleted belongs to the engine", async () => {
    const waiting = { ...recorded, delete: true };
    const cluster = new FakeCluster([], [job(`${logical}-0a1b2c3d`)]);
    const own = jobsOf({ deployment: { resources: [waiting] } });
    assert.deepStrictEqual(await removeOrphanedJobs(own, cluster), []);
  });

  it("of another program, and a Job that is no proof, are left alone", async () => {
    const cluster = new FakeCluster(
      [],
      [job("other-proof-refused-1-live-1-12345678"), job("backup-0a1b2c3d")],
    );
    assert.deepStrictEqual(await removeOrphanedJobs(jobsOf(state), cluster), []);
    assert.deepStrictEqual(cluster.deleted, []);
  });
});

describe("recovery of what is gone from the cluster", () => {
  const failed = resource(JOB, "rotation-proof-refused-3-live-3", {
    id: "app/proof-1",
    initErrors: ["the Job failed"],
  });
  const namespace = resource("kubernetes:core/v1:Namespace", "namespace", { id: "app" });
  const ingress = resource(INGRESS, "rotation-traffic", { id: "app/app" });
  const release = resource(RELEASE, "rotation-blue-release", { id: "app/app-blue" });
  const state: State = { deployment: { resources: [failed, namespace, ingress, release] } };

  it("finds objects, releases, and the Job of a failed proof, by their ids", async () => {
    const gone = await goneFromCluster(state, new FakeCluster([]));
    assert.deepStrictEqual(gone, [failed, namespace, ingress, release]);
  });

  it("finds nothing that is there", async () => {
    const stored = { secret: "s", namespace: "app", release: "app-blue", revision: 1, status: "" };
    const cluster = new FakeCluster(
      [stored],
      [],
      ["batch/v1 Job app proof-1", "v1 Namespace  app", "networking.k8s.io/v1 Ingress app app"],
    );
    assert.deepStrictEqual(await goneFromCluster(state, cluster), []);
  });

  it("is not concerned with the Job of a proof that passed: clusters clear those away", async () => {
    const passed = { ...failed, initErrors: [] };
    const gone = await goneFromCluster(
      { deployment: { resources: [passed] } },
      new FakeCluster([]),
    );
    assert.deepStrictEqual(gone, []);
  });
});
