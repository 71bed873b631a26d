import { pulumi, type PulumiProject } from "./pulumi";

/** A resource as the state has it. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly custom?: boolean;
  /** Reference of the provider that serves it: its URN and its id. */
  readonly provider?: string;
  /** Of a package that another one was extended with. */
  readonly extensionRef?: string;
  /** Waits to be deleted. */
  readonly delete?: boolean;
  /** Is deleted, and waits for its replacement. */
  readonly pendingReplacement?: boolean;
  /** What went wrong with it; while there is any, every `up` updates it, also without a difference. */
  readonly initErrors?: readonly string[];
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** An operation that an engine started but whose end it did not record. */
export interface PendingOperation {
  readonly type: "creating" | "updating" | "deleting" | "reading" | "importing";
  readonly resource: StateResource;
}

/** What `pulumi stack export` prints. */
export interface State {
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly PendingOperation[];
    readonly extensions?: Readonly<Record<string, unknown>>;
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

/** Writes a state that was exported with its secrets encrypted. */
export async function importState(project: PulumiProject, state: State): Promise<void> {
  await pulumi(project, ["stack", "import"], JSON.stringify(state));
}

/** The resources in a state, by URN. */
export function presentIn({ deployment: { resources = [] } }: State): Map<string, StateResource> {
  return new Map(resources.filter(isPresent).map((resource) => [resource.urn, resource]));
}

/** A state in which what is there is changed. */
export function changedState(
  state: State,
  change: (resource: StateResource) => StateResource,
): State {
  const { resources = [] } = state.deployment;
  return withResources(
    state,
    resources.map((resource) => (isPresent(resource) ? change(resource) : resource)),
  );
}

/**
 * A state with more resources in it, and without its pending operations: an import drops those
 * anyhow. Where a resource waits for what takes its place, that is it: others behind it depend on it.
 */
export function settledState(state: State, adopted: ReadonlyMap<string, StateResource>): State {
  const { resources = [] } = state.deployment;
  const waiting = new Set(
    resources.filter(({ pendingReplacement }) => pendingReplacement).map(({ urn }) => urn),
  );
  return withResources(state, [
    ...resources.map((each) => (each.pendingReplacement && adopted.get(each.urn)) || each),
    ...[...adopted.values()].filter(({ urn }) => !waiting.has(urn)),
  ]);
}

function isPresent(resource: StateResource): boolean {
  return !resource.delete && !resource.pendingReplacement;
}

function withResources(state: State, resources: readonly StateResource[]): State {
  return { ...state, deployment: { ...state.deployment, resources, pending_operations: [] } };
}
