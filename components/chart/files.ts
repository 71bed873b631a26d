import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Trial } from "../plan";
import { HELM_IGNORE, helmIgnores } from "./helmIgnore";

/**
 * Digest of a chart's files, names included, so that an edited template shows as a difference. The
 * same on every checkout of a commit: files that helm ignores and line endings do not count.
 */
export function chartDigest(folder: string): string {
  const hash = createHash("sha256");
  for (const file of chartFiles(folder)) {
    hash.update(`/${file}`).update("\0").update(contentOf(folder, file), "latin1").update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}

/** Files, sorted, that only one of two charts has, or that are not the same in both. */
export function differingFiles(one: string, other: string): string[] {
  const [ours, theirs] = [one, other].map(
    (folder) => new Map(chartFiles(folder).map((file) => [file, contentOf(folder, file)])),
  ) as [Map<string, string>, Map<string, string>];
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .filter((file) => ours.get(file) !== theirs.get(file))
    .sort();
}

/** The chart's version, from its Chart.yaml. */
export function chartVersion(folder: string): string {
  const { version } = parse(readFileSync(join(folder, "Chart.yaml"), "utf8")) as {
    version: string;
  };
  return version;
}

/**
 * The problem with a chart that cannot render a trial, as a sentence; undefined if there is none.
 *
 * @param trial what `rotation:trial` asks for
 */
export function noTrialProblem(folder: string, trial: Trial): string | undefined {
  const tries = chartFiles(folder)
    .filter((file) => /^templates\/.*\.(ya?ml|tpl)$/.test(file))
    .some((file) => readFileSync(join(folder, file), "utf8").includes(".Values.trial"));
  return trial === "none" || tries
    ? undefined
    : "no template renders a trial (.Values.trial): set rotation:trial none.";
}

/** Bytes of a file, but for the line endings. */
function contentOf(folder: string, file: string): string {
  return readFileSync(join(folder, file), "latin1").replaceAll("\r\n", "\n");
}

/** The files that helm loads from a chart, sorted, with slashes on every system. */
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
