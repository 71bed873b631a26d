import {
  type ContractSource,
  judgeContract,
  type Judgement,
  type Strategy,
} from "../../components/contract";
import { type ChartSource, rendersOf, templatesOf } from "./renders";

/** A chart, its values, and what is said of it. */
export type ChartToJudge = ChartSource & Omit<ContractSource, "renders" | "templates">;

/**
 * Renders a chart as often as the contract needs it, and judges it.
 *
 * @throws when helm cannot be run
 */
export async function judgeChart(chart: ChartToJudge, strategy: Strategy): Promise<Judgement> {
  const [renders, templates] = await Promise.all([rendersOf(chart), templatesOf(chart.chart)]);
  return judgeContract({ ...chart, renders, templates }, strategy);
}
