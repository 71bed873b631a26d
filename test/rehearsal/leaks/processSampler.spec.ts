import assert from "node:assert";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROCESS_PARTS, ProcessSampler } from "../../../rehearsal/leaks/processSampler";

describe("ProcessSampler", () => {
  let directory: string;

  before(async () => (directory = await mkdtemp(join(tmpdir(), "sampler-"))));
  after(() => rm(directory, { recursive: true }));

  for (const part of PROCESS_PARTS) {
    it(`sees the ${part} of a process that runs meanwhile, and in that part only`, async () => {
      const sampler = new ProcessSampler();
      const canary = `canary-${randomBytes(16).toString("hex")}`;
      sampler.start();
      await sampler.plant(part, canary);
      sampler.stop();
      for (const searched of PROCESS_PARTS) {
        const file = join(directory, `${part}-${searched}`);
        await sampler.write(searched, file);
        const lines = (await readFile(file, "utf8")).split("\n");
        const found = lines.filter((line) => line.includes(canary));
        assert.strictEqual(found.length, searched === part ? 1 : 0, searched);
      }
    });
  }

  it("sees this process as it was started", async () => {
    const sampler = new ProcessSampler();
    sampler.start();
    await sampler.plant("arguments", "nothing");
    sampler.stop();
    const file = join(directory, "own");
    await sampler.write("arguments", file);
    const own = (await readFile("/proc/self/cmdline", "utf8")).replaceAll("\0", " ");
    assert.ok((await readFile(file, "utf8")).includes(own));
  });
});
