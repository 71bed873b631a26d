import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  CHART_DEFAULTS,
  type ChartKeys,
  type ConfiguredChart,
  contractFileOf,
  describedPackage,
  isOfRegistry,
  secretKeysProblems,
  serviceProblem,
  valuesProblems,
} from "../../components/chart";
import { fails, needsRolling } from "../../components/contract";
import { applicationNameProblem } from "../../components/plan";
import { type Committed, refuseChanged, writePulled } from "../../operate/contract/committed";
import { findingsOf } from "../../operate/contract/findings";
import { judgeChart } from "../../operate/contract/judge";
import { type Pulled, withPulled } from "../../operate/contract/pull";
import { contractReport } from "../../operate/contract/report";
import { stackChart } from "../../operate/contract/stackChart";
import { EXIT, type ExitCode } from "../exit";
import { isOnlyJson, writeJson } from "../options";

interface Options extends Partial<ChartKeys> {
  readonly application: string;
  readonly stack?: string;
  readonly cwd: string;
  readonly write?: true;
  readonly chart?: string;
  readonly values?: string;
  readonly helm: string;
  readonly json?: string;
}

/** What is judged, and where it lies. */
interface Named extends Omit<ConfiguredChart, "delivery">, Committed {
  /** Text of the values. */
  readonly text: string;
}

export async function contract(options: Options): Promise<ExitCode> {
  const { cwd, helm, stack, write = false } = options;
  const chart = stack === undefined ? chartOf(options) : await stackChart({ stack, cwd });
  const root = stack === undefined ? "." : cwd;
  const text = await readFile(resolve(root, chart.values), "utf8");
  const { delivery, secretFrom, secretKeys } = chart.keys;
  refuse([
    ...(delivery === "secret" ? secretKeysProblems(secretKeys, secretFrom) : []).map(
      (problem) => ["--secret-keys", problem] as const,
    ),
    ["--application", applicationNameProblem(chart.keys.application)],
    ["--service", serviceProblem(chart.keys.service)],
    ...valuesProblems(text).map((problem) => [chart.values, problem] as const),
  ]);
  const command = `npx rotation contract --stack ${stack} --write`;
  const named: Named = { ...chart, root, text, command };
  if (named.package === undefined) {
    return judge(options, named, resolve(root, named.chart));
  }
  return withPulled({ helm, package: named.package, command }, (pulled) => {
    refuseChanged(named, pulled, write);
    return judge(options, named, pulled.folder, pulled);
  });
}

/** Judges the chart in a folder, says what was found, and writes it where that is asked for. */
async function judge(
  { helm, json, stack, write }: Options,
  named: Named,
  folder: string,
  pulled?: Pulled,
): Promise<ExitCode> {
  const chart = {
    ...{
      helm,
      chart: folder,
      values: named.text,
      keys: named.keys,
      package: pulled?.package,
    },
    saidIn: stack === undefined ? ("options" as const) : ("configuration" as const),
  };
  const judgement = await judgeChart(chart);
  const { strategy } = named.keys;
  const { room, rows, shape } = judgement;
  const title = named.package === undefined ? named.chart : describedPackage(named.package);
  await writeJson(json, {
    chart: title,
    strategy,
    fails: fails(rows),
    needsRolling: strategy === "blueGreen" && needsRolling(rows),
    rows,
    shape,
    room,
  });
  const written = write
    ? await writeFindings(named, await findingsOf(chart, judgement), pulled)
    : [];
  if (!isOnlyJson(json)) {
    process.stdout.write(contractReport(title, strategy, rows, written));
  }
  return fails(rows) ? EXIT.amiss : EXIT.ok;
}

/** @returns what was written */
async function writeFindings(named: Named, findings: string, pulled?: Pulled): Promise<string[]> {
  const file = contractFileOf(named.values);
  if (pulled !== undefined) {
    await writePulled(named, pulled);
  }
  await writeFile(resolve(named.root, file), findings);
  return pulled === undefined ? [file] : [file, named.chart];
}

/** A chart without a stack, and what the options say of it. */
function chartOf({ chart, values, ...said }: Options): Omit<ConfiguredChart, "delivery"> {
  if (chart === undefined || values === undefined) {
    throw new Error("Give --stack, or --chart and --values.");
  }
  if (isOfRegistry(chart)) {
    throw new Error(
      "--chart is a folder or an archive: `helm pull` it first, or give --stack of one whose rotation:chart it is.",
    );
  }
  return { chart, values, keys: { ...CHART_DEFAULTS, actAs: undefined, ...said } };
}

function refuse(problems: readonly (readonly [string, string | undefined])[]): void {
  const wrong = problems.flatMap(([what, problem]) => (problem ? [`${what} ${problem}`] : []));
  if (wrong.length > 0) {
    throw new Error(wrong.join("\n"));
  }
}
