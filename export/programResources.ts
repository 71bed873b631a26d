import { type Client, pathInputs } from "../mocks/mockAzure";
import { runProgram, stackConfig } from "../mocks/program";
import { resourceShape } from "../twin/azure/arm/shapes";
import type { ProgramResource } from "./armTemplate";

const GROUP = "azure-native:resources:ResourceGroup";

/** The Azure resources that a stack registers, and the group that they are in. */
export interface ProgramResources {
  /** ARM id of the resource group. */
  readonly group: string;
  readonly resources: readonly ProgramResource[];
}

/**
 * Runs the program for a stack without an engine and returns the Azure resources that it registers.
 *
 * @param client who would run the program, and where; nobody when not given, in the subscription of
 *   the runners' network, which has to be the stack's own
 * @throws the program's own error when the stack's configuration has problems
 */
export async function programResources(
  stack: string,
  client: Partial<Client> = {},
): Promise<ProgramResources> {
  const subscriptionId = runnersSubscription(stack);
  const { program } = await runProgram(
    stack,
    {},
    {
      client: { ...(subscriptionId !== undefined && { subscriptionId }), ...client },
    },
  );
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

/** The subscription that the settings of a stack name; undefined when they name none. */
export function runnersSubscription(stack: string): string | undefined {
  const network = stackConfig(stack)["rotation:runnerNetwork"] ?? "";
  return /^\/subscriptions\/([^/]+)\//i.exec(network)?.[1]?.toLowerCase();
}
