import type { Graph } from "../../../rehearsal/order/graph";

/** A step of an engine, in seconds since the command began. */
export interface Step {
  readonly urn: string;
  /** As the engine names it: `create`, `update`, `delete-replaced`, ... */
  readonly op: string;
  readonly begin: number;
  readonly end: number;
}

/** A step, and why it did not begin earlier. */
export interface Wait {
  readonly step: Step;
  /** The step that it waited for longest; undefined when it waited for none. */
  readonly after: Step | undefined;
  /** Seconds from the end of that one, or from the begin of the command. */
  readonly waited: number;
  /** Whether it is on the critical path: what was shorter here would have ended the run earlier. */
  readonly isCritical: boolean;
}

/**
 * What each step waited for, in the order in which they began.
 *
 * @param graph resources by URN, as the state has them after the run
 */
export function waitsOf(steps: readonly Step[], graph: Graph): Wait[] {
  const after = new Map(steps.map((step) => [step, last(before(step, steps, graph))]));
  const critical = new Set<Step>();
  for (let at = last(steps); at !== undefined; at = after.get(at)) {
    critical.add(at);
  }
  return [...steps]
    .sort((a, b) => a.begin - b.begin)
    .map((step) => ({
      step,
      after: after.get(step),
      waited: step.begin - (after.get(step)?.end ?? 0),
      isCritical: critical.has(step),
    }));
}

/**
 * Seconds that steps would take which begin as soon as the graph lets them.
 *
 * @param steps in an order in which nothing comes before what it needs, with what each takes
 */
export function leastSeconds(
  steps: readonly (Pick<Step, "urn" | "op"> & { readonly seconds: number })[],
  graph: Graph,
): number {
  // One after another, so that each knows what came before it; then each as early as it can be.
  let at = 0;
  const inARow = steps.map(({ urn, op, seconds }) => ({
    urn,
    op,
    begin: at,
    end: (at += seconds),
  }));
  const ends = new Map<Step, number>();
  for (const step of inARow) {
    const begin = Math.max(0, ...before(step, inARow, graph).map((each) => ends.get(each)!));
    ends.set(step, begin + step.end - step.begin);
  }
  return Math.max(0, ...ends.values());
}

/** The steps that one has to wait for, as far as they had ended when it began. */
function before(step: Step, steps: readonly Step[], graph: Graph): Step[] {
  const earlier = steps.filter((other) => other !== step && other.end <= step.begin);
  if (isDeletion(step) && !isFirstHalf(step, steps)) {
    // An engine deletes when everything else is done.
    return earlier.filter((other) => !isDeletion(other));
  }
  const halves = earlier.filter((other) => other.urn === step.urn && isDeletion(other));
  return [...halves, ...stepsNeeded(step.urn, earlier, graph)];
}

/** Whether a deletion makes room for what replaces the resource under the same name. */
function isFirstHalf(step: Step, steps: readonly Step[]): boolean {
  return steps.some(
    (other) => other.urn === step.urn && !isDeletion(other) && other.begin >= step.end,
  );
}

/** Steps on resources that a resource needs, or that those need which had no step. */
function stepsNeeded(urn: string, steps: readonly Step[], graph: Graph): Step[] {
  const found: Step[] = [];
  const seen = new Set([urn]);
  for (const at of seen) {
    const own = at === urn ? [] : steps.filter((each) => each.urn === at && !isDeletion(each));
    if (own.length > 0) {
      found.push(...own);
      continue;
    }
    const { needs = [], follows = [] } = graph.get(at) ?? {};
    [...needs, ...follows].forEach((other) => seen.add(other));
  }
  return found;
}

function isDeletion({ op }: Step): boolean {
  return op.startsWith("delete");
}

function last(steps: readonly Step[]): Step | undefined {
  return steps.reduce<Step | undefined>(
    (latest, step) => (latest === undefined || step.end > latest.end ? step : latest),
    undefined,
  );
}
