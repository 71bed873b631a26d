import type { StateResource } from "../up/workspace";
import type { NamedStep } from "./steps";

/** A resource and what it waits for. */
export interface Node {
  readonly name: string;
  /** Resources that it needs as they are: whose values it gets, its parent, its provider. */
  readonly needs: readonly string[];
  /** Resources that it only comes after, by `dependsOn`. */
  readonly follows: readonly string[];
}

export type Graph = ReadonlyMap<string, Node>;

/** Which resource no longer comes after which. */
export type Cuts = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * What to take away so that no path leads from a step to a later one: as close to the later step as
 * possible, so that nothing but values holds it back.
 *
 * @returns undefined when a value that the later step needs comes from the earlier one
 * @throws Error when the later step does not come after the earlier one at all
 */
export function cutsBetween(
  graph: Graph,
  first: NamedStep<string>,
  then: NamedStep<string>,
): Cuts | undefined {
  const needed = closure(then.resources, (name) => graph.get(name)?.needs ?? []);
  if (first.resources.some((name) => needed.has(name))) {
    return undefined;
  }
  const late = descendants(graph, first.resources);
  if (!then.resources.some((name) => late.has(name))) {
    throw new Error(`In this state "${then.name}" does not come after "${first.name}".`);
  }
  const cuts = new Map<string, ReadonlySet<string>>();
  for (const name of needed) {
    const cut =
      graph.get(name)?.follows.filter((other) => late.has(other) && !needed.has(other)) ?? [];
    if (cut.length > 0) {
      cuts.set(name, new Set(cut));
    }
  }
  return cuts;
}

/** The resources, and all that waits for any of them. */
function descendants(graph: Graph, names: readonly string[]): Set<string> {
  const after = new Map<string, string[]>();
  for (const { name, needs, follows } of graph.values()) {
    for (const other of [...needs, ...follows]) {
      after.set(other, [...(after.get(other) ?? []), name]);
    }
  }
  return closure(names, (name) => after.get(name) ?? []);
}

function closure(names: readonly string[], next: (name: string) => readonly string[]): Set<string> {
  const found = new Set(names);
  for (const name of found) {
    next(name).forEach((other) => found.add(other));
  }
  return found;
}

/** The graph that a state file shows, by names that `nameOf` makes of URNs. */
export function graphOf(
  resources: readonly StateResource[],
  nameOf: (urn: string) => string,
): Graph {
  const providers = providersBelow(resources);
  return new Map(
    resources.map(({ urn, parent, dependencies = [], propertyDependencies = {} }) => {
      const values = new Set(Object.values(propertyDependencies).flatMap((urns) => urns ?? []));
      const needs = [...values, ...(parent ? [parent] : []), ...(providers.get(urn) ?? [])];
      const follows = dependencies.filter((dependency) => !values.has(dependency));
      return [
        nameOf(urn),
        { name: nameOf(urn), needs: needs.map(nameOf), follows: follows.map(nameOf) },
      ];
    }),
  );
}

/**
 * The providers of each resource, and for a component those of all that is in it: it may have been
 * given them, and waits for them then, but the state does not say so.
 */
function providersBelow(resources: readonly StateResource[]): Map<string, Set<string>> {
  const parents = new Map(resources.map(({ urn, parent }) => [urn, parent]));
  const found = new Map<string, Set<string>>();
  for (const { urn, provider } of resources.filter((resource) => resource.provider)) {
    // A reference to a provider is its URN and its id.
    const reference = provider!.slice(0, provider!.lastIndexOf("::"));
    for (let at: string | undefined = urn; at !== undefined; at = parents.get(at)) {
      found.set(at, (found.get(at) ?? new Set()).add(reference));
    }
  }
  return found;
}
