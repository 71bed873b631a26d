import { pathInputs } from "../mocks/mockAzure";
import { runProgram } from "../mocks/program";
import { resourceShape } from "../twin/azure/arm/shapes";
import type { ProgramResource } from "./armTemplate";

const GROUP = "azure-native:resources:ResourceGroup";

/**
 * Runs the program for a stack without an engine and returns the Azure resources that it registers.
 *
 * @throws the program's own error when the stack's configuration has problems
 */
export async function programResources(
  stack: string,
): Promise<{ group: string; resources: ProgramResource[] }> {
  const { program } = await runProgram(stack);
  const azure = program.registrations.filter(({ type }) => type.startsWith("azure-native:"));
  const resources = azure.map(
    ({ urn, type, name, id, inputs, secretInputs, options }): ProgramResource => ({
      urn,
      type,
      name,
      id,
      apiVersion: resourceShape(type).apiVersion,
      inputs,
      pathInputs: pathInputs(type),
      secretInputs,
      dependencies: options.dependencies,
    }),
  );
  return { group: resources.find(({ type }) => type === GROUP)!.id, resources };
}
