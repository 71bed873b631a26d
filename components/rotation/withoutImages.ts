import type { Run } from "../plan";

/** What a run without images says: everything is made but the rotation. */
export const WITHOUT_IMAGES =
  "There are no images yet: this run makes the platform and what belongs to the application, and no " +
  "rotation. Push the two images to the registry of the output `registry`, which prints their digests, then:\n" +
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
    : "rotation:appImage and rotation:toolsImage are missing, and this stack has a rotation, which a " +
        "run without images would delete. Set what they were (git log -p -- stacks):\n" +
        '  pulumi config set rotation:appImage "<registry>/rotation/app:1.0.0@<digest>"\n' +
        '  pulumi config set rotation:toolsImage "<registry>/rotation/tools:1.0.0@<digest>"';
}
