import { readFile } from "node:fs/promises";
import {
  type Declared,
  fails,
  judgeContract,
  namesIn,
  needsRolling,
  SITUATIONS,
  type Strategy,
} from "../../components/contract";
import { valuesProblems } from "../../components/chart";
import { applicationNameProblem, type SlotName } from "../../components/plan";
import { contractReport } from "../../operate/contract/report";
import { rendersOf, templatesOf } from "../../operate/contract/renders";
import { EXIT, type ExitCode } from "../exit";
import { isOnlyJson, writeJson } from "../options";

interface Options extends Omit<Declared, "service"> {
  readonly chart: string;
  readonly values: string;
  readonly application: string;
  readonly strategy: Strategy;
  readonly service: string;
  readonly helm: string;
  readonly json?: string;
}

export async function contract(options: Options): Promise<ExitCode> {
  const { application, chart, helm, strategy } = options;
  const values = await readFile(options.values, "utf8");
  refuse([
    ["--application", applicationNameProblem(application)],
    ["--service", SERVICE.test(options.service) ? undefined : "must be NAME or NAME:PORT."],
    ...valuesProblems(values).map((problem): [string, string] => [options.values, problem]),
  ]);
  const names = {
    blue: namesIn(application, SITUATIONS.blue),
    green: namesIn(application, SITUATIONS.green),
  };
  const [renders, templates] = await Promise.all([
    rendersOf({ helm, chart, values, application }),
    templatesOf(chart),
  ]);
  const declared = { ...options, service: serviceOf(options.service, names) };
  const verdicts = judgeContract({ declared, names, renders, templates }, strategy);
  await writeJson(options.json, {
    chart,
    strategy,
    fails: fails(verdicts),
    needsRolling: strategy === "blueGreen" && needsRolling(verdicts),
    rows: verdicts,
  });
  if (!isOnlyJson(options.json)) {
    process.stdout.write(contractReport(chart, strategy, verdicts));
  }
  return fails(verdicts) ? EXIT.amiss : EXIT.ok;
}

const SERVICE = /^[a-z0-9{}-]+(:\d+)?$/;

/** Port of a Service that is named without one. */
const HTTP_PORT = 80;

function serviceOf(
  text: string,
  names: Readonly<Record<SlotName, { readonly release: string }>>,
): Declared["service"] {
  const [name = "", port] = text.split(":");
  const of = (slot: SlotName) => name.replace("{release}", names[slot].release);
  return { name: { blue: of("blue"), green: of("green") }, port: Number(port ?? HTTP_PORT) };
}

function refuse(problems: readonly [string, string | undefined][]): void {
  const wrong = problems.flatMap(([what, problem]) => (problem ? [`${what} ${problem}`] : []));
  if (wrong.length > 0) {
    throw new Error(wrong.join("\n"));
  }
}
