import { type ContractSource, judgeContract, type Judgement } from "../../components/contract";
import type { PulledPackage } from "../../components/chart";
import { type ChartSource, rendersOf, templatesOf } from "./renders";

/** A chart, its values, and what is said of it. */
export type ChartToJudge = ChartSource &
  Omit<ContractSource, "renders" | "templates"> & {
    /** What the chart is; undefined for one that was not pulled. */
    readonly package?: PulledPackage | undefined;
  };

/**
 * Renders a chart as often as the contract needs it, and judges it.
 *
 * @throws when helm cannot be run
 */
export async function judgeChart(chart: ChartToJudge): Promise<Judgement> {
  const [renders, templates] = await Promise.all([rendersOf(chart), templatesOf(chart.chart)]);
  return judgeContract({ ...chart, renders, templates });
}
