/** Names that are taken or reserved, by reason. */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  "PostgreSQL reserves role names that begin with pg_": ["pg"],
  "PostgreSQL already has a database or schema of that name": [
    "postgres",
    "public",
    "template0",
    "template1",
  ],
  "roles and databases that begin with azure_ belong to the flexible server": ["azure"],
  "Kubernetes already has a namespace of that name": ["default"],
};

/**
 * The words that PostgreSQL reserves (`pg_get_keywords()`, catcode R and T), as far as they are
 * valid names.
 */
const RESERVED_WORDS = new Set(
  (
    "all analyse analyze and any array as asc asymmetric authorization binary both case cast check " +
    "collate collation column concurrently constraint create cross default deferrable desc distinct " +
    "do else end except false fetch for foreign freeze from full grant group having ilike in " +
    "initially inner intersect into is isnull join lateral leading left like limit localtime natural " +
    "not notnull null offset on only or order outer overlaps placing primary references returning " +
    "right select similar some symmetric table tablesample then to trailing true union unique user " +
    "using variadic verbose when where window with"
  ).split(" "),
);

/** Why an application must not have this name, as a clause; undefined if it may. */
export function reservation(application: string): string | undefined {
  const reason = Object.entries(TAKEN).find(([, names]) => names.includes(application))?.[0];
  return (
    reason ?? (RESERVED_WORDS.has(application) ? "PostgreSQL reserves that SQL keyword" : undefined)
  );
}
