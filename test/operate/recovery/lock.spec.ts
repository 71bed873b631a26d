import assert from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  EngineAtWork,
  readLocks,
  refuseLiveEngine,
  removeLock,
} from "../../../operate/recovery/lock";
import type { PulumiProject } from "../../../operate/state/pulumi";
import { placeOfState } from "../../../operate/recovery/stateFolder";
import { recover, type RecoverArgs } from "../../../operate/recovery/recover";
import { PulumiCli } from "../../support/pulumiCli";
import { RELEASE, resource } from "../../support/stateResource";
import { says } from "../../support/says";

describe("recovery and the lock", () => {
  let project: RecoverArgs;
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

  const locksOf = async (of: PulumiProject) => readLocks(await placeOfState(of));
  const gone = () => Promise.resolve("gone" as const);

  it("of an engine that is gone is taken away, and it is said whose it was", async () => {
    // Not the number of an engine: this very process.
    await lock(process.pid);
    const locks = await locksOf(project);
    await refuseLiveEngine(locks, false, gone);
    const [finding] = await removeLock(project, await placeOfState(project), locks);
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
    const locks = await locksOf({ ...project, environment });
    assert.deepStrictEqual(locks.known && locks.holders.map(({ pid }) => pid), [process.pid]);
  });

  it("is found by the full name of the stack, too", async () => {
    await lock(process.pid);
    const locks = await locksOf({ ...project, stack: "organization/rotation/prod" });
    assert.deepStrictEqual(locks.known && locks.holders.map(({ pid }) => pid), [process.pid]);
  });

  it("of an engine that is at work stops everything", async () => {
    const engine = spawn("sleep", ["60"], { argv0: "pulumi" });
    try {
      await once(engine, "spawn");
      await lock(engine.pid!);
      await assert.rejects(recover(project), /is working on this stack\. Wait for it, or stop/);
      assert.deepStrictEqual(await cli.calls(), []);
    } finally {
      engine.kill("SIGKILL");
    }
  });

  it("of another machine needs a person's word", async () => {
    await lock(1, "runner-7");
    const locks = await locksOf(project);
    await assert.rejects(refuseLiveEngine(locks, false), /runner-7.*run this again with --yes/);
    await refuseLiveEngine(locks, true);
  });

  it("of an engine that may be in another container needs it too", async () => {
    await lock(71);
    const locks = await locksOf(project);
    const outOfSight = () => Promise.resolve("out of sight" as const);
    await assert.rejects(
      refuseLiveEngine(locks, false, outOfSight),
      /may be in another container.*cannot be seen from here.*run this again with --yes/,
    );
    await refuseLiveEngine(locks, true, outOfSight);
  });

  it("that is cut off needs it too, and is named", async () => {
    const file = await lock(71);
    await writeFile(file, "");
    await assert.rejects(recover(project), (error: Error) => {
      assert(error instanceof EngineAtWork);
      says(error.message, `the lock ${file} is truncated`, "--yes");
      return true;
    });
    assert.deepStrictEqual(await cli.calls(), []);
    const [finding] = await recover({ ...project, yes: true });
    says(finding?.done ?? "", /lock is removed/);
    assert(!existsSync(file));
  });

  it("is found by every address that leads Pulumi to this folder", async () => {
    await lock(71);
    const home = { HOME: dirname(folder) };
    for (const [address, more] of [
      ["file://.?metadata=skip", {}],
      ["file://./", {}],
      [`file://${folder}?no_tmp_dir=true`, {}],
      [`file://${folder.replace("recover", "%72ecover")}`, {}],
      [`file://~/${basename(folder)}`, home],
    ] as const) {
      const environment = { ...project.environment, ...more, PULUMI_BACKEND_URL: address };
      const locks = await locksOf({ ...project, environment });
      assert.deepStrictEqual(locks.known && locks.holders.map(({ pid }) => pid), [71], address);
    }
  });

  it("cannot be seen where an address leads to a folder that has no such stack", async () => {
    for (const address of ["file://./elsewhere", "file://.?prefix=a/", "file://%", "file://~ann"]) {
      const environment = { ...project.environment, PULUMI_BACKEND_URL: address };
      await assert.rejects(recover({ ...project, environment }), EngineAtWork, address);
    }
    assert.deepStrictEqual(await cli.calls(), []);
  });

  for (const [what, ending, content] of [
    ["cut off", "json", Buffer.alloc(0)],
    ["cut off in the middle", "json", Buffer.from('{"version": 3, "checkpoint": {')],
    ["zipped and cut off", "json.gz", gzipSync("{}").subarray(0, 12)],
  ] as const) {
    it(`and a state that is ${what}: nothing is done, and it is named`, async () => {
      const file = join(folder, ".pulumi", "stacks", "rotation", `prod.${ending}`);
      await rm(join(dirname(file), "prod.json"));
      await writeFile(file, content);
      await assert.rejects(
        recover(project),
        (error: Error) =>
          error.message.startsWith(
            `The state in ${file} is truncated after ${content.length} bytes`,
          ) && error.message.includes(`copy ${file}.bak over it`),
      );
      assert.deepStrictEqual(await cli.calls(), []);
    });
  }

  it("is not all: descriptions of files that are cut off are taken away, and no whole ones", async () => {
    const state = join(folder, ".pulumi");
    const whole = join(state, "stacks", "rotation", "dev.json.attrs");
    const cutOff = [
      join(state, "meta.yaml.attrs"),
      join(state, "stacks", "rotation", "prod.json.attrs"),
      `${await lock(71)}.attrs`,
    ];
    await writeFile(whole, '{"md5":""}');
    await Promise.all(cutOff.map((file, index) => writeFile(file, '{"md5":"'.slice(0, index * 4))));
    const findings = await recover({ ...project, yes: true });
    const said = findings.flatMap(({ area, found }) => (area === "state" ? [found] : []));
    for (const file of cutOff) {
      assert(!existsSync(file), file);
      assert(
        said.some((found) => found.startsWith(`${file} is cut off`)),
        said.join(),
      );
    }
    assert(existsSync(whole));
    assert.strictEqual(said.length, cutOff.length);
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
    says(finding?.done ?? "", /^removed\b/, "--yes");
  });

  it("of an engine that has begun meanwhile is not taken away", async () => {
    await lock(process.pid);
    const locks = await locksOf(project);
    await lock(process.ppid);
    await assert.rejects(
      removeLock(project, await placeOfState(project), locks),
      (error: Error) => {
        assert(error instanceof EngineAtWork);
        assert.match(
          error.message,
          /\(process \d+, since .*\) is working on this stack\. It start/,
        );
        return true;
      },
    );
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
      const findings = await recover({ ...project, kubeconfig, yes: true });
      assert.deepStrictEqual(
        findings.map(({ area }) => area),
        ["release", "lock", "operation"],
      );
    } finally {
      cluster.close();
    }
    assert.deepStrictEqual(locked, [
      // Whether the release is there, and whether it is stuck.
      ["GET", true],
      ["GET", true],
      ["DELETE", true],
    ]);
    const calls = (await cli.calls()).map((call) => call.split(" --")[0]);
    assert.deepStrictEqual(calls, ["stack export", "cancel", "stack import"]);
  });

  it("is not looked for in a folder without a project", async () => {
    await rm(join(folder, "Pulumi.yaml"));
    await assert.rejects(placeOfState(project), /There is no Pulumi\.yaml in .*--cwd/);
  });
});
