/** Major versions of PostgreSQL that a stack may have: those that Azure supports for years to come. */
export const DATABASE_VERSIONS = ["17", "18"] as const;

/** Of a server that is there: the first with `WITH INHERIT`, on which the equal rights of the slots rest. */
export const OLDEST_VERSION = 16;

/** When older versions retire (Azure: "Azure Database for PostgreSQL versioning policy"). */
const RETIREMENTS: Readonly<Record<string, string>> = {
  "11": "is retired in Azure",
  "12": "is retired in Azure",
  "13": "is retired in Azure",
  "14": "retires in Azure in December 2026",
  "15": "retires in Azure in November 2027",
  "16": "retires in Azure in November 2028",
};

/** The problem with a major version, in a sentence; undefined when there is none. */
export function databaseVersionProblem(version: string): string | undefined {
  if ((DATABASE_VERSIONS as readonly string[]).includes(version)) {
    return undefined;
  }
  const retirement = RETIREMENTS[version];
  const newest = DATABASE_VERSIONS.at(-1);
  return (
    (retirement === undefined
      ? `must be one of ${DATABASE_VERSIONS.join(", ")}, not "${version}". `
      : `"${version}" ${retirement}: use ` + `${DATABASE_VERSIONS.join(" or ")}. `) +
    `Set it with \`pulumi config set rotation:databaseVersion ${newest}\`.`
  );
}
