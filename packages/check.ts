import { join } from "node:path";
import { type Advisory, advisoryProblems, askedAdvisories, type Snapshot } from "./advisories";
import snapshot from "./snapshot.json";
import { licenceProblems } from "./licences";
import { lockedPackages } from "./lock";

const ROOT = join(__dirname, "..");

/** The lock files: of the program, and of what is built into the images. */
const FOLDERS = [".", "images/app", "images/tools"];

/** What the registry's service says now of every lock file; undefined where it does not answer. */
async function asked(): Promise<Advisory[] | undefined> {
  const all: Advisory[] = [];
  for (const folder of FOLDERS) {
    const advisories = await askedAdvisories(join(ROOT, folder));
    if (advisories === undefined) {
      return undefined;
    }
    all.push(...advisories);
  }
  return all;
}

function ageOf({ asked: date, advisories }: Snapshot): string {
  const known = `${advisories.length} known advisories of packages/snapshot.json`;
  return date === null
    ? `${known}, which were looked up by hand: the service was never asked (npm run advisories)`
    : `${known}, as of ${date} (npm run advisories asks again)`;
}

async function main(): Promise<void> {
  const packages = FOLDERS.flatMap((folder) =>
    lockedPackages(join(ROOT, folder, "package-lock.json")),
  );
  const now = await asked();
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
