import { type ConfiguredChart, configuredChart } from "../../components/chart";
import { applicationNameProblem, Reader } from "../../components/plan";
import { stackName, type StackOptions } from "../state/stack";
import { stackValues } from "../state/stackValues";

/**
 * Reads what a stack's file and Pulumi.yaml say of its chart, as the program does.
 *
 * @throws Error with every problem
 */
export async function stackChart(options: StackOptions): Promise<ConfiguredChart> {
  const reader = new Reader({ get: await stackValues(options) });
  const application = reader.checked("application", "app", applicationNameProblem);
  const chart = configuredChart(reader, application);
  reader.throwProblems(stackName(options.stack));
  return chart;
}
