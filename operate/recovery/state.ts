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
 * Takes pending operations out of the state, and their resources into it where there is an id.
 *
 * @param state as it was exported, with its secrets encrypted
 * @param ids ids by URN of the resources to take in; one that the state has already stays as it is
 * @returns URNs of the resources that were taken in
 */
export async function settleOperations(
  project: PulumiProject,
  state: State,
  operations: readonly PendingOperation[],
  ids: ReadonlyMap<string, string>,
): Promise<string[]> {
  const { resources = [], pending_operations: pending = [] } = state.deployment;
  const settled = new Set(operations.map(keyOf));
  const known = new Set(resources.map(({ urn }) => urn));
  const adopted = new Map<string, StateResource>();
  for (const { type, resource } of pending) {
    const id = ids.get(resource.urn);
    if (type === "creating" && id !== undefined && !known.has(resource.urn)) {
      adopted.set(resource.urn, { ...resource, id, outputs: resource.inputs ?? {} });
    }
  }
  const changed = {
    ...state,
    deployment: {
      ...state.deployment,
      resources: [...resources, ...adopted.values()],
      pending_operations: pending.filter((operation) => !settled.has(keyOf(operation))),
    },
  };
  await pulumi(project, ["stack", "import"], JSON.stringify(changed));
  return [...adopted.keys()];
}

function keyOf({ type, resource }: PendingOperation): string {
  return `${type} ${resource.urn}`;
}
