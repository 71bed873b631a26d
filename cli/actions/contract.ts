import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CHART_DEFAULTS,
  type ChartKeys,
  contractFileOf,
  serviceProblem,
  valuesProblems,
} from "../../components/chart";
import { fails, needsRolling, type SecretSource, type Strategy } from "../../components/contract";
import { applicationNameProblem } from "../../components/plan";
import { findingsOf } from "../../operate/contract/findings";
import { judgeChart } from "../../operate/contract/judge";
import { contractReport } from "../../operate/contract/report";
import { type StackChart, stackChart } from "../../operate/contract/stackChart";
import { EXIT, type ExitCode } from "../exit";
import { isOnlyJson, writeJson } from "../options";

interface Options extends Partial<ChartKeys> {
  readonly application: string;
  readonly stack?: string;
  readonly cwd: string;
  readonly write?: true;
  readonly chart?: string;
  readonly values?: string;
  readonly from?: SecretSource;
  readonly strategy: Strategy;
  readonly helm: string;
  readonly json?: string;
}

export async function contract(options: Options): Promise<ExitCode> {
  const { cwd, helm, stack, strategy, write, from = "program" } = options;
  if (write && strategy === "rolling") {
    throw new Error("--write is for two slots, the only strategy that the program has.");
  }
  const named = stack === undefined ? chartOf(options) : await stackChart({ stack, cwd });
  const pathOf = (name: string) => (stack === undefined ? name : join(cwd, name));
  const values = await readFile(pathOf(named.values), "utf8");
  refuse([
    ["--application", applicationNameProblem(named.keys.application)],
    ["--service", serviceProblem(named.keys.service)],
    ...valuesProblems(values).map((problem) => [named.values, problem] as const),
  ]);
  const saidIn = stack === undefined ? ("options" as const) : ("configuration" as const);
  const chart = { helm, chart: pathOf(named.chart), values, keys: named.keys, from, saidIn };
  const judgement = await judgeChart(chart, strategy);
  const { room, rows, shape } = judgement;
  await writeJson(options.json, {
    chart: named.chart,
    strategy,
    fails: fails(rows),
    needsRolling: strategy === "blueGreen" && needsRolling(rows),
    rows,
    shape,
    room,
  });
  const file = contractFileOf(named.values);
  if (write) {
    await writeFile(pathOf(file), await findingsOf(chart, judgement));
  }
  if (!isOnlyJson(options.json)) {
    process.stdout.write(contractReport(named.chart, strategy, rows, write ? file : undefined));
  }
  return fails(rows) ? EXIT.amiss : EXIT.ok;
}

/** A chart without a stack, and what the options say of it. */
function chartOf({ chart, values, ...said }: Options): StackChart {
  if (chart === undefined || values === undefined) {
    throw new Error("Give --stack, or --chart and --values.");
  }
  return { chart, values, keys: { ...CHART_DEFAULTS, actAs: undefined, ...said } };
}

function refuse(problems: readonly (readonly [string, string | undefined])[]): void {
  const wrong = problems.flatMap(([what, problem]) => (problem ? [`${what} ${problem}`] : []));
  if (wrong.length > 0) {
    throw new Error(wrong.join("\n"));
  }
}
