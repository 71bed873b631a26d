/** Names that are there already, or that nobody else may use, and who says so. */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  "PostgreSQL, where roles that begin with pg_ are the server's own": ["pg"],
  "PostgreSQL, which has a database or a schema of that name already": [
    "postgres",
    "public",
    "template0",
    "template1",
  ],
  "the flexible server, whose own roles and databases begin with azure_": ["azure"],
  "Kubernetes, which has a namespace of that name already": ["default"],
};

/** The words that PostgreSQL reserves (`pg_get_keywords()`, catcode R and T), as far as they can be a name. */
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

/** Whose name an application's is, if it is somebody else's: what follows "it belongs to". */
export function ownerOf(application: string): string | undefined {
  const owner = Object.entries(TAKEN).find(([, names]) => names.includes(application))?.[0];
  return (
    owner ??
    (RESERVED_WORDS.has(application)
      ? "the SQL of PostgreSQL, which reserves that word"
      : undefined)
  );
}
