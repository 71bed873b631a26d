import type { SlotShapes } from "../chart";
import { SLOTS } from "../plan";

/** As a network policy selects pods. */
export interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: {
    readonly key: string;
    readonly operator: "DoesNotExist" | "In";
    readonly values?: string[];
  }[];
}

type Labels = Readonly<Record<string, string>>;

/**
 * The pods of both slots and no others, by what a policy's name ends with: one selector for a workload
 * of both, by the values that either's label has, where they have the same labels.
 */
export function podSelectors(slots: SlotShapes): Readonly<Record<string, Selector>> {
  const [blue, green] = SLOTS.map((slot) => slots[slot].pods.map(labelsOf));
  const selectors = blue!.flatMap((one, index): Selector[] => {
    const other = green![index];
    return other !== undefined && hasKeysOf(one, other)
      ? [both(one, other)]
      : [one, ...(other ? [other] : [])].map((matchLabels) => ({ matchLabels }));
  });
  const more = green!.slice(blue!.length).map((matchLabels): Selector => ({ matchLabels }));
  return Object.fromEntries(
    [...selectors, ...more].map((selector, index) => [
      index === 0 ? "-pods" : `-pods-${index + 1}`,
      selector,
    ]),
  );
}

/** @param selector such as `a=b,c=d` */
function labelsOf(selector: string): Labels {
  const pairs = selector.split(",").map((pair) => pair.split("=") as [string, string]);
  return Object.fromEntries(pairs);
}

function hasKeysOf(one: Labels, other: Labels): boolean {
  const [ones, others] = [one, other].map((labels) => Object.keys(labels).sort().join());
  return ones === others;
}

function both(one: Labels, other: Labels): Selector {
  const entries = Object.entries(one);
  const same = entries.filter(([key, value]) => other[key] === value);
  const differing = entries.filter(([key, value]) => other[key] !== value);
  return {
    ...(same.length > 0 && { matchLabels: Object.fromEntries(same) }),
    ...(differing.length > 0 && {
      matchExpressions: differing.map(([key, value]) => ({
        key,
        operator: "In" as const,
        values: [value, other[key]!],
      })),
    }),
  };
}
