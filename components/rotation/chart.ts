import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { HELM_IGNORE, helmIgnores } from "./helmIgnore";

/**
 * Digest of a chart's files, names included: an edited template must show as a difference. The same
 * on every checkout of a commit: what helm ignores does not count, nor how lines end.
 */
export function chartDigest(folder: string): string {
  const hash = createHash("sha256");
  for (const file of chartFiles(folder)) {
    const content = readFileSync(join(folder, file), "latin1").replaceAll("\r\n", "\n");
    hash.update(`/${file}`).update("\0").update(content, "latin1").update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}

/** The version that a chart says it has. */
export function chartVersion(folder: string): string {
  const { version } = parse(readFileSync(join(folder, "Chart.yaml"), "utf8")) as {
    version: string;
  };
  return version;
}

/** What helm loads of a chart, with slashes on every system, sorted. */
function chartFiles(folder: string): string[] {
  const ignores = helmIgnores(folder);
  const filesIn = (directory: string): string[] =>
    readdirSync(join(folder, directory), { withFileTypes: true }).flatMap((entry) => {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
      if (path === HELM_IGNORE || ignores(path, entry.isDirectory())) {
        return [];
      }
      return entry.isDirectory() ? filesIn(path) : entry.isFile() ? [path] : [];
    });
  return filesIn("").sort();
}
