import { join } from "node:path";
import { advisoryProblems, askedAdvisories, type Snapshot } from "./advisories";
import snapshot from "./snapshot.json";
import { licenceProblems } from "./licences";
import { FOLDERS, lockedPackages } from "./lock";

function ageOf({ asked: date, advisories }: Snapshot): string {
  const known = `${advisories.length} known advisories of packages/snapshot.json`;
  return date === null
    ? `${known}, which were looked up by hand: the service was never asked (npm run advisories)`
    : `${known}, as of ${date} (npm run advisories asks again)`;
}

async function main(): Promise<void> {
  const packages = FOLDERS.flatMap((folder) => lockedPackages(join(folder, "package-lock.json")));
  const now = await askedAdvisories();
  const today = new Date().toISOString().slice(0, 10);
  const problems = [
    ...licenceProblems(packages),
    ...advisoryProblems(packages, now ?? (snapshot as Snapshot).advisories, today),
  ];
  const by =
    now === undefined ? `no service answers; by ${ageOf(snapshot)}` : "by the registry's service";
  console.log(`${packages.length} packages: licences, and vulnerabilities ${by}.`);
  problems.forEach((problem) => console.error(problem));
  process.exitCode = problems.length === 0 ? 0 : 1;
}

void main();
