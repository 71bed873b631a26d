import { readFile } from "node:fs/promises";
import { CHART_DEFAULTS, type ChartKeys, valuesProblems } from "../../components/chart";
import { fails, needsRolling, type SecretSource, type Strategy } from "../../components/contract";
import { applicationNameProblem } from "../../components/plan";
import { judgeChart } from "../../operate/contract/judge";
import { contractReport } from "../../operate/contract/report";
import { EXIT, type ExitCode } from "../exit";
import { isOnlyJson, writeJson } from "../options";

interface Options extends Partial<ChartKeys> {
  readonly application: string;
  readonly chart: string;
  readonly values: string;
  readonly from?: SecretSource;
  readonly strategy: Strategy;
  readonly helm: string;
  readonly json?: string;
}

export async function contract(options: Options): Promise<ExitCode> {
  const { chart, helm, strategy, from = "program" } = options;
  const keys: ChartKeys = { ...CHART_DEFAULTS, ...options };
  const values = await readFile(options.values, "utf8");
  refuse([
    ["--application", applicationNameProblem(keys.application)],
    ["--service", SERVICE.test(keys.service) ? undefined : "must be NAME or NAME:PORT."],
    ...valuesProblems(values).map((problem): [string, string] => [options.values, problem]),
  ]);
  const source = { helm, chart, values, keys, from, saidIn: "options" } as const;
  const { rows, shape } = await judgeChart(source, strategy);
  await writeJson(options.json, {
    chart,
    strategy,
    fails: fails(rows),
    needsRolling: strategy === "blueGreen" && needsRolling(rows),
    rows,
    shape,
  });
  if (!isOnlyJson(options.json)) {
    process.stdout.write(contractReport(chart, strategy, rows));
  }
  return fails(rows) ? EXIT.amiss : EXIT.ok;
}

const SERVICE = /^[a-z0-9{}-]+(:\d+)?$/;

function refuse(problems: readonly [string, string | undefined][]): void {
  const wrong = problems.flatMap(([what, problem]) => (problem ? [`${what} ${problem}`] : []));
  if (wrong.length > 0) {
    throw new Error(wrong.join("\n"));
  }
}
