import * as assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { armTemplate } from "../../export/armTemplate";
import { programResources } from "../../export/programResources";
import { WAIVERS } from "../../policy/waivers";

interface Check {
  readonly check_id: string;
  /** `<ARM type>.<name>`. */
  readonly resource: string;
}

const CHECKOV = process.env["CHECKOV"] ?? "checkov";

function isThere(): boolean {
  try {
    execFileSync(CHECKOV, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Checkov ends with 1 when a check failed. */
function examine(file: string): Promise<{ failed_checks: Check[]; passed_checks: Check[] }> {
  const args = ["--framework", "arm", "--file", file, "--output", "json"];
  return new Promise((resolve, reject) => {
    execFile(CHECKOV, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      if (error && error.code !== 1) {
        reject(new Error(`Checkov: ${error.message}`));
      } else {
        const { results } = JSON.parse(stdout) as { results: Awaited<ReturnType<typeof examine>> };
        resolve(results);
      }
    });
  });
}

if (!isThere()) {
  process.stderr.write(
    "The export is not put through Checkov: there is no `checkov` (PyPI) on PATH or in CHECKOV.\n",
  );
} else {
  // eslint-disable-next-line mocha/no-conditional-tests -- a Python program, which is not ours
  describe("The export of prod, put through Checkov", function () {
    this.timeout(180_000);

    it("fails no check that is not waived, and needs every waiver that is for Checkov", async () => {
      const { group, resources } = await programResources("prod");
      const directory = await mkdtemp(join(tmpdir(), "checkov-"));
      try {
        const file = join(directory, "prod.json");
        await writeFile(file, JSON.stringify(armTemplate(group, resources), undefined, 2));
        const { failed_checks: failed, passed_checks: passed } = await examine(file);
        assert.ok(passed.length > 30, `${passed.length} checks passed`);
        const waived = WAIVERS.filter(({ examiner }) => examiner === "checkov");
        assert.deepEqual(
          failed
            .filter(({ check_id: id }) => !WAIVERS.some((waiver) => waiver.id === id))
            .map(({ check_id: id, resource }) => `${id} ${resource}`),
          [],
        );
        assert.deepEqual(
          waived.filter(({ id }) => !failed.some(({ check_id: known }) => known === id)),
          [],
        );
      } finally {
        await rm(directory, { recursive: true });
      }
    });
  });
}
