import assert from "node:assert";
import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { chartDigest, chartVersion, noTrialProblem } from "../../../components/chart/files";
import { findHelm } from "../../../twin/kubernetes/helm/helm";

const CHART = join(__dirname, "..", "..", "..", "charts", "app");
const run = promisify(execFile);

/** What may lie in a chart's folder, whoever put it there. */
const FILES = [
  ".DS_Store",
  "templates/.DS_Store",
  "templates/.deployment.yaml.swp",
  "templates/deployment.yaml~",
  "templates/deployment.yaml.orig",
  ".git/HEAD",
  "notes/plan.txt",
  "notes/draft.tmp",
  "extra/kept.txt",
  "extra/left out.txt",
  "extra/a1.log",
  "extra/b1.log",
  "build/output.txt",
  "templates/build",
  "top.txt",
  "extra/top.txt",
];

/** Each kind of rule that helm knows, beside those of this chart. */
const RULES = [
  "# a comment",
  "",
  "build/",
  "extra/left*",
  "/top.txt",
  "[!b]1.log",
  "extra/[^b]?.log",
];

describe("A chart", function () {
  this.timeout(60_000);
  let directory: string;
  let chart: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "chart-"));
    chart = join(directory, "app");
    await cp(CHART, chart, { recursive: true });
  });
  afterEach(() => rm(directory, { recursive: true }));

  const write = async (file: string, content: string) => {
    await mkdir(dirname(join(chart, file)), { recursive: true });
    await writeFile(join(chart, file), content);
  };

  it("has another digest for another template, another name and another file of it", async () => {
    const digests = new Set([chartDigest(chart)]);
    await write("templates/service.yaml", "other: content\n");
    digests.add(chartDigest(chart));
    await write("templates/more.yaml", "more: true\n");
    digests.add(chartDigest(chart));
    assert.strictEqual(digests.size, 3);
  });

  it("has the same digest on every checkout of a commit, and whatever an editor or a desktop leaves", async () => {
    const before = chartDigest(chart);
    for (const file of [".DS_Store", "templates/.service.yaml.swp", "templates/service.yaml~"]) {
      await write(file, "left behind");
    }
    await rm(join(chart, ".helmignore"));
    await cp(join(CHART, ".helmignore"), join(chart, ".helmignore"));
    for (const file of ["Chart.yaml", "templates/service.yaml"]) {
      const text = await readFile(join(chart, file), "utf8");
      await writeFile(join(chart, file), text.replaceAll("\n", "\r\n"));
      await chmod(join(chart, file), 0o755);
    }
    assert.strictEqual(chartDigest(chart), before);
  });

  it("counts the files that helm packs, by every kind of rule", async () => {
    const own = await readFile(join(chart, ".helmignore"), "utf8");
    const counted: string[] = [];
    for (const rules of [RULES, ["!*.*"]]) {
      await writeFile(join(chart, ".helmignore"), [own, ...rules].join("\n"));
      for (const file of FILES) {
        const without = chartDigest(chart);
        await write(file, "a file");
        if (chartDigest(chart) !== without) {
          counted.push(file);
        }
      }
      const { command } = await findHelm();
      await run(command, ["package", chart, "--destination", directory]);
      const archive = join(directory, `app-${chartVersion(chart)}.tgz`);
      const { stdout } = await run("tar", ["-tzf", archive]);
      const packed = stdout.split("\n").map((line) => line.replace(/^app\//, ""));
      assert.deepStrictEqual(
        counted,
        FILES.filter((file) => packed.includes(file)),
      );
      counted.length = 0;
      await rm(chart, { recursive: true });
      await cp(CHART, chart, { recursive: true });
    }
  });

  it("has the version of its Chart.yaml", () => {
    assert.match(chartVersion(CHART), /^\d+\.\d+\.\d+$/);
  });

  it("renders a trial", () => {
    assert.strictEqual(noTrialProblem(CHART, "pod"), undefined);
  });

  it("needs no trial where none is asked for", async () => {
    await rm(join(chart, "templates", "trial.yaml"));
    for (const file of ["_pod.tpl", "deployment.yaml", "poddisruptionbudget.yaml"]) {
      const text = await readFile(join(chart, "templates", file), "utf8");
      await write(`templates/${file}`, text.replaceAll(".Values.trial", ".Values.other"));
    }
    for (const file of ["service.yaml", "serviceaccount.yaml"]) {
      await rm(join(chart, "templates", file));
    }
    assert.match(noTrialProblem(chart, "pod") ?? "", /\.Values\.trial.*rotation:trial none/);
    assert.strictEqual(noTrialProblem(chart, "none"), undefined);
  });
});
