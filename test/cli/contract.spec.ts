import assert from "node:assert";
import { readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContractFile } from "../../components/chart";
import { findHelm } from "../../twin/kubernetes/helm/helm";
import { type Ended, rotation } from "./command";

const ROOT = join(__dirname, "..", "..");
const CHARTS = join(ROOT, "test", "components", "contract", "charts");

/** The commands of docs/contract.md, word by word. */
const [OWN = "", WITHOUT_STACK = "", ROLLING = ""] =
  readFileSync(join(ROOT, "docs", "contract.md"), "utf8").match(
    /^ *npx rotation contract --.*$/gm,
  ) ?? [];

describe("rotation contract", function () {
  this.timeout(180_000);
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

  for (const [which, command] of [
    ["project's own chart, by a stack", OWN],
    ["chart plain, by options", WITHOUT_STACK],
    ["chart plain as one release, by options", ROLLING],
  ] as const) {
    it(`has nothing to say of the ${which}`, async () => {
      const args = command.trim().replaceAll("'", "").split(" ").slice(2);
      const asked = args.filter((arg) => arg !== "--write");
      const { code, stdout, stderr } = await rotation([...asked, "--helm", helm]);
      assert.deepStrictEqual([code, stderr], [0, ""], stdout);
      assert.match(stdout, /: 0 to repair, 0 to know\. It can be rotated\.\n$/);
    });
  }

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
    assert.match(before.stdout, /^fails {2}L1 .*\(a StatefulSet\)/m);
    assert.match(before.stdout, /It cannot be rotated yet\.\n$/);

    const after = await like("clustered", ".repaired", "--service", "{release}-http");
    assert.strictEqual(after.code, 0, after.stdout);
    assert.match(after.stdout, /: 0 to repair, \d to know\. It can be rotated\.\n$/);
  });

  it("sends a chart like n8n's to one release that rolls, when its work must not run twice", async () => {
    const before = await like("scheduled", "");
    assert.strictEqual(before.code, 1);
    assert.match(before.stdout, /^fails {2}R2 .*N8N_ENCRYPTION_KEY/m);
    assert.match(before.stdout, /^fails {2}C3 .*DB_POSTGRESDB_PASSWORD is optional/m);

    const said = ["--twice", "forbidden"];
    const after = await like("scheduled", ".repaired", ...said);
    assert.strictEqual(after.code, 1);
    assert.match(after.stdout, /^fails {2}S4 .*Deployment\/app-blue-worker runs in both slots/m);
    assert.match(after.stdout, /: 1 to repair, .*this needs one release that rolls/);

    assert.match(after.stdout, /\(--strategy rolling\)\.$/m);
    const rolling = await like("scheduled", ".repaired", ...said, "--strategy", "rolling");
    assert.strictEqual(rolling.code, 0, rolling.stdout);
  });

  it("says the same as JSON, and nothing else", async () => {
    const { code, stdout } = await like(
      "scheduled",
      ".repaired",
      ...["--twice", "forbidden", "--json"],
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

  describe("of a stack", () => {
    let project: string;

    beforeEach(async () => {
      project = await mkdtemp(join(tmpdir(), "contract-"));
      await mkdir(join(project, "stacks"));
      await cp(CHARTS, join(project, "charts"), { recursive: true });
      await cp(join(ROOT, "Pulumi.yaml"), join(project, "Pulumi.yaml"));
    });

    afterEach(() => rm(project, { recursive: true }));

    const ofStack = async (settings: readonly string[], ...args: string[]): Promise<Ended> => {
      const lines = settings.map((line) => `  rotation:${line}\n`);
      await writeFile(join(project, "stacks", "Pulumi.test.yaml"), `config:\n${lines.join("")}`);
      return rotation(["contract", "--stack", "test", "--cwd", project, "--helm", helm, ...args]);
    };
    const written = async (name: string): Promise<ContractFile> =>
      JSON.parse(await readFile(join(project, "charts", name), "utf8")) as ContractFile;

    const CLUSTERED = [
      "chart: charts/clustered",
      "values: charts/clustered.repaired.values.yaml",
      "delivery: secret",
      'service: "{release}-http"',
      "connections: 15",
    ];

    it("takes everything from its configuration, and writes what a preview reads", async () => {
      const { code, stdout, stderr } = await ofStack(CLUSTERED, "--write");
      assert.deepStrictEqual([code, stderr], [0, ""], stdout);
      assert.match(stdout, /Written to charts\/clustered\.repaired\.values\.contract\.json/);
      const { application, digest, shape, stops } = await written(
        "clustered.repaired.values.contract.json",
      );
      assert.match(digest, /^[0-9a-f]{16}$/);
      assert.deepStrictEqual(stops, []);
      assert.deepStrictEqual(shape?.probe, { path: "/health/ready", port: 9000 });
      assert.deepStrictEqual(shape.slots.green, {
        service: { name: "{release}-http", port: 80 },
        deployment: "{release}",
        container: "clustered",
        account: "default",
        pods: ["app.kubernetes.io/instance={release},app.kubernetes.io/name=clustered"],
      });
      // Its values say `app-${slot}`, so another application's slots would have other names.
      assert.strictEqual(application, "app");
    });

    it("names the keys that are missing, and writes down what stops", async () => {
      const { code, stdout } = await ofStack(CLUSTERED.slice(0, 3), "--write");
      assert.strictEqual(code, 1, stdout);
      assert.match(stdout, /-> Set rotation:service \{release\}-http\.$/m);
      assert.match(stdout, /-> Set rotation:connections <number>, the most/);
      const { shape, stops } = await written("clustered.repaired.values.contract.json");
      assert.strictEqual(shape, undefined);
      assert.deepStrictEqual([...new Set(stops.map(({ row }) => row))], ["T1", "D1"]);
    });

    it("refuses a configuration that means nothing, all of it at once", async () => {
      const { code, stderr } = await ofStack(["delivery: files", "service: a_b", "probePort: x"]);
      assert.strictEqual(code, 2);
      assert.match(
        stderr,
        /rotation:delivery must be one of file, secret, not "files".*rotation:service must be .*rotation:probePort must be/s,
      );
    });

    it("takes no options in place of its configuration", async () => {
      for (const [option, value, name] of [
        ["--delivery", "file", "--delivery <how>"],
        ["--strategy", "rolling", "--strategy <which>"],
      ] as const) {
        const { code, stderr } = await ofStack(CLUSTERED, option, value);
        assert.strictEqual(code, 2);
        assert.match(stderr, new RegExp(`'${name}' cannot be used with option '--stack <name>'`));
      }
    });

    it("takes its strategy from there, and writes what its one release is called for any application", async () => {
      const { code, stdout } = await ofStack(
        [
          ...["chart: charts/scheduled", "values: charts/scheduled.repaired.values.yaml"],
          ...["delivery: secret", "connections: 15", "strategy: rolling"],
        ],
        "--write",
      );
      assert.strictEqual(code, 0, stdout);
      assert.match(stdout, /^ok {5}U1 /m);
      const { application, shape } = await written("scheduled.repaired.values.contract.json");
      assert.strictEqual(application, undefined);
      assert.deepStrictEqual(shape?.slots.blue, shape?.slots.green);
      assert.deepStrictEqual(shape?.slots.green, {
        service: { name: "{release}", port: 80 },
        deployment: "{release}",
        workers: ["{release}-worker"],
        container: "n8n",
        account: "default",
        pods: [
          "app.kubernetes.io/instance={release},part=main",
          "app.kubernetes.io/instance={release},part=worker",
        ],
      });
    });
  });

  it("asks for a stack or a chart", async () => {
    const { code, stderr } = await rotation(["contract"]);
    assert.strictEqual(code, 2);
    assert.match(stderr, /Give --stack, or --chart and --values/);
  });

  it("says how to get helm where there is none", async () => {
    const chart = join(CHARTS, "plain");
    const { code, stderr } = await contract(chart, `${chart}.values.yaml`, "--helm", "no-helm");
    assert.strictEqual(code, 2);
    assert.match(stderr, /no-helm.*install helm 3 or 4, or name it with --helm/s);
  });
});
