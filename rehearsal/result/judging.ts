import { LATE_MS, type LoadFigures, MOST_LAG_MS } from "../clients/loadRecords";

/** A load that sends more than this part of its requests late measures something else. */
const MOST_BEHIND = 0.05;

/** What of a load tells whether a machine was fit to judge by. */
export type Judged = Pick<
  LoadFigures,
  "sent" | "unsent" | "behind" | "unjudged" | "busyMs" | "busyWith"
>;

/**
 * Why nobody can say of this machine whether a run is as promised; empty when one can. No single
 * request is excused: what is lost and certainly the program's doing is a problem beside this.
 *
 * @param perSecond the rate that was wanted
 */
export function whyNotJudged(load: Judged, perSecond: number): string[] {
  const { sent, unsent, behind, unjudged } = load;
  const reasons: string[] = [];
  if (unjudged > 0) {
    reasons.push(
      `${unjudged} answers came more than ${LATE_MS} ms after their request was due, while ` +
        `this machine was too busy to tell what delayed them: ${waits(load)}.`,
    );
  }
  if (behind > (sent + unsent) * MOST_BEHIND) {
    reasons.push(
      `${perSecond} requests per second could not be sustained: of ${sent + unsent}, ` +
        `${behind - unsent} were sent more than ${MOST_LAG_MS} ms late and ${unsent} not at all.`,
    );
  }
  const advice =
    "For a verdict, run it while nothing else runs, or with fewer requests: " +
    `--rate ${Math.max(1, Math.floor(perSecond / 2))}.`;
  return reasons.length === 0 ? [] : [...reasons, advice];
}

/** What results come to: a problem that is certain weighs more than what cannot be judged. */
export function outcomeOf(
  results: readonly {
    readonly problems: readonly string[];
    readonly cannotJudge: readonly string[];
  }[],
): "ok" | "amiss" | "unjudged" {
  if (results.some(({ problems }) => problems.length > 0)) {
    return "amiss";
  }
  return results.some(({ cannotJudge }) => cannotJudge.length > 0) ? "unjudged" : "ok";
}

function waits({ busyMs, busyWith }: Judged): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const parts = Object.entries(busyWith).map(([who, ms]) => `the ${who} ${seconds(ms)}`);
  return `for ${seconds(busyMs)} processes waited for a core (${parts.join(", ")})`;
}
