import { type Finding, leftOver, mended } from "./findings";
import { type Decision, decide, describeOperation } from "./operations";
import { pulumi, type PulumiProject } from "./pulumi";
import { exportState, settleOperations, type State } from "./state";

/**
 * Takes the operations out of the state that an engine did not record the end of. What may exist
 * under a name that is taken now goes into the state first, and a refresh of just these resources
 * asks their providers: what is not there goes out again.
 */
export async function settle(project: PulumiProject, state: State): Promise<Finding[]> {
  const { pending_operations: pending = [] } = state.deployment;
  if (pending.length === 0) {
    return [];
  }
  const judged = pending.map((operation) => ({ operation, decision: decide(operation) }));
  const ids = new Map(
    judged.flatMap(({ operation: { resource }, decision }) =>
      decision.do === "adopt" ? [[resource.urn, decision.id] as const] : [],
    ),
  );
  const adopted = await settleOperations(project, state, pending, ids);
  const there = await refresh(project, adopted);
  return judged.map(({ operation, decision }) => {
    const found = describeOperation(operation);
    if (decision.do === "leave") {
      return leftOver("operation", found, decision.why);
    }
    const { urn } = operation.resource;
    return mended("operation", found, outcome(decision, adopted.includes(urn), there.has(urn)));
  });
}

function outcome(decision: Decision, adopted: boolean, there: boolean): string {
  if (decision.do !== "adopt") {
    return `forgotten: ${decision.why}`;
  }
  if (!adopted) {
    return "forgotten: the state has it already";
  }
  return there
    ? `it is there and now in the state as ${decision.id}: ${decision.why}`
    : "it is not there: forgotten, the next `pulumi up` creates it";
}

/** Asks the providers about these resources; returns those that are there. */
async function refresh(project: PulumiProject, urns: readonly string[]): Promise<Set<string>> {
  if (urns.length === 0) {
    return new Set();
  }
  const targets = urns.flatMap((urn) => ["--target", urn]);
  await pulumi(project, ["refresh", "--yes", "--skip-preview", ...targets]);
  const { deployment } = await exportState(project, { secrets: false });
  const there = (deployment.resources ?? []).map(({ urn }) => urn);
  return new Set(urns.filter((urn) => there.includes(urn)));
}
