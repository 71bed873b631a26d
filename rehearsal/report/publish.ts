import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeReport } from "./files";
import type { RehearsalResult, ScenariosResult } from "../result/result";
import { scenariosSummaryOf, summaryOf } from "./summary";

/** Where a result goes. */
export interface Destinations {
  /** File of the result; `-` for standard output, which then gets nothing else. */
  readonly json?: string;
  /** Folder of the result and its report. */
  readonly out?: string;
  /** Folder of a naive run, shown in the report. */
  readonly compare?: string;
  /** Opens the report in a browser. */
  readonly open?: boolean;
}

/**
 * Writes a result to where it is wanted.
 *
 * @returns what standard output gets, and the path of the report if there is one
 */
export async function publish(
  result: RehearsalResult | ScenariosResult,
  { json, out, ...options }: Destinations,
): Promise<{ text: string; report?: string }> {
  const whole = `${JSON.stringify(result, undefined, 2)}\n`;
  if (json !== undefined && json !== "-") {
    await writeFile(json, whole);
  }
  const text = json === "-" ? whole : summary(result);
  if (out === undefined) {
    return { text };
  }
  await mkdir(out, { recursive: true });
  await writeFile(join(out, "result.json"), whole);
  return { text, report: await writeReport(out, result, options) };
}

function summary(result: RehearsalResult | ScenariosResult): string {
  return result.kind === "scenarios" ? scenariosSummaryOf(result) : summaryOf(result);
}
