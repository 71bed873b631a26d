import { type Finding, leftOver, mended } from "./findings";
import { decide, describeOperation } from "./operations";
import { pulumi, type PulumiProject } from "./pulumi";
import { changeState, exportState, type PendingOperation, type StateResource } from "./state";

/**
 * Takes the operations out of the state that an engine did not record the end of. What may exist
 * under a name that is taken now goes into the state first, and a refresh of just these resources
 * asks their providers: what is not there goes out again.
 */
export async function settle(
  project: PulumiProject,
  pending: readonly PendingOperation[],
): Promise<Finding[]> {
  const judged = pending.map((operation) => ({ operation, decision: decide(operation) }));
  const adopted: StateResource[] = judged.flatMap(({ operation: { resource }, decision }) =>
    decision.do === "adopt" ? [{ ...resource, id: decision.id }] : [],
  );
  const settled = judged.filter(({ decision }) => decision.do !== "leave");
  if (settled.length > 0) {
    const operations = settled.map(({ operation }) => operation);
    await changeState(project, { settled: operations, adopted });
  }
  const there = await refresh(
    project,
    adopted.map(({ urn }) => urn),
  );
  return judged.map(({ operation, decision }) => {
    const found = describeOperation(operation);
    switch (decision.do) {
      case "leave":
        return leftOver("operation", found, decision.why);
      case "adopt":
        return mended(
          "operation",
          found,
          there.has(operation.resource.urn)
            ? `it is there and now in the state as ${decision.id}: ${decision.why}`
            : "it is not there: forgotten, the next `pulumi up` makes it",
        );
      case "forget":
        return mended("operation", found, `forgotten: ${decision.why}`);
    }
  });
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
