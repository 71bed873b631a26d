import type { Move } from "./moves";
import { LEGACY, type Plan } from "./rotationPlan";
import { capital, holderOf } from "./words";

/** Who has to be gone before a credential is replaced or disabled. */
export const HOLDERS = "no pod, unfinished Job or session holds";

/** What is known about the release's pods before a run. */
export interface Pods {
  /** Whether who still holds a credential that ends is cut off. */
  readonly cutsOff?: boolean;
  /** How many there are; undefined if an autoscaler says it. */
  readonly pods?: number | undefined;
  /** Whether changed settings replace them. */
  readonly replacesPods: boolean;
}

/**
 * The moves that are not, with one release that rolls from one credential to the other, what they are
 * with two. Traffic moves to and from the pods of a legacy login, which are not that release's.
 */
export function rollingInWords(from: Plan, to: Plan, pods: Pods): Partial<Record<Move, string[]>> {
  const live = holderOf(to.live);
  const before = holderOf(from.live);
  const untouched = "The platform is not touched.";
  const stays =
    to.live === LEGACY
      ? "The legacy login stays live and is not touched."
      : `${capital(live)} stays live` +
        (pods.replacesPods ? "." : ", and no pod that has its credential is replaced.");
  const cutsOff = pods.cutsOff
    ? " Who still holds it after rotation:drainSeconds is cut off, because rotation:accept has sessions."
    : "";
  const beside: Partial<Record<Move, string[]>> = {
    stage: [
      `Stage ${to.counter}: ${holderOf(to.counter)} gets a new credential, which a Job verifies. No pod ` +
        "gets it before you promote it.",
      `${stays} Withdraw undoes this. ${untouched}`,
    ],
    withdraw: [
      `Withdraw ${from.counter}: once ${HOLDERS} ${holderOf(from.counter)}'s credential, it is replaced ` +
        `and its login is disabled.${cutsOff}`,
      `${stays} This cannot be undone; you can raise the counter again. ${untouched}`,
    ],
    ...(to.retired > LEGACY && {
      retire: [
        `Retire ${to.retired}: once ${HOLDERS} ${holderOf(to.retired)}'s credential, its login is ` +
          `disabled, and the old password is verified to fail.${cutsOff}`,
        `${stays} This cannot be undone. ${untouched}`,
      ],
    }),
  };
  if (from.live === LEGACY || to.live === LEGACY) {
    return beside;
  }
  const rollout = rolloutInWords(pods);
  const forward = `the release rolls from ${before}'s credential to ${live}'s: ${rollout}`;
  return {
    ...beside,
    rotate: [
      `Rotate ${from.counter} -> ${to.counter}: ${live} gets a new credential; once it is verified, ` +
        `${forward}.`,
      `${capital(before)}'s credential is not touched and stays valid for rollback until you set ` +
        `rotation:retired to ${from.counter}. ${untouched}`,
    ],
    promote: [
      `Promote ${to.counter}: ${forward}.`,
      "Both credentials stay valid. You can roll back, with another rollout, until you set " +
        `rotation:retired to ${to.counter - 1}. ${untouched}`,
    ],
    "roll back": [
      `Roll back ${from.live} -> ${to.live}: the release rolls from ${before}'s credential back to ` +
        `${live}'s: ${rollout}. This takes a rollout, not one write of the gateway.`,
      `Both credentials stay valid. Promote rolls forward again. ${untouched}`,
    ],
    emergency: [
      `Emergency ${from.counter} -> ${to.counter}: ${live} gets a new credential; once it is verified, ` +
        `${forward}; then, in the same run, ${before}'s login is disabled, its sessions are ended, and ` +
        "the old password is verified to fail.",
      `Nothing of ${before} changes until every pod has ${live}'s credential. After that, this cannot be ` +
        `undone. ${untouched}`,
    ],
  };
}

/** `3 pods, one at a time`. */
export function rolloutInWords({ pods }: Pick<Pods, "pods">): string {
  return pods === undefined
    ? "all pods, one at a time"
    : pods === 1
      ? "1 pod"
      : `${pods} pods, one at a time`;
}
