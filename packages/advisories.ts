import { execFile } from "node:child_process";
import { satisfies } from "semver";
import { FOLDERS, type Locked } from "./lock";

/** A known vulnerability of a package. */
export interface Advisory {
  /** Where it is described. */
  readonly url: string;
  readonly package: string;
  /** Versions that have it, as npm writes ranges. */
  readonly range: string;
  readonly severity: string;
  readonly title: string;
}

/** What was known at a time; `packages/snapshot.json`. */
export interface Snapshot {
  /** When the registry's service was asked about the lock file; null: never, advisories are looked up by hand. */
  readonly asked: string | null;
  readonly advisories: readonly Advisory[];
}

/** A vulnerability that is lived with. */
export interface Accepted {
  readonly url: string;
  readonly reason: string;
  /** Last day, `2027-01-31`. */
  readonly until: string;
}

export const ACCEPTED: readonly Accepted[] = [];

/** What `npm audit --json` answers, as far as it is read. */
interface Audit {
  readonly vulnerabilities?: Readonly<
    Record<string, { readonly via: readonly (string | AuditAdvisory)[] }>
  >;
}

interface AuditAdvisory {
  readonly name: string;
  readonly url: string;
  readonly range: string;
  readonly severity: string;
  readonly title: string;
}

/**
 * Asks the registry's service about every lock file, by npm.
 *
 * @returns undefined where no service answers
 */
export async function askedAdvisories(): Promise<Advisory[] | undefined> {
  const all: Advisory[] = [];
  for (const folder of FOLDERS) {
    const found = await askedAbout(folder);
    if (found === undefined) {
      return undefined;
    }
    all.push(...found);
  }
  return all;
}

async function askedAbout(folder: string): Promise<Advisory[] | undefined> {
  const args = [
    "audit",
    "--json",
    "--package-lock-only",
    "--fetch-retries=0",
    "--fetch-timeout=10000",
  ];
  const answer = await new Promise<string>((resolve) => {
    // It ends with 1 when it has found something, too.
    execFile("npm", args, { cwd: folder, maxBuffer: 2 ** 26 }, (_error, stdout) => resolve(stdout));
  });
  return advisoriesOf(answer);
}

/** The advisories of what `npm audit --json` has written; undefined where it could not ask. */
export function advisoriesOf(answer: string): Advisory[] | undefined {
  const { vulnerabilities } = parsed(answer);
  if (vulnerabilities === undefined) {
    return undefined;
  }
  const found = Object.values(vulnerabilities)
    .flatMap(({ via }) => via)
    .filter((each): each is AuditAdvisory => typeof each !== "string")
    .map(({ name, url, range, severity, title }) => ({
      ...{ url, package: name, range, severity, title },
    }));
  const unique = new Map(found.map((each) => [`${each.package} ${each.url}`, each]));
  return [...unique.values()].sort((a, b) => a.url.localeCompare(b.url));
}

function parsed(answer: string): Audit {
  try {
    return JSON.parse(answer) as Audit;
  } catch {
    return {};
  }
}

/**
 * Which packages have a known vulnerability that nobody has accepted, a line each.
 *
 * @param today `2026-11-29`
 */
export function advisoryProblems(
  packages: readonly Locked[],
  advisories: readonly Advisory[],
  today: string,
  accepted: readonly Accepted[] = ACCEPTED,
): string[] {
  return advisories.flatMap(({ url, package: name, range, severity, title }) =>
    packages
      .filter((each) => each.name === name)
      .filter(({ version }) => satisfies(version, range, { includePrerelease: true }))
      .filter(() => !accepted.some((each) => each.url === url && each.until >= today))
      .map(
        ({ version }) =>
          `${name} ${version} (${severity}): ${title}. ${url} Update it, or accept it in packages/advisories.ts.`,
      ),
  );
}
