/** What a rollout has come to, in pods. */
export interface RolloutCounts {
  /** Of the newest template. */
  readonly updated: number;
  /** Of former templates. */
  readonly outdated: number;
  readonly ready: number;
  readonly available: number;
}

/** Whether a rollout has come further: more pods are new, ready or available, or fewer are old. */
export function hasProgressed(before: RolloutCounts, now: RolloutCounts): boolean {
  return (
    now.updated > before.updated ||
    now.outdated < before.outdated ||
    now.ready > before.ready ||
    now.available > before.available
  );
}
