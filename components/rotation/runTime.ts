import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output";

/**
 * The time of this run, milliseconds since 1970, which a preview does not know.
 *
 * An `up` that keeps to a plan (`up --plan`, `up --strict`) must reproduce every value that its
 * preview knew. A time known to both would differ, and the engine prints what differs together with
 * its siblings: the new password beside its expiry, in clear text.
 */
export function runTime(): pulumi.Output<number> {
  return pulumi.runtime.isDryRun()
    ? (pulumi.output(unknown) as unknown as pulumi.Output<number>)
    : pulumi.output(Date.now());
}
