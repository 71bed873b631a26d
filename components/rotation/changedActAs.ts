import type { Acceptable } from "../facts";
import { ACT_AS, type ActAs, type Run } from "../plan";
import { settingsPart } from "./digests";

/** What records call it. */
const KEY = "rotation:actAs";

/**
 * The problem with sessions that are to act as somebody else than those of the last completed run;
 * undefined if there is none. The role that serves would change, and no proof has seen it before.
 *
 * @param asked the configured value, and what this run accepts
 * @param completed the last run that completed; undefined before the first one
 */
export function changedActAsProblem(
  { accepted, actAs }: { readonly actAs: ActAs; readonly accepted: readonly Acceptable[] },
  completed: Run | undefined,
): string | undefined {
  if (completed === undefined || accepted.includes("actAs")) {
    return undefined;
  }
  const before = recordedActAs(completed);
  return before === actAs
    ? undefined
    : `${KEY} was ${before} in the last completed run and is ${actAs} now. That changes what new ` +
        "sessions of the slot that serves may do, with nothing to go back to: row level security " +
        "does not hold for the owner, and only the owner may change the schema. Restore it: " +
        `pulumi config set ${KEY} ${before}\n` +
        "Or, where the application was tried with it, in a run without a move, and rotate twice " +
        "afterwards: pulumi config set rotation:accept actAs && pulumi up && pulumi config rm " +
        "rotation:accept";
}

/** Versions before this key knew one way only. */
function recordedActAs({ settings }: Run): ActAs {
  const parts = settings.split(" ");
  return ACT_AS.find((actAs) => parts.includes(settingsPart(KEY, actAs))) ?? "readwrite";
}
