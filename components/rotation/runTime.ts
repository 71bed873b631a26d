import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output";

/**
 * The time of this run, milliseconds since 1970, which a preview does not know.
 *
 * An `up` that keeps to a plan (`up --plan`, `up --strict`) has to give every value that its preview
 * knew. A time that both knew would differ, and the engine prints what differs with all that stands
 * beside it: the new password beside its expiry, in clear.
 */
export function runTime(): pulumi.Output<number> {
  return pulumi.runtime.isDryRun()
    ? (pulumi.output(unknown) as unknown as pulumi.Output<number>)
    : pulumi.output(Date.now());
}
