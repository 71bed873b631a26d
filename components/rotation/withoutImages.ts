import type { Run } from "../plan";

/** The warning of a run without images, which creates everything but the rotation. */
export const WITHOUT_IMAGES =
  "There are no images yet: this run creates the platform and the application's resources, but " +
  "no rotation. Push both images to the registry in the output `registry`; the push prints " +
  "their digests. Then:\n" +
  '  pulumi config set rotation:appImage "<registry>/rotation/app:1.0.0@<digest>"\n' +
  '  pulumi config set rotation:toolsImage "<registry>/rotation/tools:1.0.0@<digest>"\n' +
  "  pulumi up";

/**
 * The problem with a run without images; undefined while the stack has never completed one with them.
 *
 * @param completed the last run that completed
 */
export function withoutImagesProblem(completed: Run | undefined): string | undefined {
  return completed === undefined
    ? undefined
    : "rotation:appImage and rotation:toolsImage are missing, but this stack has a rotation, " +
        "which a run without images would delete. Restore their values (git log -p -- stacks):\n" +
        '  pulumi config set rotation:appImage "<registry>/rotation/app:1.0.0@<digest>"\n' +
        '  pulumi config set rotation:toolsImage "<registry>/rotation/tools:1.0.0@<digest>"';
}
