import assert from "node:assert";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findHelm } from "../../twin/kubernetes/helm/helm";
import { type Ended, rotation } from "./command";

const ROOT = join(__dirname, "..", "..");
const CHARTS = join(ROOT, "test", "components", "contract", "charts");

const [OWN = ""] =
  /^npx rotation contract .*$/m.exec(readFileSync(join(ROOT, "docs", "contract.md"), "utf8")) ?? [];

describe("rotation contract", function () {
  this.timeout(60_000);
  let helm: string;

  before(async () => {
    helm = (await findHelm()).command;
  });

  const contract = (chart: string, values: string, ...args: string[]): Promise<Ended> =>
    rotation([
      ...["contract", "--chart", chart, "--values", values, "--helm", helm],
      ...["--connections", "15", "--act-as", "owner", ...args],
    ]);

  /** A chart with the traits of a public one. */
  const like = (name: string, repaired: string, ...args: string[]) =>
    contract(
      join(CHARTS, name),
      join(CHARTS, `${name}${repaired}.values.yaml`),
      ...["--delivery", "secret", ...args],
    );

  it("has nothing to say of the project's own chart", async () => {
    // Word by word as docs/contract.md has it.
    const [, ...args] = OWN.split(" ").slice(1);
    const { code, stdout, stderr } = await rotation([...args, "--helm", helm]);
    assert.deepStrictEqual([code, stderr], [0, ""], stdout);
    assert.match(stdout, /: 0 to repair, 0 to know\. It can be rotated\.\n$/);
  });

  it("names the values that repair a chart like Keycloak's, and is content with them", async () => {
    const before = await like("clustered", "");
    assert.strictEqual(before.code, 1, before.stdout);
    assert.match(
      before.stdout,
      /^fails {2}P1 .*Pod Security `restricted`.*\n {11}-> .*securityContext/m,
    );
    assert.match(
      before.stdout,
      /^fails {2}T1 .*there are app-blue-clustered-http:80\.\n {11}-> Set --service \{release\}-clustered-http\.$/m,
    );
    assert.match(before.stdout, /^warns {2}L1 .*\(a StatefulSet\)/m);
    assert.match(before.stdout, /It cannot be rotated yet\.\n$/);

    const service = ["--service", "{release}-http"];
    const probed = await like("clustered", ".repaired", ...service);
    assert.match(
      probed.stdout,
      /^fails {2}T4 .*\n {11}-> Set --probe-path \/health\/ready and --probe-port 9000\.$/m,
    );

    const probe = ["--probe-path", "/health/ready", "--probe-port", "9000"];
    const after = await like("clustered", ".repaired", ...service, ...probe);
    assert.strictEqual(after.code, 0, after.stdout);
    assert.match(after.stdout, /: 0 to repair, \d to know\. It can be rotated\.\n$/);
  });

  it("sends a chart like n8n's to one release that rolls, when its work must not run twice", async () => {
    const before = await like("scheduled", "");
    assert.strictEqual(before.code, 1);
    assert.match(before.stdout, /^fails {2}R2 .*N8N_ENCRYPTION_KEY/m);
    assert.match(before.stdout, /^fails {2}C3 .*DB_POSTGRESDB_PASSWORD is optional/m);

    const said = ["--twice", "forbidden", "--probe-path", "/healthz/readiness"];
    const after = await like("scheduled", ".repaired", ...said);
    assert.strictEqual(after.code, 1);
    assert.match(after.stdout, /^fails {2}S4 .*Deployment\/app-blue-worker runs in both slots/m);
    assert.match(after.stdout, /: 1 to repair, .*this needs one release that rolls/);

    const rolling = await like("scheduled", ".repaired", ...said, "--strategy", "rolling");
    assert.strictEqual(rolling.code, 0, rolling.stdout);
  });

  it("says the same as JSON, and nothing else", async () => {
    const { code, stdout } = await like(
      "scheduled",
      ".repaired",
      ...["--twice", "forbidden", "--probe-path", "/healthz/readiness", "--json"],
    );
    const { fails, needsRolling, rows } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepStrictEqual([code, fails, needsRolling], [1, true, true]);
    const failing = (rows as { id: string; shortfalls: { level: string }[] }[])
      .filter(({ shortfalls }) => shortfalls.some(({ level }) => level === "fails"))
      .map(({ id }) => id);
    assert.deepStrictEqual(failing, ["S4"]);
  });

  it("refuses unknown placeholders and names, all at once, before it renders", async () => {
    const folder = await mkdtemp(join(tmpdir(), "contract-"));
    try {
      const values = join(folder, "values.yaml");
      await writeFile(values, "user: ${rolle}\nsecret: ${secret}\nhost: ${server}\n");
      const { code, stdout, stderr } = await contract(
        join(CHARTS, "plain"),
        values,
        "--application",
        "App",
      );
      assert.deepStrictEqual([code, stdout], [2, ""]);
      assert.match(stderr, /--application must be .*"App"/);
      assert.match(
        stderr,
        /values\.yaml must not use \$\{rolle\}, \$\{server\}\. Known are \$\{slot\}, /,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("says how to get helm where there is none", async () => {
    const chart = join(CHARTS, "plain");
    const { code, stderr } = await contract(chart, `${chart}.values.yaml`, "--helm", "no-helm");
    assert.strictEqual(code, 2);
    assert.match(stderr, /no-helm.*install helm 3 or 4, or name it with --helm/s);
  });
});
