import assert from "node:assert";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfiguredChart, contractFileOf, DELIVERIES } from "../../components/chart";
import { findingsOf } from "../../operate/contract/findings";
import { judgeChart } from "../../operate/contract/judge";
import { stackChart } from "../../operate/contract/stackChart";
import { applicationOf } from "../../rehearsal/rig/applications";
import { findHelm } from "../../twin/kubernetes/helm/helm";

const ROOT = join(__dirname, "..", "..");

describe("what is committed of the contract", function () {
  this.timeout(180_000);

  async function isCurrent({ chart, values, keys }: ConfiguredChart): Promise<void> {
    const source = {
      helm: (await findHelm()).command,
      chart: join(ROOT, chart),
      values: await readFile(join(ROOT, values), "utf8"),
      keys,
      saidIn: "configuration",
    } as const;
    const findings = await findingsOf(source, await judgeChart(source));
    assert.strictEqual(await readFile(join(ROOT, contractFileOf(values)), "utf8"), findings);
    assert.match(findings, /"stops": \[\]/);
  }

  /** What a stack says of its chart in its file. */
  async function configured(config: Readonly<Record<string, string>>): Promise<ConfiguredChart> {
    const cwd = await mkdtemp(join(tmpdir(), "contract-"));
    try {
      await mkdir(join(cwd, "stacks"));
      await cp(join(ROOT, "Pulumi.yaml"), join(cwd, "Pulumi.yaml"));
      await writeFile(join(cwd, "stacks", "Pulumi.plain.yaml"), JSON.stringify({ config }));
      return await stackChart({ stack: "plain", cwd });
    } finally {
      await rm(cwd, { recursive: true });
    }
  }

  for (const stack of ["dev", "prod", "rehearsal"]) {
    it(`is what \`rotation contract --stack ${stack} --write\` writes`, async () => {
      await isCurrent(await stackChart({ stack, cwd: ROOT }));
    });
  }

  for (const delivery of DELIVERIES) {
    it(`is what it writes of the chart plain with delivery ${delivery}, as it is rehearsed`, async () => {
      await isCurrent(await configured(applicationOf("plain", delivery).settings));
    });
  }

  it("is what it writes of the project's own chart with strategy rolling, for any application", async () => {
    const chart = await configured({ "rotation:strategy": "rolling" });
    await isCurrent(chart);
    await isCurrent({ ...chart, keys: { ...chart.keys, application: "till" } });
  });
});
