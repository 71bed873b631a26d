import type { ChartShape } from "../chart";
import {
  commandsFor,
  otherSlot,
  type Plan,
  type Run,
  samePlan,
  servingAt,
  type SlotName,
  type Strategy,
} from "../plan";

/** What a configuration says of strategies. */
export interface AskedStrategy {
  readonly plan: Plan;
  readonly strategy: Strategy;
  /** The one that the stack leaves. */
  readonly leaving: { readonly strategy: Strategy } | undefined;
}

/**
 * The problem with another strategy than the last completed run's; undefined if there is none. Production
 * moves to pods that have proved themselves only, so it takes two runs.
 *
 * @param completed the last run that completed; undefined before the first one
 */
export function changedStrategyProblem(
  { leaving, plan, strategy }: AskedStrategy,
  completed: Run | undefined,
): string | undefined {
  if (completed === undefined) {
    return leaving === undefined
      ? undefined
      : "rotation:leaving is for a stack that serves, and this one has completed no run. Run " +
          "`pulumi config rm rotation:leaving`.";
  }
  const { strategy: recorded = "blueGreen" } = completed;
  const serving = completed.leaving ?? recorded;
  if (leaving === undefined) {
    return strategy === serving || (strategy === recorded && samePlan(plan, completed.plan))
      ? undefined
      : `Production is served by ${serving}, and rotation:strategy is ${strategy} now: it would lose its ` +
          "pods before the gateway knows the others. Two runs change it, and you can go back until the " +
          `second one:\n  pulumi config set rotation:strategy ${strategy} && pulumi config set ` +
          `rotation:leaving ${serving} && pulumi up\n  pulumi config rm rotation:leaving && pulumi up`;
  }
  if (leaving.strategy !== serving) {
    return (
      `rotation:leaving must be ${serving}, which serves production, not ${leaving.strategy}. Run ` +
      `\`pulumi config set rotation:leaving ${serving}\`, or \`pulumi config rm rotation:leaving\`.`
    );
  }
  const { counter, live, retired } = completed.plan;
  if (!samePlan(plan, completed.plan)) {
    return (
      "While a strategy is left the plan stays as it is: finish that, or go back, before a move. The plan " +
      `in force:\n  ${commandsFor(completed.plan)}`
    );
  }
  return live === counter && retired === counter - 1
    ? undefined
    : "A strategy can be left only while one credential is valid, because the other slot's stage host leads " +
        "to the new pods meanwhile: " +
        (live === counter
          ? `retire the previous one first:\n  ${commandsFor({ counter, live, retired: counter - 1 })}`
          : `promote the newest one and retire the previous one first:\n  ` +
            commandsFor({ counter, live: counter, retired }));
}

/**
 * The slot whose stage host leads to pods of the strategy that is entered while another one is left, and to
 * nobody afterwards.
 */
export function markerSlot({ live }: Plan): SlotName {
  const serving = servingAt(live);
  return serving === "legacy" ? "blue" : otherSlot(serving);
}

/**
 * Every problem with a strategy that is left, a sentence each: pods of both serve behind one gateway, one
 * after the other, and what selects them and asks them is one thing.
 */
export function leavingProblems({
  left,
  namespace,
  release: { shape },
}: {
  /** Of the pods of the strategy that is left. */
  readonly left: ChartShape;
  readonly namespace?: string | undefined;
  readonly release: { readonly shape: ChartShape };
}): string[] {
  const differing = (["podLabels", "port", "probe"] as const).filter(
    (part) => JSON.stringify(shape[part]) !== JSON.stringify(left[part]),
  );
  return [
    ...(namespace === undefined
      ? []
      : [
          "rotation:leaving does not go with rotation:namespace: network policies there select the pods of one " +
            "strategy, and those of the other would lose their traffic. Deploy a second stack, or choose the " +
            "strategy before the first deployment.",
        ]),
    ...(differing.length === 0
      ? []
      : [
          `rotation:leavingValues must give pods the same ${differing.join(", ")} as rotation:values: policies and ` +
            "probes know one of each.",
        ]),
  ];
}
