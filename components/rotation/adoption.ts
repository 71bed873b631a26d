import { type Adopted, ADOPTION, commandsFor, LEGACY, type Plan, type Run } from "../plan";
import { settingsPart } from "./digests";

/**
 * The problem with what a stack takes over; undefined if there is none. A first run that did anything
 * but look would switch before anything is proved, and a later change would alter the role that serves.
 *
 * @param asked the configured login and plan
 * @param completed the last run that completed; undefined before the first one
 */
export function adoptionProblem(
  {
    adopted,
    application,
    plan,
  }: {
    readonly adopted: Adopted | undefined;
    readonly application: string;
    readonly plan: Plan;
  },
  completed: Run | undefined,
): string | undefined {
  if (completed === undefined) {
    return adopted === undefined || plan.counter === ADOPTION.counter
      ? undefined
      : `A stack that takes over a login (rotation:legacyRole) begins at counter ${LEGACY}, and ` +
          "production stays with that login until a slot is verified. Configure that first:\n  " +
          commandsFor(ADOPTION);
  }
  const recorded = (key: string) =>
    completed.settings
      .split(" ")
      .map((part) => part.split("="))
      .find(([name]) => name === `rotation:${key}`)?.[1];
  const before = {
    legacyRole: recorded("legacyRole"),
    ownerRole: recorded("ownerRole") ?? recorded("legacyRole"),
    databaseName: recorded("databaseName"),
  };
  const changed = Object.entries(before)
    .filter(
      ([key, digest]) => digest !== (adopted && digestOf(adopted[key as keyof typeof before])),
    )
    .map(([key]) => `rotation:${key}`);
  // Its name is in no database's that was there, only in those of the slots' roles.
  if (before.legacyRole !== undefined && recorded("application") !== digestOf(application)) {
    changed.unshift("rotation:application");
  }
  return changed.length === 0
    ? undefined
    : `${changed.join(" and ")} cannot change once a run has completed: the slots act as that owner, in ` +
        "that database. Restore what the last completed run had (git log -p -- stacks), then run `pulumi up`.";
}

/** As a record has it. */
function digestOf(value: string): string | undefined {
  return settingsPart("", value).split("=")[1];
}
