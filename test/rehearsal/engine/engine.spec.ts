import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { findEngine, NoEngineError } from "../../../rehearsal/engine/engine";
import { buildSource, ENGINE_VERSION, type EngineSource } from "../../../rehearsal/engine/sources";
import { sayEach } from "../../support/says";

/** Stands for the real builder: "builds" a program that answers `pulumi version`. */
class FakeBuild implements EngineSource {
  readonly name = "build";
  readonly roots: string[] = [];

  constructor(private readonly version = ENGINE_VERSION) {}

  async provide(root: string): Promise<void> {
    this.roots.push(root);
    await program(path.join(root, "bin"), `echo v${this.version}`);
  }
}

const noDownload: EngineSource = {
  name: "download",
  provide: () => Promise.reject(new Error("nobody answers.")),
};

async function program(folder: string, script: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, "pulumi");
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

describe("findEngine", () => {
  const ownPath = process.env.PATH;
  let cache: string;
  let bin: string;

  beforeEach(async () => {
    cache = await mkdtemp(path.join(tmpdir(), "rotation-engine-"));
    bin = path.join(cache, "path");
    await mkdir(bin);
    process.env.PATH = bin;
  });

  afterEach(async () => {
    process.env.PATH = ownPath;
    await rm(cache, { recursive: true });
  });

  it("takes the pulumi on PATH when it is new enough", async () => {
    await program(bin, "echo v3.238.0");
    const build = new FakeBuild();

    const engine = await findEngine({ cache, sources: [build] });

    assert.deepEqual([engine.source, engine.version], ["path", "3.238.0"]);
    assert.deepEqual(build.roots, []);
  });

  for (const [what, script] of [
    ["is too old", "echo v3.237.9"],
    ["does not say its version", "echo hello"],
    ["does not run", "exit 3"],
  ] as const) {
    it(`goes on to the next source when the pulumi on PATH ${what}`, async () => {
      await program(bin, script);

      const engine = await findEngine({ cache, sources: [noDownload, new FakeBuild()] });

      assert.deepEqual([engine.source, engine.version], ["build", ENGINE_VERSION]);
    });
  }

  it("keeps what it built for the next run", async () => {
    const build = new FakeBuild();

    const first = await findEngine({ cache, sources: [noDownload, build] });
    const second = await findEngine({ cache, sources: [noDownload, build] });

    assert.equal(build.roots.length, 1);
    assert.equal(second.command.command, first.command.command);
    assert.equal(second.source, "build");
  });

  it("builds once when two runs start at the same time, and tells the second what it waits for", async () => {
    const build = new FakeBuild();
    const progress: string[] = [];
    const find = (): ReturnType<typeof findEngine> =>
      findEngine({ cache, sources: [build], progress: (line) => progress.push(line) });

    const [first, second] = await Promise.all([find(), find()]);

    assert.equal(build.roots.length, 1);
    assert.equal(first.command.command, second.command.command);
    sayEach(progress, ["waiting for another run", "Pulumi engine"]);
  });

  it("takes the engine in the cache whatever options of it the shell sets", async () => {
    const build = new FakeBuild();
    const { command } = await findEngine({ cache, sources: [build] });
    const panics = 'test -z "$PULUMI_OPTION_PARALLEL" || exit 2';
    await program(path.dirname(command.command), `${panics}; echo v${ENGINE_VERSION}`);
    process.env["PULUMI_OPTION_PARALLEL"] = "1";
    try {
      assert.equal((await findEngine({ cache, sources: [build] })).source, "build");
      assert.equal(build.roots.length, 1);
    } finally {
      delete process.env["PULUMI_OPTION_PARALLEL"];
    }
  });

  it("throws the engine in the cache away only when there is another one", async () => {
    const { command } = await findEngine({ cache, sources: [new FakeBuild()] });
    await program(path.dirname(command.command), "echo out of memory >&2; exit 1");
    const fails: EngineSource = { name: "build", provide: () => Promise.reject(new Error("no.")) };
    await assert.rejects(findEngine({ cache, sources: [fails] }), (error: Error) => {
      assert.match(error.message, /cached engine does not work: [\s\S]*out of memory/);
      return true;
    });
    assert.ok((await stat(command.command)).isFile());
  });

  for (const [what, script] of [
    ["does not run", "exit 1"],
    ["is not the pinned version", "echo v3.250.0"],
  ] as const) {
    it(`builds again when the engine in the cache ${what}`, async () => {
      const build = new FakeBuild();
      const { command } = await findEngine({ cache, sources: [build] });
      await program(path.dirname(command.command), script);

      const engine = await findEngine({ cache, sources: [build] });

      assert.equal(build.roots.length, 2);
      assert.equal(engine.version, ENGINE_VERSION);
    });
  }

  it("takes over the lock and the half-finished folder of a run that is gone", async () => {
    const build = new FakeBuild();
    await findEngine({ cache, sources: [build] });
    const unfinished = build.roots[0] ?? assert.fail("nothing was built");
    const folder = path.dirname(unfinished);
    await rm(path.join(folder, "build"), { recursive: true });
    await mkdir(unfinished);
    await mkdir(`${folder}.lock`);
    const aMinuteAgo = Date.now() / 1_000 - 60;
    await utimes(`${folder}.lock`, aMinuteAgo, aMinuteAgo);

    await findEngine({ cache, sources: [build] });

    assert.equal(build.roots.length, 2);
    assert.deepEqual(await readdir(folder), ["build"]);
  });

  it("stops waiting for another run, and building, when it is told to", async () => {
    const stop = new AbortController();
    const hanging: EngineSource = {
      name: "build",
      provide: (_root, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(new Error("stopped"))),
        ),
    };
    const find = (): ReturnType<typeof findEngine> =>
      findEngine({
        cache,
        sources: [hanging],
        signal: stop.signal,
        // The one that has to wait says so.
        progress: () => stop.abort(),
      });

    for (const run of await Promise.allSettled([find(), find()])) {
      assert.equal(run.status, "rejected");
      assert.equal((run.reason as Error).name, "AbortError");
    }
    assert.equal((await findEngine({ cache, sources: [new FakeBuild()] })).source, "build");
  });

  it("says what was tried and what to install when there is no engine to be had", async () => {
    await program(bin, "echo v3.100.0");

    await assert.rejects(
      findEngine({ cache, sources: [noDownload, new FakeBuild("3.1.0"), buildSource] }),
      (error: Error) => {
        assert(error instanceof NoEngineError);
        assert.match(error.message, /pulumi on PATH is 3\.100\.0, too old/);
        assert.match(error.message, /download: nobody answers/);
        assert.match(error.message, /build: it gave version 3\.1\.0, not/);
        assert.match(error.message, /build: PATH has no go/);
        assert.match(error.message, /Install the Pulumi CLI .* or Go /);
        return true;
      },
    );
    assert.deepEqual(
      (await readdir(cache)).filter((name) => name.endsWith(".lock")),
      [],
    );
  });
});
