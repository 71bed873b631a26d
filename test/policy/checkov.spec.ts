import * as assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { armTemplate } from "../../export/armTemplate";
import { programResources } from "../../export/programResources";
import { assertWaived, examine, type Found, inFolder, isThere } from "../support/examiners";
import { writeManifests } from "../support/manifests";

const ROOT = join(__dirname, "..", "..");

interface Check {
  readonly check_id: string;
  /** `<ARM type>.<name>`, `<kind>.<namespace>.<name>`, or the name of what is in a file. */
  readonly resource: string;
}

interface Report {
  readonly results: { readonly failed_checks: Check[]; readonly passed_checks: Check[] };
}

const CHECKOV = process.env["CHECKOV"] ?? "checkov";

/** What it finds where; it answers one report for each framework. */
async function findings(frameworks: readonly string[], where: readonly string[]): Promise<Found[]> {
  const asked = frameworks.flatMap((each) => ["--framework", each]);
  const answer = await examine(CHECKOV, [...asked, ...where, "--output", "json"]);
  const reports = (Array.isArray(answer) ? answer : [answer]) as Report[];
  const passed = reports.flatMap(({ results }) => results.passed_checks);
  assert.ok(passed.length > 30, `${passed.length} checks of ${frameworks.join()} passed`);
  return reports.flatMap(({ results }) =>
    results.failed_checks.map((check) => ({ id: check.check_id, where: check.resource })),
  );
}

if (!isThere(CHECKOV, "--version")) {
  process.stderr.write(
    "Nothing is put through Checkov: there is no `checkov` (PyPI) on PATH or in CHECKOV.\n",
  );
} else {
  // eslint-disable-next-line mocha/no-conditional-tests -- a Python program, which is not ours
  describe("The export of prod, its cluster, the workflows and the images, put through Checkov", function () {
    this.timeout(300_000);

    it("fail no check that is not waived, and need every waiver that is for Checkov", () =>
      inFolder(async (folder) => {
        const { group, resources } = await programResources("prod");
        const file = join(folder, "prod.json");
        await writeFile(file, JSON.stringify(armTemplate(group, resources), undefined, 2));
        const found = await findings(["arm"], ["--file", file]);
        for (const manifests of await writeManifests(folder)) {
          found.push(...(await findings(["kubernetes"], ["--file", manifests])));
        }
        found.push(...(await findings(["github_actions"], ["--directory", join(ROOT, ".github")])));
        found.push(...(await findings(["dockerfile"], ["--directory", join(ROOT, "images")])));
        assertWaived("checkov", found);
      }));
  });
}
