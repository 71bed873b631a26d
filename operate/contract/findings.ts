import {
  chartDigest,
  contractDigest,
  type ContractFile,
  declaredKeys,
  shapeOfAny,
} from "../../components/chart";
import type { Judgement } from "../../components/contract";
import { type ChartToJudge, judgeChart } from "./judge";

/** An application's name that no team has, to see what depends on it. */
const ANY_APPLICATION = "otherapp";

/**
 * What a preview has to know of a chart, as text of the file that lies beside its values.
 *
 * @param judgement with two slots
 */
export async function findingsOf(chart: ChartToJudge, judgement: Judgement): Promise<string> {
  const { keys, package: from, values } = chart;
  const ours = foundIn(keys.application, judgement);
  const other = { ...keys, application: ANY_APPLICATION };
  const others = foundIn(ANY_APPLICATION, await judgeChart({ ...chart, keys: other }, "blueGreen"));
  const isOfAny = JSON.stringify(ours.kept) === JSON.stringify(others.kept);
  const file: ContractFile = {
    digest: contractDigest({
      chart: chartDigest(chart.chart),
      values,
      declared: declaredKeys(keys),
      package: from,
    }),
    ...(from && { package: from }),
    ...(!isOfAny && { application: keys.application }),
    stops: ours.stops,
    ...(ours.shape && { shape: ours.shape }),
    ...(judgement.room && { room: judgement.room }),
  };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

/** What stops, the shape, and of both what can depend on the application's name. */
function foundIn(application: string, { rows, shape }: Judgement) {
  const stops = rows.flatMap(({ id, shortfalls }) =>
    shortfalls
      .filter(({ level }) => level === "fails")
      .map(({ why, repair }) => ({ row: id, why, repair })),
  );
  const ofAny = shape && shapeOfAny(application, shape);
  return { stops, shape: ofAny, kept: [stops.map(({ row }) => row), ofAny] };
}
