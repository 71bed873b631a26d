import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { RehearsalResult, ScenariosResult } from "../result/result";

export interface ReportOptions {
  /** Folder of a naive run. */
  readonly compare?: string;
  /** Opens the page in a browser. */
  readonly open?: boolean;
}

/**
 * Reads the result that a rehearsal left in a folder.
 *
 * @throws Error with what to do when there is none
 */
export async function readResult(folder: string): Promise<RehearsalResult | ScenariosResult> {
  const file = join(folder, "result.json");
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Error(`There is no ${file} (${error.code}). A rehearsal with --out writes it.`);
  });
  return JSON.parse(text) as RehearsalResult | ScenariosResult;
}

/**
 * Reads the result of a naive run.
 *
 * @throws Error with what to do when it is another one
 */
export async function readNaive(folder: string): Promise<RehearsalResult> {
  const result = await readResult(folder);
  if (result.kind !== "naive" || result.timeline === undefined) {
    throw new Error(
      `${join(folder, "result.json")} is of kind "${result.kind}"` +
        `${result.kind === "naive" ? " and has no timeline" : ""}; --compare takes the folder of a ` +
        `naive run. Make one: npm run rehearse -- --naive --out ${folder}`,
    );
  }
  return result;
}

/** Writes `report.html` into a folder and returns its path. */
export async function writeReport(
  folder: string,
  result: RehearsalResult | ScenariosResult,
  { compare, open }: ReportOptions,
): Promise<string> {
  const naive = compare === undefined ? undefined : await readNaive(compare);
  // Loaded when they are needed: they take a second, and load is under way before.
  const { reportOf } = await import("./report");
  const file = resolve(folder, "report.html");
  await writeFile(file, reportOf(result, naive));
  if (open) {
    const { default: openFile } = await import("open");
    await openFile(file);
  }
  return file;
}
