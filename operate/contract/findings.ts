import { isDeepStrictEqual } from "node:util";
import {
  chartDigest,
  contractDigest,
  type ContractFile,
  declaredKeys,
  shapeFor,
  shapeOfAny,
} from "../../components/chart";
import type { Judgement } from "../../components/contract";
import { type ChartToJudge, judgeChart } from "./judge";

/** An application's name that no team has, to see what depends on it. */
const ANY_APPLICATION = "otherapp";

/**
 * What a preview has to know of a chart, as text of the file that lies beside its values.
 *
 * @param judgement of that chart
 */
export async function findingsOf(chart: ChartToJudge, judgement: Judgement): Promise<string> {
  const { keys, package: from, values } = chart;
  const other = { ...keys, application: ANY_APPLICATION };
  const others = await judgeChart({ ...chart, keys: other });
  const general = others.shape && shapeOfAny(other, others.shape);
  const isOfAny =
    isDeepStrictEqual(stopsIn(judgement).map(rowOf), stopsIn(others).map(rowOf)) &&
    isDeepStrictEqual(judgement.shape, general && shapeFor(keys, general));
  const shape = isOfAny ? general : shapeOf(keys, judgement);
  const file: ContractFile = {
    digest: contractDigest({
      chart: chartDigest(chart.chart),
      values,
      declared: declaredKeys(keys),
      package: from,
    }),
    ...(from && { package: from }),
    ...(!isOfAny && { application: keys.application }),
    stops: stopsIn(judgement),
    ...(shape && { shape }),
    ...(judgement.room && { room: judgement.room }),
  };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

function stopsIn({ rows }: Judgement): ContractFile["stops"] {
  return rows.flatMap(({ id, shortfalls }) =>
    shortfalls
      .filter(({ level }) => level === "fails")
      .map(({ why, repair }) => ({ row: id, why, repair })),
  );
}

function rowOf({ row }: ContractFile["stops"][number]): string {
  return row;
}

/** A shape that holds for one application. Its one release is called like words that are no names of it. */
function shapeOf(keys: ChartToJudge["keys"], { shape }: Judgement): ContractFile["shape"] {
  return shape && keys.strategy === "blueGreen" ? shapeOfAny(keys, shape) : shape;
}
