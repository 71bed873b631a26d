import assert from "node:assert";
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { chartDigest, type ChartPackage } from "../../../components/chart";
import { type Pulled, withPulled } from "../../../operate/contract/pull";
import { findHelm } from "../../../twin/kubernetes/helm/helm";
import { ChartRegistry } from "../../support/chartRegistry";
import { loopbackAddress } from "../../support/loopback";

const CHART = join(__dirname, "..", "..", "components", "contract", "charts", "plain");
const COMMAND = "npx rotation contract --stack test --write";

describe("a chart that is pulled", function () {
  this.timeout(60_000);
  let helm: string;
  let registry: ChartRegistry;
  let directory: string;
  const variable = process.env.SSL_CERT_FILE;

  before(async () => {
    helm = (await findHelm()).command;
    directory = await mkdtemp(join(tmpdir(), "pull-"));
    registry = await ChartRegistry.start(helm);
    process.env.SSL_CERT_FILE = registry.variables.SSL_CERT_FILE;
    await registry.push(CHART, "1.2.3");
  });

  after(async () => {
    if (variable === undefined) {
      delete process.env.SSL_CERT_FILE;
    } else {
      process.env.SSL_CERT_FILE = variable;
    }
    await registry.stop();
    await rm(directory, { recursive: true });
  });

  const ofRegistry = (path = "charts/plain", host = registry.host): ChartPackage => ({
    chart: `oci://${host}/${path}`,
    version: "1.2.3",
  });
  const ofRepository = (path = "repository", host = registry.host): ChartPackage => ({
    ...{ chart: "plain", repository: `https://${host}/${path}`, version: "1.2.3" },
  });
  const pulled = <T>(from: ChartPackage, use: (pulled: Pulled) => T): Promise<T> =>
    withPulled({ helm, package: from, command: COMMAND }, (found) => Promise.resolve(use(found)));

  /** Why it cannot be pulled, in one line that names what to do next. */
  async function problemOf(from: ChartPackage): Promise<string> {
    const { message } = await pulled(from, () => assert.fail("It was pulled.")).catch(
      (error: Error) => error,
    );
    assert.doesNotMatch(message, /\n/);
    return message;
  }

  it("is unpacked, with the digest of its archive, from a registry and a repository", async () => {
    const digest = registry.digestOf("plain", "1.2.3");
    const sources = [
      ofRegistry(),
      { ...ofRegistry(), chart: `${ofRegistry().chart}@${registry.manifestOf("plain", "1.2.3")}` },
      ofRepository(),
    ];
    for (const source of sources) {
      const seen = await pulled(source, (found) => ({
        ...found,
        files: readdirSync(found.folder).sort(),
      }));
      assert.deepStrictEqual(seen.package, { ...source, digest });
      assert.deepStrictEqual(seen.files, ["Chart.yaml", "templates", "values.yaml"]);
      assert.ok(!existsSync(seen.folder), "It is left behind.");
    }
  });

  it("says that a version is not there, and how to see which are", async () => {
    for (const [source, shown] of [
      [ofRegistry(), `helm show chart oci://${registry.host}/charts/plain`],
      [ofRepository(), `helm show chart plain --repo https://${registry.host}/repository`],
    ] as const) {
      const problem = await problemOf({ ...source, version: "9.9.9" });
      assert.match(problem, /^rotation:chartVersion: there is no .*plain 9\.9\.9.* \(.*not found/);
      assert.ok(problem.includes(`\`${shown}\``), problem);
    }
  });

  it("says that an address is no repository", async () => {
    assert.match(
      await problemOf(ofRepository("elsewhere")),
      /^rotation:chartRepository: .* cannot be pulled \(.*index\.yaml : 404.*rotation contract/,
    );
  });

  it("says that a version is another manifest than its digest", async () => {
    const problem = await problemOf({
      ...ofRegistry(),
      chart: `oci://${registry.host}/charts/plain@sha256:${"0".repeat(64)}`,
    });
    assert.match(problem, /^rotation:chart: 1\.2\.3 is not the manifest .*is not sha256:0000/);
    assert.ok(problem.includes(`\`${COMMAND}\``), problem);
  });

  it("asks for a login to a registry, and has none for a repository", async () => {
    const registryProblem = await problemOf(ofRegistry("private/plain"));
    assert.ok(registryProblem.startsWith(`rotation:chart: ${registry.host} wants a login`));
    assert.ok(registryProblem.includes(`\`helm registry login ${registry.host}\``));
    assert.ok(registryProblem.includes(`\`${COMMAND}\``));
    const repositoryProblem = await problemOf(ofRepository("private/charts"));
    assert.match(
      repositoryProblem,
      /^rotation:chartRepository: .* wants a login.* 401 .*`helm pull`/,
    );
  });

  it("says what cannot be reached, and that a preview needs none of it", async () => {
    const nobody = loopbackAddress();
    for (const [source, key] of [
      [ofRegistry("charts/plain", nobody), "chart"],
      [ofRepository("repository", nobody), "chartRepository"],
    ] as const) {
      const problem = await problemOf(source);
      assert.ok(problem.startsWith(`rotation:${key}: ${nobody} cannot be reached (`), problem);
      assert.match(problem, /connection refused\)\. .*pulumi preview.*rotation contract/);
    }
  });

  it("names the variable for the authority of a host that nobody knows", async () => {
    process.env.SSL_CERT_FILE = join(directory, "none.pem");
    try {
      assert.match(await problemOf(ofRegistry()), /x509: .*SSL_CERT_FILE.*rotation contract/);
    } finally {
      process.env.SSL_CERT_FILE = registry.variables.SSL_CERT_FILE;
    }
  });

  it("is of the version that its Chart.yaml says", async () => {
    const folder = join(directory, "packed");
    await promisify(execFile)(helm, ["package", CHART, "--version", "1.0.0", "-d", folder]);
    await registry.pushArchive("plain", "2.0.0", join(folder, "plain-1.0.0.tgz"));
    assert.match(
      await problemOf({ ...ofRegistry(), version: "2.0.0" }),
      /^rotation:chartVersion: .*plain 2\.0\.0 is 1\.0\.0 by its Chart\.yaml.*rotation contract/,
    );
  });

  it("holds files only: a link could be read from anywhere of the machine that renders it", async () => {
    const folder = join(directory, "linked", "plain");
    await mkdir(join(directory, "linked"));
    await cp(CHART, folder, { recursive: true });
    await symlink("/etc/hostname", join(folder, "templates", "host.yaml"));
    const archive = join(directory, "linked.tgz");
    await promisify(execFile)("tar", ["-czf", archive, "-C", join(directory, "linked"), "plain"]);
    await registry.pushArchive("plain", "3.0.0", archive);
    assert.match(
      await problemOf({ ...ofRegistry(), version: "3.0.0" }),
      /^rotation:chart: .*plain 3\.0\.0 holds templates\/host\.yaml, which is no file/,
    );
  });

  it("has the digest of the same chart in a folder", async () => {
    const folder = join(directory, "same");
    await promisify(execFile)(helm, ["package", CHART, "--version", "1.2.3", "-d", folder]);
    await promisify(execFile)("tar", ["-xzf", join(folder, "plain-1.2.3.tgz"), "-C", folder]);
    const expected = chartDigest(join(folder, "plain"));
    assert.strictEqual(await pulled(ofRegistry(), (found) => chartDigest(found.folder)), expected);
  });

  it("needs a helm", async () => {
    await assert.rejects(
      withPulled({ helm: "no-helm", package: ofRegistry(), command: COMMAND }, () =>
        assert.fail("It was pulled."),
      ),
      /no-helm.*install helm 3 or 4, or name it with --helm/,
    );
  });
});
