import { pulumi, type PulumiProject } from "./pulumi";

/** A resource as the state has it. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly custom?: boolean;
  /** Waits to be deleted. */
  readonly delete?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** An operation that an engine began and did not record the end of. */
export interface PendingOperation {
  readonly type: "creating" | "updating" | "deleting" | "reading" | "importing";
  readonly resource: StateResource;
}

/** What `pulumi stack export` prints. */
export interface State {
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly PendingOperation[];
  };
}

/**
 * Reads the state.
 *
 * @param secrets whether secrets are in clear text; such a state must stay in memory
 */
export async function exportState(
  project: PulumiProject,
  { secrets }: { secrets: boolean },
): Promise<State> {
  const flags = secrets ? ["--show-secrets"] : [];
  return JSON.parse(await pulumi(project, ["stack", "export", ...flags])) as State;
}

/**
 * Takes pending operations out of the state, and resources into it.
 *
 * @param settled URNs of the operations to take out
 * @param adopted resources to take in, with their ids
 */
export async function changeState(
  project: PulumiProject,
  { settled, adopted }: { settled: readonly PendingOperation[]; adopted: readonly StateResource[] },
): Promise<void> {
  // Exported anew: this one goes to the disk and back, so its secrets stay encrypted.
  const state = await exportState(project, { secrets: false });
  const gone = new Set(settled.map(operationKey));
  const takenIn = new Map(adopted.map((resource) => [resource.urn, resource.id]));
  const { resources = [], pending_operations: pending = [] } = state.deployment;
  const additions = pending.flatMap(({ resource }) => {
    const id = takenIn.get(resource.urn);
    return id === undefined ? [] : [{ ...resource, id, outputs: resource.inputs ?? {} }];
  });
  const unique = [...new Map(additions.map((resource) => [resource.urn, resource])).values()];
  const changed = {
    ...state,
    deployment: {
      ...state.deployment,
      resources: [...resources, ...unique],
      pending_operations: pending.filter((operation) => !gone.has(operationKey(operation))),
    },
  };
  await pulumi(project, ["stack", "import"], JSON.stringify(changed));
}

export function operationKey({ type, resource }: PendingOperation): string {
  return `${type} ${resource.urn}`;
}
