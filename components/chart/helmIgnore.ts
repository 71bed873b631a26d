import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The file that lists what helm ignores. */
export const HELM_IGNORE = ".helmignore";

/** Helm's defaults, before those of the file. */
const DEFAULT_RULE = "templates/.?*";

interface Rule {
  readonly isNegated: boolean;
  readonly isOfDirectories: boolean;
  readonly matches: (path: string) => boolean;
}

/**
 * What helm leaves out when it loads a chart (its `pkg/ignore`): patterns as in a .gitignore, but
 * without `**`, and `!` leaves out everything that does not match.
 *
 * @param folder the chart's
 */
export function helmIgnores(folder: string): (path: string, isDirectory: boolean) => boolean {
  const file = join(folder, HELM_IGNORE);
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const rules = [DEFAULT_RULE, ...lines]
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(ruleOf);
  return (path, isDirectory) =>
    rules.some(({ isNegated, isOfDirectories, matches }) => {
      const applies = (isDirectory || !isOfDirectories) && matches(path);
      return applies !== isNegated;
    });
}

function ruleOf(line: string): Rule {
  const isNegated = line.startsWith("!");
  const rest = isNegated ? line.slice(1) : line;
  const isOfDirectories = rest.endsWith("/");
  const glob = isOfDirectories ? rest.slice(0, -1) : rest;
  const pattern = patternOf(glob.replace(/^\//, ""));
  return {
    isNegated,
    isOfDirectories,
    // Without a slash, a pattern matches names in any folder.
    matches: (path) =>
      pattern.test(glob.includes("/") ? path : path.slice(path.lastIndexOf("/") + 1)),
  };
}

/** Go's filepath.Match: `*` and `?` stop at a slash, `[^a]` is any other character. */
function patternOf(glob: string): RegExp {
  const source = glob.replace(
    /\\(.)|\[([^\]]+)\]|\*|\?|[.+^${}()|\\/]/g,
    (found: string, escaped?: string, set?: string) =>
      escaped !== undefined
        ? escaped.replace(/\W/, "\\$&")
        : set !== undefined
          ? found
          : found === "*"
            ? "[^/]*"
            : found === "?"
              ? "[^/]"
              : `\\${found}`,
  );
  return new RegExp(`^${source}$`);
}
