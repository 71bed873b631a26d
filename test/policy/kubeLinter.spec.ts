import * as assert from "node:assert/strict";
import { assertWaived, examine, type Found, inFolder, isThere } from "../support/examiners";
import { writeManifests } from "../support/manifests";

interface Report {
  readonly Checks: unknown[];
  readonly Reports:
    | {
        Check: string;
        Object: { K8sObject: { Name: string; GroupVersionKind: { Kind: string } } };
      }[]
    | null;
}

const KUBE_LINTER = process.env["KUBE_LINTER"] ?? "kube-linter";

/** What it finds in a file of objects, with the checks that are on by default. */
async function findings(file: string): Promise<Found[]> {
  const answer = (await examine(KUBE_LINTER, ["lint", "--format", "json", file])) as Report;
  assert.ok(answer.Checks.length > 20, `${answer.Checks.length} checks`);
  return (answer.Reports ?? []).map(({ Check: id, Object: { K8sObject: object } }) => ({
    id,
    where: `${object.GroupVersionKind.Kind} ${object.Name}`,
  }));
}

if (!isThere(KUBE_LINTER, "version")) {
  process.stderr.write(
    "Nothing is put through kube-linter: there is none on PATH or in KUBE_LINTER.\n",
  );
} else {
  // eslint-disable-next-line mocha/no-conditional-tests -- a program in Go, which is not ours
  describe("What prod has in its cluster, put through kube-linter", function () {
    this.timeout(120_000);

    it("fails no check that is not waived, and needs every waiver that is for kube-linter", () =>
      inFolder(async (folder) => {
        const files = await writeManifests(folder);
        const found = await Promise.all(files.map(findings));
        assertWaived("kube-linter", found.flat());
      }));
  });
}
