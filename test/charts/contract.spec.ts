import assert from "node:assert";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { contractFileOf } from "../../components/chart";
import { findingsOf } from "../../operate/contract/findings";
import { judgeChart } from "../../operate/contract/judge";
import { stackChart } from "../../operate/contract/stackChart";
import { findHelm } from "../../twin/kubernetes/helm/helm";

const ROOT = join(__dirname, "..", "..");

describe("what is committed of the project's own chart", function () {
  this.timeout(180_000);

  for (const stack of ["dev", "prod", "rehearsal"]) {
    it(`is what \`rotation contract --stack ${stack} --write\` writes`, async () => {
      const { chart, values, keys } = await stackChart({ stack, cwd: ROOT });
      const source = {
        helm: (await findHelm()).command,
        chart: join(ROOT, chart),
        values: await readFile(join(ROOT, values), "utf8"),
        keys,
        from: "program",
        saidIn: "configuration",
      } as const;
      const findings = await findingsOf(source, await judgeChart(source, "blueGreen"));
      assert.strictEqual(await readFile(join(ROOT, contractFileOf(values)), "utf8"), findings);
      assert.match(findings, /"stops": \[\]/);
    });
  }
});
