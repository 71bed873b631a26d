import { AsyncResource } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import { unknownNameHelp } from "../facts/unknownName";
import {
  commandsFor,
  failedTrialText,
  listWays,
  planInWords,
  type Strategy,
  type Transition,
  waysOn,
} from "../plan";

/**
 * Prints once, beside the first failure of a run, the commands that lead on. Nothing is retried
 * within a run: an engine that retries keeps the failure on record even if the second try succeeds
 * (pulumi/pulumi#24683), and whoever watches should see it.
 */
export function adviseOnFailure(
  name: string,
  run: Transition,
  inForce: InForce = {},
): pulumi.ResourceTransformation {
  let isAdvised = false;
  // When the engine calls it, the hook would not know which program it belongs to.
  const advise = AsyncResource.bind(async (failure: Failure) => {
    if (!isAdvised) {
      isAdvised = true;
      await pulumi.log.warn(adviceAfter(run, failure, inForce));
    }
    return false;
  });
  const hook = new pulumi.ErrorHook(name, (failure) => advise(failure));
  return ({ resource, props, opts }) =>
    // The resource's own type mark is set only after this is called.
    resource instanceof pulumi.CustomResource
      ? { props, opts: pulumi.mergeOptions(opts, { hooks: { onError: [hook] } }) }
      : undefined;
}

/** What the last completed run left. */
export interface InForce {
  /** Image that production runs. */
  readonly image?: string | undefined;
  /** @default "blueGreen" */
  readonly strategy?: Strategy | undefined;
}

/** What the engine reports about a failure. */
export type Failure = Pick<pulumi.ErrorHookArgs, "type" | "errors" | "newInputs">;

/** What to do after a failure, with the commands. */
export function adviceAfter(
  { from, to, move }: Transition,
  failure?: Failure,
  { image, strategy }: InForce = {},
): string {
  const trial = failure && trialOf(failure);
  if (trial !== undefined && image !== undefined && move === "nothing") {
    return failedTrialText({ production: image, job: trial.name, namespace: trial.namespace });
  }
  const name = failure && unknownNameHelp(failure.errors.join("\n"));
  const before = isGone(failure)
    ? "The state lists something that is gone from the cluster: `npx rotation recover --stack " +
      "<stack>` removes it from the state, and the next `pulumi up` recreates it. "
    : name === undefined
      ? ""
      : `${name} `;
  if (from === undefined || move === "nothing") {
    return (
      `${before}This run did not complete; the plan is still ${planInWords(to)}. ` +
      `Fix the cause, then: ${commandsFor(to)}`
    );
  }
  return (
    `${before}The run to ${planInWords(to)} did not complete; the last completed plan is ` +
    `${planInWords(from)}. Fix the cause and run \`pulumi up\` again, or choose:\n` +
    `${listWays(waysOn(from, to), strategy)}`
  );
}

/** The Job of a failed trial; undefined if something else failed. */
function trialOf({ newInputs }: Failure): { name: string; namespace: string } | undefined {
  const { name, namespace, values } = (newInputs ?? {}) as {
    name?: string;
    namespace?: string;
    values?: { trial?: unknown };
  };
  return values?.trial === undefined ? undefined : { name: name ?? "", namespace: namespace ?? "" };
}

/** Whether the object to change does not exist, according to the API server. */
function isGone(failure: Failure | undefined): boolean {
  return (
    failure?.type.startsWith("kubernetes:") === true &&
    failure.errors.some((error) => /"[^"]+" not found/.test(error))
  );
}
