/** A span of time in seconds: the least and the most. */
export type Seconds = readonly [least: number, most: number];

/** How long updates of a gateway take, each drawn anew. */
export interface UpdateTimes {
  readonly usual: Seconds;
  /** Instead of that for one in so many updates that lead a host to another pool. */
  readonly slowSwitch: { readonly oneIn: number; readonly seconds: Seconds };
}

/** How long one update takes. */
export function updateSeconds(
  times: number | UpdateTimes,
  isSwitch: boolean,
  random: () => number = Math.random,
): number {
  if (typeof times === "number") {
    return times;
  }
  const { usual, slowSwitch } = times;
  const isSlow = isSwitch && random() * slowSwitch.oneIn < 1;
  const [least, most] = isSlow ? slowSwitch.seconds : usual;
  return least + random() * (most - least);
}
