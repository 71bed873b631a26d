import type { Locked } from "./lock";

/** Licences that ask for no more than a notice, by their SPDX id. */
const ALLOWED: ReadonlySet<string> = new Set([
  ...["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0"],
  ...["CC0-1.0", "ISC", "MIT", "MIT-0", "PSF-2.0", "Python-2.0", "Unlicense"],
]);

/** Packages with another licence, or with none in their package.json: each with a reason. */
export const LICENCE_EXCEPTIONS: Readonly<Record<string, string>> = {
  "@logdna/tail-file": "MIT, as its file LICENSE says",
  "spdx-exceptions": "CC-BY-3.0: a list of names that @pulumi/pulumi reads and nobody changes",
};

/**
 * What is wrong with the licences of packages, a line each.
 *
 * @param exceptions names of packages that are not judged, with the reason
 */
export function licenceProblems(
  packages: readonly Locked[],
  exceptions: Readonly<Record<string, string>> = LICENCE_EXCEPTIONS,
): string[] {
  const others = packages.filter(({ license }) => license === undefined || !isAllowed(license));
  const names = new Set(others.map(({ name }) => name));
  return [
    ...others
      .filter(({ name }) => !Object.hasOwn(exceptions, name))
      .map(
        ({ name, version, license = "no licence" }) =>
          `${name} ${version} has ${license}: take another package, or give the reason in packages/licences.ts.`,
      ),
    ...Object.keys(exceptions)
      .filter((name) => !names.has(name))
      .map((name) => `${name} needs no exception any more: take it out of packages/licences.ts.`),
  ];
}

/** An expression of SPDX is allowed when one side of each OR is, and both of each AND. */
function isAllowed(expression: string): boolean {
  const bare = expression.replace(/^\((.*)\)$/, "$1");
  const isMixed = /[()]/.test(bare) || (bare.includes(" OR ") && bare.includes(" AND "));
  if (isMixed) {
    return false;
  }
  return bare.includes(" OR ")
    ? bare.split(" OR ").some((id) => ALLOWED.has(id))
    : bare.split(" AND ").every((id) => ALLOWED.has(id));
}
