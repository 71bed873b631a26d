import assert from "node:assert";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChartKeys, type ChartShape, CHART_DEFAULTS } from "../../../components/chart";
import { judgeChart } from "../../../operate/contract/judge";
import { findHelm } from "../../../twin/kubernetes/helm/helm";

const ROOT = join(__dirname, "..", "..", "..");
const PLAIN = join(__dirname, "charts", "plain");

const SECRET: Partial<ChartKeys> = { delivery: "secret", probePath: "/ready", connections: 15 };

const WORKER = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: '{{ .Release.Name }}-worker' }
spec:
  selector: { matchLabels: { app: '{{ .Release.Name }}', part: worker } }
  template:
    metadata: { labels: { app: '{{ .Release.Name }}', part: worker, chart: plain-1.0.0 } }
    spec: {}
`;

/** A Service that sends to the pods of one of two workloads. */
const ONLY_WEB = ["service.yaml", "selector:\n", "selector:\n    part: web\n"] as const;

const POD =
  "{ metadata: { labels: { app: '{{ .Release.Name }}', part: clean } }, " +
  "spec: { containers: [{ name: job, env: [{ name: PGUSER, value: '{{ .Values.user }}' }] }] } }";

const JOBS = {
  Job: `{ template: ${POD} }`,
  CronJob: `{ schedule: "0 0 * * *", jobTemplate: { spec: { template: ${POD} } } }`,
};

describe("the shape of a chart", function () {
  this.timeout(60_000);
  let helm: string;
  let folder: string;

  before(async () => {
    helm = (await findHelm()).command;
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "shape-"));
    await cp(PLAIN, join(folder, "plain"), { recursive: true });
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function shapeOf(
    chart: string,
    values: string,
    keys: Partial<ChartKeys> = {},
  ): Promise<ChartShape | undefined> {
    const { shape } = await judgeChart({
      helm,
      chart,
      values: await readFile(values, "utf8"),
      keys: { application: "app", ...CHART_DEFAULTS, ...keys },
      saidIn: "configuration",
    });
    return shape;
  }

  /** What the chart `plain` is with other texts in its templates, and with further templates. */
  async function plain(
    edits: readonly (readonly [file: string, from: string, to: string])[] = [],
    added: readonly string[] = [],
    keys: Partial<ChartKeys> = {},
  ): Promise<ChartShape | undefined> {
    const templates = join(folder, "plain", "templates");
    for (const [file, from, to] of edits) {
      const text = await readFile(join(templates, file), "utf8");
      assert.ok(text.includes(from), `${file} has no ${from}`);
      await writeFile(join(templates, file), text.replaceAll(from, to));
    }
    await Promise.all(
      added.map((text, index) => writeFile(join(templates, `added-${index}.yaml`), text)),
    );
    return shapeOf(join(folder, "plain"), `${PLAIN}.values.yaml`, { ...SECRET, ...keys });
  }

  const podsOf = (shape: ChartShape | undefined) => shape?.slots.green.pods;

  it("names the objects of the project's own chart", async () => {
    const own = join(ROOT, "charts", "app");
    const slot = (name: string) => ({
      service: { name: `app-${name}`, port: 80 },
      deployment: `app-${name}`,
      container: "app",
      account: `app-${name}`,
      pods: [
        `app.kubernetes.io/instance=app-${name},app.kubernetes.io/name=app,rotation/slot=${name}`,
      ],
    });
    assert.deepStrictEqual(await shapeOf(own, `${own}.values.yaml`, { actAs: "readwrite" }), {
      slots: { blue: slot("blue"), green: slot("green") },
      podLabels: { "app.kubernetes.io/name": "app" },
      port: 8080,
      probe: { path: "/readyz", port: 8080 },
    });
  });

  it("names the objects of its one release for both slots, but for their accounts", async () => {
    const own = join(ROOT, "charts", "app");
    const slot = (name: string) => ({
      service: { name: "app", port: 80 },
      deployment: "app",
      container: "app",
      account: `app-${name}-credential`,
      pods: ["app.kubernetes.io/instance=app,app.kubernetes.io/name=app"],
    });
    const shape = await shapeOf(own, `${own}.rolling.values.yaml`, { strategy: "rolling" });
    assert.deepStrictEqual(shape?.slots, { blue: slot("blue"), green: slot("green") });
    // As with two releases, which are there beside it while the strategy changes.
    assert.deepStrictEqual(shape.podLabels, { "app.kubernetes.io/name": "app" });
  });

  it("admits pods of one release by labels that name it only where there are no others", async () => {
    const labels = async (...edits: [string, string, string][]) =>
      (await plain(edits, [], { strategy: "rolling" }))?.podLabels;
    assert.deepStrictEqual(await labels(), { part: "web" });
    assert.deepStrictEqual(await labels(["deployment.yaml", "part: web", "version: 1.2.3"]), {
      app: "app",
    });
  });

  it("finds the port of the pods behind a name, and what the Deployment calls itself", async () => {
    const shape = await plain([
      [
        "deployment.yaml",
        "metadata:\n  name: {{ .Release.Name }}",
        "metadata:\n  name: {{ .Release.Name }}-web",
      ],
      ["deployment.yaml", "      serviceAccountName: {{ .Release.Name }}\n", ""],
    ]);
    assert.deepStrictEqual(
      [shape?.port, shape?.slots.blue],
      [
        3000,
        {
          service: { name: "app-blue", port: 80 },
          deployment: "app-blue-web",
          container: "web",
          account: "default",
          pods: ["app=app-blue"],
        },
      ],
    );
  });

  it("admits pods by labels that no update changes", async () => {
    const shape = await plain([
      ["deployment.yaml", "part: web", "chart: plain-1.0.0\n        heritage: Helm"],
    ]);
    assert.deepStrictEqual(shape?.podLabels, { heritage: "Helm" });
  });

  it("tells the slots apart by further labels where a selector does not", async () => {
    const shape = await plain([
      [
        "deployment.yaml",
        "matchLabels:\n      app: {{ .Release.Name }}",
        "matchLabels:\n      part: web",
      ],
    ]);
    assert.deepStrictEqual(podsOf(shape), ["app=app-green,part=web"]);
    assert.deepStrictEqual(shape?.podLabels, { part: "web" });
  });

  it("has a selector for each workload, and last the one that finds pods of several", async () => {
    assert.deepStrictEqual(podsOf(await plain([ONLY_WEB], [WORKER])), [
      "app=app-green,part=worker",
      "app=app-green",
    ]);
  });

  it("names further Deployments that log in, and none that do not", async () => {
    const login =
      "{ containers: [{ name: work, env: [{ name: PGUSER, value: '{{ .Values.user }}' }] }] }";
    const worker = WORKER.replace("spec: {}", `spec: ${login}`);
    const workersIn = async (added: string) =>
      (await plain([ONLY_WEB], [added]))?.slots.green.workers;
    assert.deepStrictEqual(await workersIn(worker), ["app-green-worker"]);
    assert.strictEqual(await workersIn(WORKER), undefined);
  });

  for (const kind of ["Job", "CronJob"] as const) {
    it(`finds pods of a ${kind} by labels of others, so that no selector finds nothing`, async () => {
      const shape = await plain(
        [
          ONLY_WEB,
          [
            "deployment.yaml",
            "matchLabels:\n      app",
            "matchLabels:\n      part: web\n      app",
          ],
        ],
        [
          WORKER,
          `{ apiVersion: batch/v1, kind: ${kind}, metadata: { name: '{{ .Release.Name }}-job' }, spec: ${JOBS[kind]} }`,
        ],
      );
      assert.deepStrictEqual(podsOf(shape), ["app=app-green,part=web", "app=app-green"]);
    });
  }

  it("finds pods of a Job in one release by what names that, and no slot and no version", async () => {
    const [web, job] = ["web", "job"].map(
      (part) =>
        `release: {{ .Release.Name }}-x, chart: {{ .Release.Name }}-1.0.0, part: ${part}, slot: {{ .Release.Name }}-{{ .Values.slot }}`,
    );
    const login =
      "containers: [{ name: job, env: [{ name: PGUSER, value: '{{ .Values.user }}' }] }]";
    const added = `{ apiVersion: batch/v1, kind: Job, metadata: { name: job }, spec: { template: { metadata: { labels: { ${job} } }, spec: { ${login} } } } }`;
    const shape = await plain(
      [["deployment.yaml", "part: web\n", `${web!.replaceAll(", ", "\n        ")}\n`]],
      [added],
      { strategy: "rolling" },
    );
    assert.deepStrictEqual(podsOf(shape), ["release=app-x"]);
  });

  it("is not there without a Deployment that runs the application", async () => {
    assert.strictEqual(
      await plain([["deployment.yaml", "kind: Deployment", "kind: StatefulSet"]]),
      undefined,
    );
  });
});
