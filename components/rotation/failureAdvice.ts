import { AsyncResource } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import { commandsFor, describe, listWays, samePlan, waysOn } from "../plan/moves";
import type { Plan } from "../plan/rotationPlan";

/**
 * Says once, beside the first failure of a run, which commands go on from there. Nothing is tried
 * again within a run: an engine that does so keeps the failure on record although the second try
 * went well (pulumi/pulumi#24683), and whoever watches should see it.
 *
 * @param completed the plan of the last run that completed; undefined before the first one
 */
export function adviseOnFailure(
  name: string,
  completed: Plan | undefined,
  plan: Plan,
): pulumi.ResourceTransformation {
  let isAdvised = false;
  // Called from the engine, the hook would not know which program it belongs to.
  const advise = AsyncResource.bind(async () => {
    if (!isAdvised) {
      isAdvised = true;
      await pulumi.log.warn(adviceAfter(completed, plan));
    }
    return false;
  });
  const hook = new pulumi.ErrorHook(name, () => advise());
  return ({ resource, props, opts }) =>
    // Its own mark is set later than this is called.
    resource instanceof pulumi.CustomResource
      ? { props, opts: pulumi.mergeOptions(opts, { hooks: { onError: [hook] } }) }
      : undefined;
}

/** What to do after a failure, with the commands. */
export function adviceAfter(completed: Plan | undefined, plan: Plan): string {
  if (completed === undefined || samePlan(completed, plan)) {
    return (
      `This run did not complete; the plan is ${describe(plan)} and stays so. ` +
      `When the cause is gone: ${commandsFor(plan)}`
    );
  }
  return (
    `The run to ${describe(plan)} did not complete; completed is ${describe(completed)}. ` +
    `When the cause is gone, finish; or choose another way on:\n${listWays(waysOn(completed, plan))}`
  );
}
