import { ADMINISTRATOR_PART, LEGACY, type Run } from "../plan";
import { settingsPart } from "./digests";

/**
 * Whether a run depends on what the server says of a login to take over: while that one may serve, and
 * where the administrator is not the one of the last completed run, who made the slots' roles. So a
 * preview does not pay for it once the login has ended.
 */
export function isAdoptionDue(completed: Run | undefined, administrator: string): boolean {
  return (
    completed === undefined ||
    completed.plan.retired < LEGACY ||
    !completed.settings.split(" ").includes(settingsPart(ADMINISTRATOR_PART, administrator))
  );
}
