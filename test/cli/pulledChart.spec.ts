import assert from "node:assert";
import { existsSync } from "node:fs";
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ContractFile, type ReadChart, readChart } from "../../components/chart";
import { stackChart } from "../../operate/contract/stackChart";
import { findHelm } from "../../twin/kubernetes/helm/helm";
import { ChartRegistry } from "../support/chartRegistry";
import { type Ended, rotation } from "./command";

const ROOT = join(__dirname, "..", "..");
const FOLDER = "charts/plain.values.chart";
const CONTRACT = "charts/plain.values.contract.json";
const COMMAND = "npx rotation contract --stack test --write";

describe("rotation contract of a chart that is pulled", function () {
  this.timeout(180_000);
  let helm: string;
  let registry: ChartRegistry;
  let project: string;
  /** What is pushed: the project's chart `plain`, which can be rotated. */
  let source: string;

  before(async () => {
    helm = (await findHelm()).command;
    registry = await ChartRegistry.start(helm);
  });

  after(() => registry.stop());

  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), "pulled-"));
    source = join(project, "elsewhere", "plain");
    await cp(join(ROOT, "charts", "plain"), source, { recursive: true });
    await mkdir(join(project, "charts"));
    await mkdir(join(project, "stacks"));
    await cp(
      join(ROOT, "charts", "plain.secret.values.yaml"),
      join(project, "charts", "plain.values.yaml"),
    );
    await cp(join(ROOT, "Pulumi.yaml"), join(project, "Pulumi.yaml"));
    await registry.push(source, "1.2.3");
    await configure(ofRegistry("1.2.3"));
  });

  afterEach(() => rm(project, { recursive: true }));

  const ofRegistry = (version: string) => ({
    chart: `oci://${registry.host}/charts/plain`,
    chartVersion: version,
  });
  const ofRepository = (version: string) => ({
    ...{ chart: "plain", chartRepository: `https://${registry.host}/repository` },
    chartVersion: version,
  });

  async function configure(from: Readonly<Record<string, string>>): Promise<void> {
    const settings = {
      ...from,
      ...{ service: "{release}-web:8000", delivery: "secret", actAs: "owner", trial: "none" },
    };
    const keys = Object.entries(settings).map(([key, value]) => [`rotation:${key}`, value]);
    const text = JSON.stringify({ config: Object.fromEntries(keys) as unknown });
    await writeFile(join(project, "stacks", "Pulumi.test.yaml"), text);
  }

  const contract = (...args: string[]): Promise<Ended> =>
    rotation(["contract", "--stack", "test", "--cwd", project, "--helm", helm, ...args], {
      variables: registry.variables,
    });
  async function written(): Promise<void> {
    const { code, stdout, stderr } = await contract("--write");
    assert.deepStrictEqual([code, stderr], [0, ""], stdout);
  }

  const committed = async (): Promise<ContractFile> =>
    JSON.parse(await readFile(join(project, CONTRACT), "utf8")) as ContractFile;

  /** What a preview makes of it, which has neither helm nor network. */
  async function previewed(): Promise<ReadChart | { readonly problems: readonly string[] }> {
    const chart = await stackChart({ stack: "test", cwd: project });
    return readChart({ ...chart, root: project, command: COMMAND });
  }
  async function refused(): Promise<string> {
    const found = await previewed();
    assert.ok("problems" in found, "A preview takes it.");
    assert.strictEqual(found.problems.length, 1, found.problems.join("\n"));
    return found.problems[0]!;
  }

  it("commits its files and its digest beside the values, and a preview needs nothing else", async () => {
    const { code, stdout, stderr } = await contract("--write");
    assert.deepStrictEqual([code, stderr], [0, ""], stdout);
    assert.match(
      stdout,
      /oci:\/\/.*\/charts\/plain 1\.2\.3: .*It can be rotated\.\nWritten to charts\/plain\.values\.contract\.json and charts\/plain\.values\.chart; commit both with the values\.\n$/,
    );
    assert.deepStrictEqual((await committed()).package, {
      chart: `oci://${registry.host}/charts/plain`,
      version: "1.2.3",
      digest: registry.digestOf("plain", "1.2.3"),
    });
    const read = await previewed();
    assert.ok("chart" in read, JSON.stringify(read));
    const { chart } = read;
    assert.deepStrictEqual(
      [chart.chart, chart.chartVersion, chart.shape.slots.blue.service.name],
      [`./${FOLDER}`, "1.2.3", "app-blue-web"],
    );
  });

  it("takes the same from a chart repository", async () => {
    await configure(ofRepository("1.2.3"));
    await written();
    const { package: from } = await committed();
    assert.deepStrictEqual(
      [from?.repository, from?.digest],
      [`https://${registry.host}/repository`, registry.digestOf("plain", "1.2.3")],
    );
    assert.ok("chart" in (await previewed()));
  });

  it("writes nothing unless asked to, and a preview names what does", async () => {
    assert.strictEqual((await contract()).code, 0);
    assert.ok(!existsSync(join(project, FOLDER)) && !existsSync(join(project, CONTRACT)));
    assert.match(
      await refused(),
      /^charts\/plain\.values\.chart is missing: `npx rotation contract --stack test --write` pulls oci:.*plain 1\.2\.3, judges it and writes both\.$/,
    );
  });

  it("replaces all of it by another version; until then a preview refuses that", async () => {
    await written();
    await registry.push(source, "1.3.0");
    await configure(ofRegistry("1.3.0"));
    assert.match(
      await refused(),
      /contract\.json is of oci:.*plain 1\.2\.3 and the configuration names oci:.*plain 1\.3\.0: `npx rotation contract --stack test --write`.*rotation:values/,
    );
    await appendFile(join(project, FOLDER, "left.txt"), "of an older version");
    await written();
    const read = await previewed();
    assert.ok("chart" in read && read.chart.chartVersion === "1.3.0", JSON.stringify(read));
    assert.ok(!existsSync(join(project, FOLDER, "left.txt")));
  });

  it("refuses another chart under the same version, and says which files of it differ", async () => {
    await written();
    const before = await readFile(join(project, CONTRACT), "utf8");
    const old = registry.digestOf("plain", "1.2.3");
    await appendFile(join(source, "templates", "service.yaml"), "# changed\n");
    await writeFile(join(source, "templates", "more.yaml"), "# nothing\n");
    await registry.push(source, "1.2.3");
    const now = registry.digestOf("plain", "1.2.3");
    for (const args of [[], ["--write"]]) {
      const { code, stdout, stderr } = await contract(...args);
      assert.deepStrictEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, /rotation:chartVersion: .*plain 1\.2\.3 is another package than/);
      assert.ok(stderr.includes(`${old} then and ${now} now`), stderr);
      assert.match(stderr, /differ in templates\/more\.yaml, templates\/service\.yaml\./);
      assert.match(stderr, /`rm charts\/plain\.values\.contract\.json`.*--write`/);
    }
    assert.strictEqual(await readFile(join(project, CONTRACT), "utf8"), before);
    assert.ok("chart" in (await previewed()), "What is committed is what is deployed.");
    await rm(join(project, FOLDER), { recursive: true });
    assert.strictEqual((await contract("--write")).code, 2, "The digest alone tells.");
    await rm(join(project, CONTRACT));
    await written();
    assert.strictEqual((await committed()).package?.digest, now);
  });

  it("finds files that were edited by hand, before a preview and in itself, and restores them", async () => {
    await written();
    await appendFile(join(project, FOLDER, "templates", "service.yaml"), "# by hand\n");
    assert.match(await refused(), /is not of this chart, .*`npx rotation contract --stack test/);
    const { code, stderr } = await contract();
    assert.strictEqual(code, 2);
    assert.match(
      stderr,
      /charts\/plain\.values\.chart is not what .*plain 1\.2\.3 is: they differ in templates\/service\.yaml.*`npx rotation contract --stack test --write`/,
    );
    await written();
    assert.ok("chart" in (await previewed()));
  });

  it("is for a stack: without one, a chart is a folder or an archive", async () => {
    const { code, stderr } = await rotation([
      ...["contract", "--chart", `oci://${registry.host}/charts/plain`, "--values", "values.yaml"],
    ]);
    assert.strictEqual(code, 2);
    assert.match(stderr, /--chart is a folder or an archive.*--stack/);
  });
});
