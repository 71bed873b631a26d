import assert from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterAccess, FoundJob, StoredRevision } from "../../operate/recovery/cluster";
import { jobsOf, removeOrphanedJobs } from "../../operate/recovery/jobs";
import { EngineAtWork, readLocks, refuseLiveEngine, removeLock } from "../../operate/recovery/lock";
import { decide, describeOperation } from "../../operate/recovery/operations";
import { endOrphans } from "../../operate/recovery/processes";
import type { PulumiProject } from "../../operate/recovery/pulumi";
import { recover } from "../../operate/recovery/recover";
import { releasesOf, unblockReleases } from "../../operate/recovery/releases";
import { settle } from "../../operate/recovery/settling";
import type { PendingOperation, State, StateResource } from "../../operate/recovery/state";
import { type Answers, PulumiCli } from "../support/pulumiCli";

const URN = "urn:pulumi:prod::rotation::rotation:index:Rotation$";
const JOB = "kubernetes:batch/v1:Job";
const RELEASE = "kubernetes:helm.sh/v3:Release";
const ROLE = "postgresql:index/role:Role";
const INGRESS = "kubernetes:networking.k8s.io/v1:Ingress";
const SECRET = "azure-native:keyvault:Secret";

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

    const done = (type: PendingOperation["type"], of: string, present = true) =>
      decide({ type, resource: resource(of, "it") }, present).do;

    it("that changes something is asked for, because the next up may have another plan", () => {
      for (const type of [ROLE, "postgresql:index/grant:Grant", INGRESS, SECRET]) {
        assert.strictEqual(done("updating", type), "ask", type);
      }
      assert.strictEqual(done("updating", "pulumi:index:Stash"), "forget");
    });

    it("that changes what no refresh tells all of is sent again", () => {
      for (const type of [RELEASE, "azure-native:network:VirtualNetwork"]) {
        assert.strictEqual(done("updating", type), "send", type);
      }
    });

    it("that deletes is asked for where a second deletion fails, or a plan may want it back", () => {
      for (const type of [ROLE, RELEASE, INGRESS, SECRET]) {
        assert.strictEqual(done("deleting", type), "ask", type);
        assert.strictEqual(done("deleting", type, false), "forget", type);
      }
      assert.strictEqual(done("deleting", JOB), "forget");
      assert.strictEqual(done("deleting", "random:index/randomPassword:RandomPassword"), "forget");
    });

    it("that creates under a fixed name is adopted under the id that follows from it", () => {
      const cases: [PendingOperation, string][] = [
        [creating(ROLE, { name: "app_blue" }), "app_blue"],
        [creating(RELEASE, { namespace: "app", name: "app-blue" }), "app/app-blue"],
        [
          creating(INGRESS, {
            metadata: { namespace: "app", name: "app" },
          }),
          "app/app",
        ],
        [creating("kubernetes:core/v1:Namespace", { metadata: { name: "app" } }), "app"],
      ];
      for (const [operation, id] of cases) {
        const decision = decide(operation, false);
        assert.deepStrictEqual([decision.do, "id" in decision && decision.id], ["adopt", id]);
        assert.strictEqual(decide(operation, true).do, "ask");
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
        assert.strictEqual(decide(creating(type), false).do, "forget", type);
      }
    });

    it("that creates something in Azure is forgotten, and a person is told what may come", () => {
      const decision = decide(creating("azure-native:network:VirtualNetwork"), false);
      assert(decision.do === "leave");
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

  describe("the state", () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "recover-"));
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    const pending = (
      type: PendingOperation["type"],
      of: StateResource,
      resources: readonly StateResource[] = [of],
    ): State => ({
      deployment: { resources, pending_operations: [{ type, resource: of }] },
    });

    async function settled(state: State, answers: Answers = {}) {
      const cli = await PulumiCli.writeInto(folder, state, answers);
      const findings = await settle(cli.project(), state);
      return { cli, findings, done: findings.map(({ done }) => done).join("\n") };
    }

    /** How often the CLI was called with words. */
    async function called(cli: PulumiCli, words: string): Promise<number> {
      return (await cli.calls()).filter((call) => call.includes(words)).length;
    }

    const begun = resource(ROLE, "rotation-blue-role", { inputs: { name: "app_blue" } });
    const role = { ...begun, id: "app_blue" };

    it("has what is there of a resource that was being changed, and of no other one", async () => {
      const ingress = resource(INGRESS, "rotation-traffic", { id: "app/app" });
      const { cli, done } = await settled(pending("updating", ingress, [role, ingress]));
      const [call] = (await cli.calls()).filter((each) => each.startsWith("refresh"));
      assert.deepStrictEqual(call?.match(/urn:\S+/g), [ingress.urn]);
      assert.match(
        done,
        /^asked again: the state has what is there now, so the next `pulumi up` se/,
      );
      assert.deepStrictEqual(cli.state.deployment, { resources: [role, ingress] });
    });

    it("has a release that was being changed marked: the next up upgrades it anyhow", async () => {
      const release = resource(RELEASE, "rotation-blue-release", { id: "app/app-blue" });
      const { cli, done, findings } = await settled(pending("updating", release));
      assert.match(done, /^will be sent again by the next `pulumi up`, whatever its plan: /);
      const [{ initErrors = [] }] = cli.resources as [StateResource];
      assert.match(initErrors.join("\n"), /^rotation-blue-release .* so all of it is sent again$/);
      assert.strictEqual(await called(cli, "refresh"), 0);
      assert.strictEqual(findings[0]?.left, false);
      // Nothing is left to do, and the mark stays until an `up` has upgraded it.
      assert.deepStrictEqual(await settle(cli.project(), cli.state), []);
    });

    it("loses what was being deleted and is gone", async () => {
      const { cli, done } = await settled(pending("deleting", role), { gone: [role.urn] });
      assert.match(done, /^asked again: it is not there, so it is out of the state$/);
      assert.deepStrictEqual(cli.resources, []);
    });

    it("still doubts a role whose earlier change failed: nobody tells its password", async () => {
      const doubted = { ...role, initErrors: ["could not commit transaction"] };
      const { cli } = await settled(pending("updating", doubted));
      assert.deepStrictEqual(cli.resources, [doubted]);
    });

    it("gets what was created, and loses it when it is not there", async () => {
      const { cli, done } = await settled(pending("creating", begun, []));
      assert.match(done, /^it is there and now in the state as app_blue: /);
      assert.deepStrictEqual(cli.resources, [{ ...role, outputs: role.inputs }]);
      const other = await settled(pending("creating", begun, []), { gone: [role.urn] });
      assert.match(other.done, /^it is not there: forgotten/);
      assert.deepStrictEqual(other.cli.resources, []);
    });

    it("gets what was created in the place of what was deleted for it", async () => {
      const old = { ...role, pendingReplacement: true, inputs: { name: "app_blue", login: false } };
      const behind = {
        ...resource("postgresql:index/grantRole:GrantRole", "rotation-blue-sessions"),
        pendingReplacement: true,
        dependencies: [role.urn],
      };
      const { cli, done } = await settled(pending("creating", role, [old, behind]));
      assert.match(done, /^it is there and now in the state as app_blue: .*\(42710\)$/);
      assert.deepStrictEqual(cli.resources, [{ ...role, outputs: role.inputs }, behind]);
    });

    it("says what is not certain while a provider cannot be asked, until it can", async () => {
      const ingress = resource(INGRESS, "rotation-traffic", { id: "app/app" });
      const state: State = {
        deployment: {
          resources: [ingress],
          pending_operations: [
            { type: "creating", resource: begun },
            { type: "updating", resource: ingress },
          ],
        },
      };
      const { cli, findings } = await settled(state, { unreachable: [role.urn] });
      const [asked, left, ...others] = findings;
      assert.match(asked?.done ?? "", /^asked again: /);
      assert.strictEqual(left?.left, true);
      assert.strictEqual(
        left.found,
        "the providers could not be asked what became of rotation-blue-role",
      );
      assert.match(left.done, /no route to host\n.* Run this again where `pulumi up` runs/);
      assert.deepStrictEqual(others, []);
      const initErrors = [
        "rotation-blue-role (postgresql:index/role:Role) was being created when the engine ended; " +
          "whether that happened is not recorded",
      ];
      assert.deepStrictEqual(cli.resources, [
        ingress,
        { ...role, outputs: role.inputs, initErrors },
      ]);

      cli.answer({ gone: [role.urn] });
      const [finding] = await settle(cli.project(), cli.state);
      assert.deepStrictEqual([finding?.found, finding?.left], [initErrors[0], false]);
      assert.deepStrictEqual(cli.resources, [ingress]);
      assert.deepStrictEqual(await settle(cli.project(), cli.state), []);
    });
  });

  describe("the lock", () => {
    let project: PulumiProject;
    let cli: PulumiCli;
    let folder: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "recover-"));
      cli = await PulumiCli.writeInto(folder, { deployment: {} });
      project = cli.project();
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    async function lock(pid: number, host = hostname()): Promise<string> {
      const locks = join(folder, ".pulumi", "locks", "organization", "rotation", "prod");
      await mkdir(locks, { recursive: true });
      const holder = { pid, username: "ann", hostname: host, timestamp: "2026-11-22T08:00:00Z" };
      const file = join(locks, `${pid}.json`);
      await writeFile(file, JSON.stringify(holder));
      return file;
    }

    it("of an engine that is gone is taken away, and it is said whose it was", async () => {
      // Not the number of an engine: this very process.
      await lock(process.pid);
      const locks = await readLocks(project);
      await refuseLiveEngine(locks, false);
      const [finding] = await removeLock(project, locks);
      assert.match(
        finding?.found ?? "",
        new RegExp(`ann@${hostname()} \\(process ${process.pid}, since 2026-11-22T08:00:00Z\\) he`),
      );
      const [call] = await cli.calls();
      assert.match(call ?? "", /^cancel --yes --stack prod /);
    });

    it("is found where Pulumi.yaml or a login keeps the state, too", async () => {
      await lock(process.pid);
      const environment = { ...project.environment, PULUMI_BACKEND_URL: "" };
      const locks = await readLocks({ ...project, environment });
      assert.deepStrictEqual(locks.known && locks.holders.map(({ pid }) => pid), [process.pid]);
    });

    it("is found by the full name of the stack, too", async () => {
      await lock(process.pid);
      const locks = await readLocks({ ...project, stack: "organization/rotation/prod" });
      assert.deepStrictEqual(locks.known && locks.holders.map(({ pid }) => pid), [process.pid]);
    });

    it("of an engine that is at work stops everything", async () => {
      const engine = spawn("sleep", ["60"], { argv0: "pulumi" });
      try {
        await once(engine, "spawn");
        await lock(engine.pid!);
        await assert.rejects(recover(project), /is at work on this stack\. Wait for it, or stop/);
        assert.deepStrictEqual(await cli.calls(), []);
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

    it("in a storage account cannot be seen, so that nothing is done without that word", async () => {
      const elsewhere = {
        ...project,
        environment: { ...project.environment, PULUMI_BACKEND_URL: "azblob://state" },
      };
      const said = /^EngineAtWork: the state is kept at azblob:\/\/state, .* again with --yes\.$/;
      await assert.rejects(recover(elsewhere), (error: Error) => {
        assert(error instanceof EngineAtWork);
        assert.match(`EngineAtWork: ${error.message}`, said);
        return true;
      });
      assert.deepStrictEqual(await cli.calls(), []);
      const [finding] = await recover({ ...elsewhere, yes: true });
      assert.strictEqual(finding?.done, "taken away, as --yes says");
    });

    it("of an engine that has begun meanwhile is not taken away", async () => {
      await lock(process.pid);
      const locks = await readLocks(project);
      await lock(process.ppid);
      await assert.rejects(removeLock(project, locks), (error: Error) => {
        assert(error instanceof EngineAtWork);
        assert.match(
          error.message,
          /\(process \d+, since .*\) is at work on this stack\. It has beg/,
        );
        return true;
      });
      assert.deepStrictEqual(await cli.calls(), []);
    });

    it("keeps others away until the state is written", async () => {
      const file = await lock(process.pid);
      const release = resource(RELEASE, "rotation-blue-release", {
        id: "app/app-blue",
        inputs: { namespace: "app", name: "app-blue" },
      });
      cli = await PulumiCli.writeInto(folder, {
        deployment: {
          resources: [release],
          pending_operations: [{ type: "updating", resource: release }],
        },
      });
      const locked: [string, boolean][] = [];
      const cluster = createServer(({ method = "", url = "" }, response) => {
        locked.push([method, existsSync(file)]);
        const metadata = {
          name: "sh.helm.release.v1.app-blue.v2",
          labels: { owner: "helm", name: "app-blue", version: "2", status: "pending-upgrade" },
        };
        const items = url.includes("/secrets?") ? [{ metadata }] : [];
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(method === "GET" ? { items } : { kind: "Status" }));
      }).listen(0, "127.0.0.1");
      await once(cluster, "listening");
      try {
        const { port } = cluster.address() as AddressInfo;
        const kubeconfig = JSON.stringify({
          clusters: [
            {
              name: "it",
              // Without this the client refuses to speak without TLS.
              cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true },
            },
          ],
          contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
          users: [{ name: "it", user: {} }],
          "current-context": "it",
        });
        const findings = await recover({ ...project, kubeconfig });
        assert.deepStrictEqual(
          findings.map(({ area }) => area),
          ["release", "lock", "operation"],
        );
      } finally {
        cluster.close();
      }
      assert.deepStrictEqual(locked, [
        ["GET", true],
        ["DELETE", true],
      ]);
      const calls = (await cli.calls()).map((call) => call.split(" --")[0]);
      assert.deepStrictEqual(calls, ["stack export", "cancel", "stack import"]);
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
