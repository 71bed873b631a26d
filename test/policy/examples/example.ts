import type { Resource, Values } from "../../../policy/rules";

/** Properties of one resource, and what else is in the stack. */
export interface Example {
  readonly props: Values;
  readonly others?: readonly Resource[];
}

/** What a rule lets pass, and what it finds. */
export interface Pair {
  readonly good: Example;
  readonly bad: Example;
}

/** Examples by the id of their rule. */
export type Examples = Readonly<Record<string, Pair>>;

/** Examples that have one value at a path; `given` is what else the rule wants to speak at all. */
export function setting(path: string, good: unknown, bad: unknown, given: Values = {}): Pair {
  return pair((value) => ({ props: having(path, value, given) }), good, bad);
}

/** Examples that are made alike. */
export function pair<Part>(example: (part: Part) => Example, good: Part, bad: Part): Pair {
  return { good: example(good), bad: example(bad) };
}

/** Properties with a value at a path such as `sku.tier`; undefined leaves it out. */
export function having(path: string, value: unknown, given: Values = {}): Values {
  const [key = "", ...rest] = path.split(".");
  if (value === undefined) {
    return given;
  }
  const inner = rest.length === 0 ? value : having(rest.join("."), value, given[key] as Values);
  return { ...given, [key]: inner };
}
