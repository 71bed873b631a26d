import type { Rule, Values } from "./rule";
import { at, shown } from "./values";

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

/** What a rule about one property is made of. */
export interface Setting extends Pick<Rule, "id" | "also" | "title" | "reference"> {
  readonly path: string;
  readonly must: Demand;
  /** Properties under which the rule speaks at all. */
  readonly where?: (props: Values) => boolean;
}

/** Rules about one property each of a kind of resource. */
export function settings(type: string, ...all: readonly Setting[]): Rule[] {
  return all.map(({ path, must, where = () => true, ...rest }) => ({
    ...rest,
    appliesTo: [type],
    check: (props) => (where(props) ? problem(props, path, must) : undefined),
  }));
}

/** The problem with what is at a path, in a sentence. */
export function problem(props: Values, path: string, { met, wanted }: Demand): string | undefined {
  const value = at(props, path);
  return met(value) ? undefined : `${path} is ${shown(value)}; it must be ${wanted}.`;
}
