import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildSource, shareOf } from "../../../rehearsal/engine/sources";
import type { Share } from "../../../rehearsal/progress/reporting";

describe("an engine that is built", () => {
  const ownPath = process.env.PATH;
  let directory: string;

  before(async () => (directory = await mkdtemp(path.join(tmpdir(), "build-"))));
  after(() => rm(directory, { recursive: true }));
  afterEach(() => (process.env.PATH = ownPath));

  /** Stands for a Go that prints what it compiles, as `go build -v` does. */
  async function go(script: string): Promise<void> {
    const bin = path.join(directory, "bin");
    await mkdir(bin, { recursive: true });
    await writeFile(path.join(bin, "go"), `#!/bin/sh\n${script}\n`);
    await chmod(path.join(bin, "go"), 0o755);
    process.env.PATH = `${bin}:${ownPath}`;
  }

  it("says before how long that takes and why, and then how much is done", async () => {
    await go("for i in $(seq 330); do echo package/$i >&2; done; sleep 1.5");
    const said: [string, Share | undefined][] = [];
    await buildSource.provide(path.join(directory, "root"), {
      progress: (line, share) => void said.push([line, share]),
      signal: new AbortController().signal,
      tried: ["PATH has no pulumi", "download: nobody answers."],
    });
    const [[announced] = [""], [line, share] = [""]] = said;
    assert.match(
      announced,
      /built from source \(PATH has no pulumi; download: nobody answers\)\. .* once and takes about \d+ minutes? on \d+ cores?\.$/,
    );
    assert.equal(line, "building the Pulumi engine: 330 of at most 1650 packages");
    assert.equal(share?.done, 0.2);
  });

  it("takes as long as it usually does, until its own pace says more", () => {
    assert.deepEqual(shareOf(0, 0, 480), { done: 0, secondsLeft: 480 });
    assert.deepEqual(shareOf(33, 30, 480), { done: 0.02, secondsLeft: 450 });
    assert.deepEqual(shareOf(825, 100, 480), { done: 0.5, secondsLeft: 100 });
    assert.deepEqual(shareOf(5000, 100, 480), { done: 1, secondsLeft: 0 });
    assert.deepEqual(shareOf(0, 999, 480), { done: 0, secondsLeft: 0 });
  });
});
