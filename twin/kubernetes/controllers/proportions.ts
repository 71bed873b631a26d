/** A ReplicaSet of a Deployment that is scaled in the midst of a rollout. */
export interface Share {
  /** Pods that it is to have now. */
  readonly size: number;
  /** The most pods that the Deployment could have when this size was set. */
  readonly most: number;
}

/**
 * The sizes that ReplicaSets get when their Deployment is scaled: all grow or shrink alike, and what
 * rounding leaves goes to the largest.
 *
 * @param shares of ReplicaSets with pods, newest first
 * @param replicas pods that the Deployment is to have from now on
 * @returns new sizes, in the same order
 */
export function proportionalSizes(
  shares: readonly Share[],
  { replicas, maxSurge }: { readonly replicas: number; readonly maxSurge: number },
): number[] {
  const most = replicas === 0 ? 0 : replicas + maxSurge;
  const toAdd = most - shares.reduce((sum, { size }) => sum + size, 0);
  const sizes = shares.map(({ size }) => size);
  // Of two that are equally large the newer one grows, and the older one shrinks.
  const order = shares.map((_, index) => index).sort((a, b) => (toAdd > 0 ? a - b : b - a));
  const largestFirst = order.sort((a, b) => sizes[b]! - sizes[a]!);
  let added = 0;
  for (const index of largestFirst) {
    const { size, most: before } = shares[index]!;
    const change = Math.round((size * most) / before) - size;
    const left = toAdd - added;
    const within = toAdd > 0 ? Math.min(change, left) : Math.max(change, left);
    const part = left === 0 ? 0 : within;
    sizes[index] = size + part;
    added += part;
  }
  const [largest] = largestFirst;
  if (largest !== undefined) {
    sizes[largest] = Math.max(0, sizes[largest]! + toAdd - added);
  }
  return sizes;
}
