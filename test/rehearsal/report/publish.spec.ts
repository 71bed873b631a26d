import assert from "node:assert";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publish } from "../../../rehearsal/report/publish";
import { summaryOf } from "../../../rehearsal/report/summary";
import { rehearsalResult } from "../../support/rehearsalResult";

describe("a result", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "publish-spec-"));
  });

  afterEach(() => rm(folder, { recursive: true }));

  it("is a summary on standard output when nothing else is asked for", async () => {
    const result = rehearsalResult();
    assert.deepStrictEqual(await publish(result, {}), { text: summaryOf(result) });
  });

  it("is on standard output whole, and nothing else with it, for --json -", async () => {
    const result = rehearsalResult();
    const { text } = await publish(result, { json: "-", out: folder });
    assert.deepStrictEqual(JSON.parse(text), result);
    assert.deepStrictEqual((await readdir(folder)).sort(), ["report.html", "result.json"]);
  });

  it("goes into a file for --json <file>, and the summary to standard output", async () => {
    const json = join(folder, "some.json");
    const { text, report } = await publish(rehearsalResult(), { json });
    assert.match(text, /As promised\./);
    assert.strictEqual(report, undefined);
    assert.deepStrictEqual(JSON.parse(await readFile(json, "utf8")), rehearsalResult());
  });

  it("goes with its report into a folder that need not be there, for --out", async () => {
    const out = join(folder, "a", "b");
    const { report } = await publish(rehearsalResult(), { out });
    assert.strictEqual(report, join(out, "report.html"));
    assert.match(await readFile(report, "utf8"), /^<!doctype html>/);
    const text = await readFile(join(out, "result.json"), "utf8");
    assert.deepStrictEqual(JSON.parse(text), rehearsalResult());
  });
});
