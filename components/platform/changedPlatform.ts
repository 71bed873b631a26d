import type { Run } from "../plan";

/**
 * The problem with a stack whose platform was made by it and now is to be another one, or the other way
 * round; undefined when there is none. Everything of the former would be deleted, the database first.
 *
 * @param isExisting whether the platform that is asked for is one that is there
 * @param completed the last completed run
 */
export function changedPlatformProblem(
  isExisting: boolean,
  completed: Run | undefined,
): string | undefined {
  const was = completed?.settings.includes(" rotation:platform=");
  if (was === undefined || was === isExisting) {
    return undefined;
  }
  const [former, now] = was ? ["existing", "new"] : ["new", "existing"];
  return (
    `rotation:platform was ${former} in the last completed run and is ${now} now. A stack keeps its ` +
    "platform: the other one would have none of its data. Restore it with " +
    `\`pulumi config set rotation:platform ${former}\`, and make a stack of its own for the other one.`
  );
}
