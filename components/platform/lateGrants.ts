import { setTimeout as delay } from "node:timers/promises";
import type * as authorization from "@pulumi/azure-native/authorization";
import * as pulumi from "@pulumi/pulumi";

/** Least and most of `grantSeconds`. */
export const GRANT_SECONDS: readonly [least: number, most: number] = [0, 1800];

/**
 * Azure's own bound: "it can take up to 10 minutes for changes to take effect" (Learn, "Troubleshoot
 * Azure RBAC").
 */
export const USUAL_GRANT_SECONDS = 600;

/**
 * A hook that waits until a role assignment is so old that it works. Nobody but the principal itself
 * can see whether it does, and the deployer is none of these identities: only its age can be asked for.
 *
 * @param seconds age at which it works
 */
export function untilItWorks(
  name: string,
  assignment: authorization.RoleAssignment,
  seconds: number,
): pulumi.ResourceHook {
  return new pulumi.ResourceHook(name, async () => {
    const createdOn = await known(assignment.createdOn);
    const left = secondsLeft(createdOn, seconds, Date.now());
    if (left > 0) {
      await pulumi.log.info(
        `Waiting ${Math.ceil(left)} seconds: Azure takes up to ${seconds} seconds (rotation:grantSeconds) ` +
          "to apply a new role assignment.",
        assignment,
      );
      await delay(left * 1000);
    }
  });
}

/**
 * How long a role assignment has to be waited for.
 *
 * @param createdOn as Azure says it
 * @param seconds age at which it works; also the most, whatever the two clocks say
 * @param now milliseconds since the epoch
 */
export function secondsLeft(createdOn: string, seconds: number, now: number): number {
  const age = (now - Date.parse(createdOn)) / 1000;
  return Math.min(Math.max(seconds - age, 0), seconds);
}

/** The value of an output that comes before what the hook is bound to. */
function known(output: pulumi.Output<string>): Promise<string> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
