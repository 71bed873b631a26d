import type { Example, Rule, Values } from "./rule";
import { at, having, shown } from "./values";

/** What a value has to be. */
export interface Demand {
  readonly met: (value: unknown) => boolean;
  /** Goes on after "must be". */
  readonly wanted: string;
}

/** One of these values. */
export function oneOf(...values: readonly (string | number | boolean)[]): Demand {
  return {
    met: (value) => values.includes(value as string),
    wanted: values.map(shown).join(" or "),
  };
}

/** Not set, or one of these values. */
export function unsetOr(...values: readonly (string | number | boolean)[]): Demand {
  const { met, wanted } = oneOf(...values);
  return { met: (value) => value === undefined || met(value), wanted: `${wanted} or not set` };
}

export function between(least: number, most = Infinity): Demand {
  return {
    met: (value) => typeof value === "number" && value >= least && value <= most,
    wanted: most === Infinity ? `${least} or more` : `${least} to ${most}`,
  };
}

export function like(pattern: RegExp): Demand {
  return {
    met: (value) => typeof value === "string" && pattern.test(value),
    wanted: `like ${pattern}`,
  };
}

/** A list with all of these. */
export function listOf(...values: readonly string[]): Demand {
  return {
    met: (value) => Array.isArray(value) && values.every((each) => value.includes(each)),
    wanted: `a list with ${values.join(", ")}`,
  };
}

/** Set and not empty. */
export const SET: Demand = {
  met: (value) =>
    value !== undefined &&
    value !== null &&
    value !== "" &&
    !(Array.isArray(value) && !value.length),
  wanted: "set",
};

/** Not set, or an empty list. */
export const UNSET: Demand = {
  met: (value) => value === undefined || (Array.isArray(value) && value.length === 0),
  wanted: "left out",
};

/** What a rule about one property is made of. */
export interface Setting extends Pick<Rule, "id" | "also" | "title" | "reference"> {
  readonly path: string;
  readonly must: Demand;
  /** Values that pass and fail. */
  readonly good: unknown;
  readonly bad: unknown;
  /** Properties under which the rule speaks at all. */
  readonly where?: (props: Values) => boolean;
  /** What else an example needs, so that `where` holds. */
  readonly given?: Values;
}

/** Rules about one property each of a kind of resource. */
export function settings(type: string, ...all: readonly Setting[]): Rule[] {
  return all.map(({ path, must, good, bad, where = () => true, given = {}, ...rest }) => ({
    ...rest,
    appliesTo: [type],
    check: (props) => (where(props) ? problem(props, path, must) : undefined),
    good: example(path, good, given),
    bad: example(path, bad, given),
  }));
}

/** The problem with what is at a path, in a sentence. */
export function problem(props: Values, path: string, { met, wanted }: Demand): string | undefined {
  const value = at(props, path);
  return met(value) ? undefined : `${path} is ${shown(value)}, it must be ${wanted}.`;
}

function example(path: string, value: unknown, given: Values): Example {
  return { props: merged(given, having(path, value)) };
}

function merged(a: Values, b: Values): Values {
  const both = Object.entries(b).map(([key, value]) => {
    const old = a[key];
    return [key, isObject(old) && isObject(value) ? merged(old, value) : value] as const;
  });
  return { ...a, ...Object.fromEntries(both) };
}

function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
