import { type Finding, leftOver, mended } from "./findings";
import {
  type Decision,
  decide,
  describeGone,
  describeOperation,
  isQuestion,
  nameOf,
} from "./operations";
import { pulumi, type PulumiProject } from "../state/pulumi";
import {
  changedState,
  exportState,
  importState,
  presentIn,
  settledState,
  type State,
  type StateResource,
} from "../state/state";

/** An operation whose end was not recorded, or something that is gone. */
interface OpenOperation {
  readonly resource: StateResource;
  /** In words. */
  readonly found: string;
  readonly decision: Decision;
}

/**
 * Takes the operations out of the state that an engine did not record the end of, and what is gone
 * from the cluster, and sees to it that the state claims nothing that is not certain. What may exist under a name that is taken now
 * goes into the state, and a refresh of just these resources and of those that were being changed
 * asks their providers: what is not there goes out again.
 *
 * Until a resource was asked for, its operation stands among its init errors. An import drops the
 * list of pending operations, so this is how it outlasts a provider that cannot be reached.
 */
export async function settle(
  project: PulumiProject,
  state: State,
  gone: readonly StateResource[] = [],
): Promise<Finding[]> {
  const open = openIn(state, gone);
  if (open.length === 0) {
    return [];
  }
  const asked = open.filter(({ decision }) => decision.do === "ask" || decision.do === "adopt");
  const marked = markedState(state, open);
  await importState(project, marked);
  if (asked.length === 0) {
    return open.map((operation) => settled(operation, true));
  }
  const urns = [...new Set(asked.map(({ resource }) => resource.urn))];
  const failure = await refresh(project, urns);
  const after = presentIn(await keepDoubts(project, marked, urns));
  const isUnasked = ({ resource }: OpenOperation) =>
    (after.get(resource.urn)?.initErrors ?? []).some(isQuestion);
  const left = open.filter(isUnasked);
  return [
    ...open
      .filter((operation) => !isUnasked(operation))
      .map((operation) => settled(operation, after.has(operation.resource.urn))),
    ...(left.length > 0 ? [unasked(left, failure)] : []),
  ];
}

/** What the engine left, what is gone, and what an earlier recovery could not ask for. */
function openIn(state: State, gone: readonly StateResource[]): OpenOperation[] {
  const present = presentIn(state);
  const pending = (state.deployment.pending_operations ?? []).map((operation) => ({
    resource: operation.resource,
    found: describeOperation(operation),
    decision: decide(operation, present.has(operation.resource.urn)),
  }));
  const unasked = [...present.values()].flatMap((resource) =>
    (resource.initErrors ?? [])
      .filter(isQuestion)
      .map((found) => ({ resource, found, decision: { do: "ask" } as const })),
  );
  const known = new Set([...pending, ...unasked].map(({ resource }) => resource.urn));
  const missed = gone
    .filter(({ urn }) => !known.has(urn))
    .map((resource) => ({
      resource,
      found: describeGone(resource),
      decision: { do: "ask" } as const,
    }));
  return [...pending, ...unasked, ...missed];
}

/** The state with what may exist, and with what is not certain of each resource. */
function markedState(state: State, open: readonly OpenOperation[]): State {
  const adopted = new Map<string, StateResource>();
  const marks = new Map<string, string>();
  for (const { resource, found, decision } of open) {
    if (decision.do === "adopt") {
      const outputs = resource.inputs ?? {};
      adopted.set(resource.urn, { ...resource, id: decision.id, outputs });
    }
    if (decision.do === "adopt" || decision.do === "ask") {
      marks.set(resource.urn, found);
    }
    if (decision.do === "send") {
      marks.set(resource.urn, `${found}, so all of it is sent again`);
    }
  }
  return changedState(settledState(state, adopted), (resource) => {
    const mark = marks.get(resource.urn);
    return mark === undefined ? resource : withInitErrors(resource, [...doubts(resource), mark]);
  });
}

/**
 * Asks the providers about these resources.
 *
 * @returns why that failed, undefined when it did not
 */
async function refresh(
  project: PulumiProject,
  urns: readonly string[],
): Promise<string | undefined> {
  const targets = urns.flatMap((urn) => ["--target", urn]);
  try {
    await pulumi(project, ["refresh", "--yes", "--skip-preview", ...targets]);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * Puts back what a refresh forgets: that an earlier change of a role or a grant failed. Nobody tells
 * a password, so whether that one is in force remains in doubt.
 */
async function keepDoubts(
  project: PulumiProject,
  before: State,
  urns: readonly string[],
): Promise<State> {
  const after = await exportState(project, { secrets: false });
  const kept = new Map(
    [...presentIn(before).values()]
      .filter(({ urn, type }) => urns.includes(urn) && type.startsWith("postgresql:"))
      .map((resource) => [resource.urn, doubts(resource)]),
  );
  const now = presentIn(after);
  if (![...kept].some(([urn, texts]) => now.has(urn) && texts.length > 0)) {
    return after;
  }
  const state = changedState(after, (resource) =>
    withInitErrors(resource, [...(resource.initErrors ?? []), ...(kept.get(resource.urn) ?? [])]),
  );
  await importState(project, state);
  return state;
}

/** What went wrong with a resource in completed runs. */
function doubts({ initErrors = [] }: StateResource): string[] {
  return initErrors.filter((text) => !isQuestion(text));
}

function withInitErrors(resource: StateResource, texts: readonly string[]): StateResource {
  return texts.length === 0 ? resource : { ...resource, initErrors: [...new Set(texts)] };
}

/** @param there whether the resource is there, where that was asked */
function settled({ found, decision }: OpenOperation, there: boolean): Finding {
  switch (decision.do) {
    case "leave":
      return leftOver("operation", found, decision.why);
    case "forget":
      return mended("operation", found, `forgotten: ${decision.why}`);
    case "send":
      return mended(
        "operation",
        found,
        `will be sent again by the next \`pulumi up\`, whatever its plan: ${decision.why}`,
      );
    case "adopt":
      return mended(
        "operation",
        found,
        there
          ? `it exists and is now in the state as ${decision.id}: ${decision.why}`
          : "it does not exist: removed from the state, and the next `pulumi up` creates it",
      );
    case "ask":
      return mended(
        "operation",
        found,
        there
          ? "refreshed: the state has what exists now, so the next `pulumi up` applies the " +
              "difference, whatever its plan"
          : "refreshed: it does not exist, so it is removed from the state",
      );
  }
}

function unasked(open: readonly OpenOperation[], failure = ""): Finding {
  const names = [...new Set(open.map(({ resource }) => nameOf(resource)))].join(", ");
  return leftOver(
    "operation",
    `the providers could not be asked about ${names}`,
    `${failure}\nThe state keeps this as uncertain. Run this again where \`pulumi up\` runs, ` +
      "before the next `pulumi up`",
  );
}
