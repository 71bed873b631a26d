import assert from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterAccess, FoundJob, StoredRevision } from "../../operate/recovery/cluster";
import { jobsOf, removeOrphanedJobs } from "../../operate/recovery/jobs";
import { readLocks, refuseLiveEngine, removeLock } from "../../operate/recovery/lock";
import { decide, describeOperation } from "../../operate/recovery/operations";
import { endOrphans } from "../../operate/recovery/processes";
import type { PulumiProject } from "../../operate/recovery/pulumi";
import { recover } from "../../operate/recovery/recover";
import { releasesOf, unblockReleases } from "../../operate/recovery/releases";
import type { PendingOperation, State, StateResource } from "../../operate/recovery/state";

const URN = "urn:pulumi:prod::rotation::rotation:index:Rotation$";
const JOB = "kubernetes:batch/v1:Job";

function resource(type: string, name: string, more: Partial<StateResource> = {}): StateResource {
  return { urn: `${URN}${type}::${name}`, type, ...more };
}

/** A cluster that has these things and tells what was deleted. */
class FakeCluster implements ClusterAccess {
  readonly deleted: string[] = [];

  constructor(
    private readonly stored: readonly StoredRevision[],
    private readonly jobs: readonly FoundJob[] = [],
  ) {}

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

describe("recover", () => {
  describe("a Helm release", () => {
    const release = resource("kubernetes:helm.sh/v3:Release", "rotation-blue-release", {
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

  describe("a proof", () => {
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

  describe("a pending operation", () => {
    const creating = (type: string, inputs: StateResource["inputs"] = {}): PendingOperation => ({
      type: "creating",
      resource: resource(type, "it", { inputs }),
    });

    it("that changes or deletes is forgotten: the next up sends it again", () => {
      const role = resource("postgresql:index/role:Role", "rotation-blue-role");
      assert.strictEqual(decide({ type: "updating", resource: role }).do, "forget");
      assert.strictEqual(decide({ type: "deleting", resource: role }).do, "forget");
    });

    it("that creates under a fixed name is adopted under the id that follows from it", () => {
      const cases: [PendingOperation, string][] = [
        [creating("postgresql:index/role:Role", { name: "app_blue" }), "app_blue"],
        [
          creating("kubernetes:helm.sh/v3:Release", { namespace: "app", name: "app-blue" }),
          "app/app-blue",
        ],
        [
          creating("kubernetes:networking.k8s.io/v1:Ingress", {
            metadata: { namespace: "app", name: "app" },
          }),
          "app/app",
        ],
        [creating("kubernetes:core/v1:Namespace", { metadata: { name: "app" } }), "app"],
      ];
      for (const [operation, id] of cases) {
        const decision = decide(operation);
        assert.deepStrictEqual([decision.do, "id" in decision && decision.id], ["adopt", id]);
      }
    });

    it("that creates what has no name of its own is forgotten", () => {
      for (const type of [
        "pulumi:index:Stash",
        "random:index/randomPassword:RandomPassword",
        "postgresql:index/grant:Grant",
        "postgresql:index/grantRole:GrantRole",
        JOB,
      ]) {
        assert.strictEqual(decide(creating(type)).do, "forget", type);
      }
    });

    it("that creates something in Azure is forgotten, and a person is told what may come", () => {
      const decision = decide(creating("azure-native:network:VirtualNetwork"));
      assert.strictEqual(decision.do, "leave");
      assert.match(decision.why, /pulumi import azure-native:network:VirtualNetwork <name> <id>/);
    });

    it("is told by name, type and what was under way", () => {
      assert.strictEqual(
        describeOperation(creating(JOB)),
        "it (kubernetes:batch/v1:Job) was being created when the engine ended; " +
          "whether that happened is not recorded",
      );
    });
  });

  describe("the lock", () => {
    let project: PulumiProject;
    let folder: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "recover-"));
      await writeFile(join(folder, "Pulumi.yaml"), "name: rotation\nruntime: nodejs\n");
      // Stands in for the CLI: it says what it was called with.
      const command = join(folder, "cli");
      const calls = `echo "$@" >> "${folder}/calls"`;
      const whoami = `[ "$*" = "whoami --json --non-interactive --color never" ] && echo '{"url":"file://."}'`;
      await writeFile(command, `#!/bin/sh\n${calls}\n${whoami}\nexit 0\n`);
      await chmod(command, 0o755);
      project = {
        command,
        folder,
        stack: "prod",
        environment: { ...process.env, PULUMI_BACKEND_URL: `file://${folder}` },
      };
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    async function lock(pid: number, host = hostname()): Promise<void> {
      const locks = join(folder, ".pulumi", "locks", "organization", "rotation", "prod");
      await mkdir(locks, { recursive: true });
      const holder = { pid, username: "ann", hostname: host, timestamp: "2026-11-22T08:00:00Z" };
      await writeFile(join(locks, `${pid}.json`), JSON.stringify(holder));
    }

    it("of an engine that is gone is taken away, and it is said whose it was", async () => {
      // Not the number of an engine: this very process.
      await lock(process.pid);
      const locks = await readLocks(project);
      await refuseLiveEngine(locks, false);
      const [finding] = await removeLock(project, locks, false);
      assert.match(
        finding?.found ?? "",
        new RegExp(`ann@${hostname()} \\(process ${process.pid}, since 2026-11-22T08:00:00Z\\) he`),
      );
      assert.match(await readFile(join(folder, "calls"), "utf8"), /^cancel --yes --stack prod /);
    });

    it("is found where Pulumi.yaml or a login keeps the state, too", async () => {
      await lock(process.pid);
      const environment = { ...project.environment, PULUMI_BACKEND_URL: "" };
      const locks = await readLocks({ ...project, environment });
      assert.deepStrictEqual(locks.known && locks.holders.map(({ pid }) => pid), [process.pid]);
    });

    it("of an engine that is at work stops everything", async () => {
      const engine = spawn("sleep", ["60"], { argv0: "pulumi" });
      try {
        await once(engine, "spawn");
        await lock(engine.pid!);
        await assert.rejects(recover(project), /is at work on this stack\. Wait for it, or stop/);
        await assert.rejects(readFile(join(folder, "calls")), /ENOENT/);
      } finally {
        engine.kill("SIGKILL");
      }
    });

    it("of another machine needs a person's word", async () => {
      await lock(1, "runner-7");
      const locks = await readLocks(project);
      await assert.rejects(refuseLiveEngine(locks, false), /runner-7.*run this again with --yes/);
      await refuseLiveEngine(locks, true);
    });

    it("in a storage account cannot be seen, which is said", async () => {
      const elsewhere = {
        ...project,
        environment: { ...project.environment, PULUMI_BACKEND_URL: "azblob://state" },
      };
      const locks = await readLocks(elsewhere);
      const [finding] = await removeLock(elsewhere, locks, false);
      assert.strictEqual(finding?.left, true);
      assert.match(finding.found, /azblob:\/\/state/);
    });

    it("is not looked for in a folder without a project", async () => {
      await rm(join(folder, "Pulumi.yaml"));
      await assert.rejects(readLocks(project), /There is no Pulumi\.yaml in .*--cwd/);
    });
  });

  describe("processes", () => {
    let folder: string;
    const started: ChildProcess[] = [];

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "recover-"));
      for (const name of ["pulumi-resource-random", "other"]) {
        await symlink("/bin/sleep", join(folder, name));
      }
    });
    afterEach(async () => {
      started.splice(0).forEach((child) => child.kill("SIGKILL"));
      await rm(folder, { recursive: true, force: true });
    });

    async function start(name: string, cwd: string): Promise<ChildProcess> {
      const child = spawn(join(folder, name), ["60"], { cwd });
      started.push(child);
      await once(child, "spawn");
      return child;
    }

    it("of an engine that is gone are ended where they work in this folder", async () => {
      const plugin = await start("pulumi-resource-random", folder);
      const ended = once(plugin, "exit");
      const elsewhere = await start("pulumi-resource-random", tmpdir());
      const other = await start("other", folder);
      const findings = await endOrphans(folder);
      assert.deepStrictEqual(
        findings.map(({ found }) => found),
        [`pulumi-resource-random (process ${plugin.pid}) is left of an engine that is gone`],
      );
      assert.deepStrictEqual(await ended, [null, "SIGTERM"]);
      assert.deepStrictEqual([elsewhere.exitCode, other.exitCode], [null, null]);
      assert.deepStrictEqual([elsewhere.signalCode, other.signalCode], [null, null]);
    });

    it("of an engine that is there are left alone", async () => {
      // A shell by the engine's name, with a plugin below it.
      const script = `${join(folder, "pulumi-resource-random")} 60 & echo started; wait`;
      const engine = spawn("/bin/sh", ["-c", script], {
        argv0: "pulumi",
        cwd: folder,
        stdio: ["ignore", "pipe", "ignore"],
        detached: true,
      });
      started.push(engine);
      await once(engine.stdout, "data");
      try {
        assert.deepStrictEqual(await endOrphans(folder), []);
      } finally {
        process.kill(-engine.pid!, "SIGKILL");
      }
    });
  });
});
