import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { contractFileOf, readContract } from "./contractFile";
import { CHART_DEFAULTS, type ChartKeys, declaredKeys, OWN_CHART } from "./declared";
import { chartDigest, chartVersion } from "./files";
import { type ChartPackage, describedPackage } from "./package";
import type { Strategy, WorkloadRoom } from "../plan";
import { valuesProblems } from "./placeholders";
import type { ChartShape } from "./shape";

/** A chart with its values and what the contract found of it: what a rotation deploys. */
export interface Chart {
  /** Its folder, as the helm provider takes it: `./charts/app`. */
  readonly chart: string;
  /** From `chartDigest`. */
  readonly chartDigest: string;
  /** From its Chart.yaml. */
  readonly chartVersion: string;
  /** Text of its values, with placeholders. */
  readonly values: string;
  readonly shape: ChartShape;
}

/** What is read of a chart. */
export interface ReadChart {
  readonly chart: Chart;
  /** What the pods of a slot ask of the nodes; undefined where an earlier version judged it. */
  readonly room: readonly WorkloadRoom[] | undefined;
}

export interface ChartSource {
  /** Folder of Pulumi.yaml. */
  readonly root: string;
  /** Folder of the chart, relative to it: `charts/app`. */
  readonly chart: string;
  /** File with the values, relative to it: `charts/app.values.yaml`. */
  readonly values: string;
  /** What lies in the folder; undefined for a chart of the project's own. */
  readonly package?: ChartPackage | undefined;
  /** What is configured of it; the rest as in `CHART_DEFAULTS`. */
  readonly keys: Pick<ChartKeys, "application"> & Partial<ChartKeys>;
  /** Command that judges it anew. */
  readonly command: string;
}

/** The values that lie beside a chart; the project's own has others where both slots have one release. */
export function valuesBeside(chart: string, strategy: Strategy = CHART_DEFAULTS.strategy): string {
  const folder = chart.replace(/\/+$/, "");
  return `${folder}${folder === OWN_CHART && strategy === "rolling" ? ".rolling" : ""}.values.yaml`;
}

/**
 * Reads a chart with all that lies beside it.
 *
 * @returns it, or every problem with it, a sentence each
 */
export function readChart({
  root,
  chart,
  values,
  package: from,
  keys,
  command,
}: ChartSource): ReadChart | { readonly problems: readonly string[] } {
  const read = <T>(name: string, use: () => T): T | { readonly problems: readonly string[] } => {
    try {
      return use();
    } catch (error) {
      return { problems: [`${name} cannot be read: ${(error as Error).message}.`] };
    }
  };
  const folder = join(root, chart);
  const files =
    from !== undefined && !existsSync(folder)
      ? {
          problems: [
            `${chart} is missing: \`${command}\` pulls ${describedPackage(from)}, judges it and writes both.`,
          ],
        }
      : read(chart, () => ({
          chartDigest: chartDigest(folder),
          chartVersion: chartVersion(folder),
        }));
  const text = read(values, () => ({ values: readFileSync(join(root, values), "utf8") }));
  const wrong = "values" in text ? valuesProblems(text.values) : [];
  if ("problems" in files || "problems" in text || wrong.length > 0) {
    return {
      problems: [
        ...("problems" in files ? files.problems : []),
        ...("problems" in text ? text.problems : []),
        ...wrong.map((problem) => `${values} ${problem}`),
      ],
    };
  }
  const all = { ...CHART_DEFAULTS, ...keys };
  const found = readContract(join(root, contractFileOf(values)), {
    name: contractFileOf(values),
    judged: {
      chart: files.chartDigest,
      values: text.values,
      declared: declaredKeys(all),
    },
    package: from,
    keys: all,
    command,
  });
  return "problems" in found
    ? found
    : {
        chart: { chart: `./${chart}`, ...files, ...text, shape: found.shape },
        room: found.room,
      };
}
